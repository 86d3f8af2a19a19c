"""CPU time that the emulator takes for a request: `python benchmarks/sandbox.py [REQUESTS]`.

The tests send hundreds of thousands of them, so what one costs decides how long the suite takes.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import requests

from heygen_localize.sandbox import Sandbox, SandboxSettings

JOBS = "/v3/video-translations"
ORDER = {
    "video": {"type": "url", "url": "https://cdn.example.com/intro.mp4"},
    "output_languages": ["Spanish (Mexico)"],
    "title": "intro [es-MX]",
    "mode": "precision",
    "callback_id": "lz1:acme-docs:0123456789abcdef0123456789abcdef",
    "enable_dynamic_duration": True,
    "disable_music_track": False,
}


def measure(name: str, count: int, call: Callable[[], requests.Response]) -> None:
    for _ in range(20):
        call()
    started = time.process_time()
    for _ in range(count):
        assert call().status_code == 200
    micros = (time.process_time() - started) / count * 1e6
    print(f"{name:10} {micros:8.0f} µs of CPU, the caller's share included")


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    with tempfile.TemporaryDirectory() as folder:
        settings = SandboxSettings(state=Path(folder), max_jobs=None, balance=1e9)
        with Sandbox(settings) as sandbox, requests.Session() as session:
            session.headers["x-api-key"] = sandbox.api_key
            url = sandbox.base_url + JOBS
            measure("create", count, lambda: session.post(url, json=ORDER))
            ids = ",".join(job.id for job in sandbox.jobs()[:100])
            measure("list", count, lambda: session.get(url, params={"limit": 100}))
            wanted = {"video_translation_ids": ids}
            measure("statuses", count, lambda: session.get(url + "/statuses", params=wanted))
            one = f"{url}/{sandbox.jobs()[0].id}"
            measure("get", count, lambda: session.get(one))


if __name__ == "__main__":
    main()
