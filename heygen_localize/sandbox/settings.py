"""What a sandbox is started with."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from heygen_localize.sandbox.billing import Billing, Rates
from heygen_localize.sandbox.media.outputs import SAMPLE_SECONDS

DAY_SECONDS = 24.0 * 3600
WEEK_SECONDS = 7 * DAY_SECONDS


@dataclass(frozen=True)
class SandboxSettings:
    """The account and the renderer that a sandbox plays.

    Attributes:
        state: Folder that holds the state; made if it is missing.
        port: TCP port to listen on; 0 takes a free one.
        host: Address to listen on.
        render_seconds: From the creation of a job to its end, in seconds. The
            job holds one of the ``max_jobs`` places for that long.
        proofread_seconds: From the creation of a proofread session to its end,
            in seconds; None for half of ``render_seconds``.
        session_seconds: From the creation of a proofread session to its
            expiry, in seconds.
        max_jobs: Jobs that may be in progress at once; None for no limit.
        url_seconds: Life of a presigned URL, in seconds.
        api_key: The key that callers must send as ``x-api-key``.
        faults: Rules of misbehaviour, as ``docs/sandbox.md`` describes them.
        seed: Seed of the dice that the fault rules throw.
        balance: US dollars in the wallet before any job was charged.
        rates: What a second of output costs.
        job_seconds: Length of every output, in seconds, for reports and prices.
        output_bytes: What the video of every job is padded to, in bytes.
        max_upload_bytes: The largest file that a direct upload may have.
        upload_seconds: Life of the address of a direct upload, in seconds.
        billing: How the account pays.
        denied: Ids of resources that belong to somebody else: 403 where named.
        without: Features that the plan lacks, keys of `access.FEATURES`.
        visible_seconds: From the last byte of a direct upload until it may be
            completed, in seconds; before that, ``complete`` is 409.
        asset_seconds: From the completion of an asset until it is found, in
            seconds; before that, it is 404.
        batch_seconds: How long the items of a batch are queued at least.
        delivery_seconds: How long a receiver of webhooks may take, in seconds.
        glossaries: How many brand glossaries the account has at first.
        log_requests: Whether each request is logged to standard error.
    """

    state: Path
    port: int = 0
    host: str = "127.0.0.1"
    render_seconds: float = 2.0
    proofread_seconds: float | None = None
    session_seconds: float = DAY_SECONDS
    max_jobs: int | None = 10
    url_seconds: float = WEEK_SECONDS
    api_key: str = "sandbox-key-not-a-secret"
    faults: tuple[str, ...] = ()
    seed: int = 0
    balance: float = 1000.0
    rates: Rates = field(default_factory=Rates)
    job_seconds: float = SAMPLE_SECONDS
    output_bytes: int = 0
    max_upload_bytes: int = 5_000_000_000
    upload_seconds: int = 3600
    billing: Billing = field(default_factory=Billing)
    denied: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    visible_seconds: float = 0.0
    asset_seconds: float = 0.0
    batch_seconds: float = 0.0
    delivery_seconds: float = 10.0
    glossaries: int = 2
    log_requests: bool = False
