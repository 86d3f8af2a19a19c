"""An emulator of the vendor's API over real HTTP on loopback.

It lets the first run work without an account, and the tests talk to it. It
shares no code with the client, or it would share the client's mistakes.
"""

from heygen_localize.sandbox.billing import AutoReload, Billing, Rates
from heygen_localize.sandbox.records import (
    AssetNote,
    AssetStatus,
    JobNote,
    JobStatus,
    ProofreadNote,
    ProofreadStatus,
    RequestNote,
)
from heygen_localize.sandbox.server import Sandbox, read_requests
from heygen_localize.sandbox.settings import SandboxSettings

__all__ = [
    "AssetNote",
    "AssetStatus",
    "AutoReload",
    "Billing",
    "JobNote",
    "JobStatus",
    "ProofreadNote",
    "ProofreadStatus",
    "Rates",
    "RequestNote",
    "Sandbox",
    "SandboxSettings",
    "read_requests",
]
