"""What the addresses of sources answer, asked before money is spent.

`prober` asks many at once and never waits longer than it was told to, `probe` asks one.
`verdicts` says what an answer means, `ranges` reads as much of a file as its length takes,
`cache` remembers lengths. Nothing here ever has the API key.
"""

from heygen_localize.media.probe.prober import Prober as Prober
