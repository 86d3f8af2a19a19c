"""What a listener tells whoever watches it."""

from __future__ import annotations

from collections.abc import Sequence

from heygen_localize.core.errors import LocalizeError
from heygen_localize.operations.listen.receiver import Tally
from heygen_localize.planning.results import Applied


class ListenWatcher:
    """Shows what a listener does; this one shows nothing. The main thread alone calls it."""

    def began(self, url: str, projects: Sequence[str]) -> None:
        """Take notice that deliveries are answered from now on."""

    def passed(self, project: str, applied: Applied) -> None:
        """Take notice of a pass that came to its end."""

    def delayed(self, project: str, error: LocalizeError, seconds: float) -> None:
        """Take notice of a pass that came to nothing, and of when it is made again."""

    def received(self, tally: Tally) -> None:
        """Take notice of what came, once in a while."""

    def caught_up(self, missed: int) -> None:
        """Take notice of events that HeyGen lists, and that had not come here."""

    def unlisted(self, error: LocalizeError) -> None:
        """Take notice that HeyGen's list of events could not be read."""
