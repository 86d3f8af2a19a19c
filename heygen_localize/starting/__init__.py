"""How a project begins: what is asked, what is written, and that nothing is written over.

`answers` proposes and checks, `beginning` makes the manifest, `placing` puts the files.
"""

from heygen_localize.starting.beginning import Beginning, begin, refuse_existing
from heygen_localize.starting.placing import Done, Step

__all__ = ["Beginning", "Done", "Step", "begin", "refuse_existing"]
