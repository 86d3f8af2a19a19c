"""What the tests of probes share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing

import pytest
from stand_in import Script, StandIn

from heygen_localize.media.probe import Prober
from heygen_localize.system.clock import SystemClock


@pytest.fixture
def prober() -> Prober:
    """Give a prober that may ask this machine, and remembers nothing."""
    return Prober(loopback=True, cache=None, clock=SystemClock())


@pytest.fixture
def serve() -> Iterator[Callable[[Script], StandIn]]:
    """Start servers that end with the test."""
    with ExitStack() as stack:
        yield lambda script: stack.enter_context(closing(StandIn(script)))
