"""The sandbox as a command of its own, told how long proofread sessions take and live."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import requests
from sandbox_caller import PROOFREADS

from heygen_localize.sandbox.account.store import Store


def test_sessions_take_and_live_as_long_as_the_options_say(tmp_path: Path) -> None:
    program = [sys.executable, "-m", "heygen_localize", "sandbox", "--state", str(tmp_path)]
    options = ["--proofread-seconds", "0", "--session-seconds", "3600"]
    order = {
        "video": {"type": "url", "url": "https://cdn.example.com/a.mp4"},
        "output_languages": ["Spanish"],
        "title": "Intro",
    }
    with subprocess.Popen([*program, *options], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            base, key = (process.stdout.readline().strip().partition("=")[2] for _ in range(2))
            call: dict[str, Any] = {"headers": {"x-api-key": key}, "timeout": 10}
            made = requests.post(base + PROOFREADS, json=order, **call).json()["data"]
            one = f"{base}{PROOFREADS}/{made['proofread_ids'][0]}"
            assert requests.get(one, **call).json()["data"]["status"] == "completed"
            urls = requests.get(f"{one}/srt", **call).json()["data"]
            assert requests.get(urls["srt_url"], timeout=10).text.startswith("1\n00:00:00,000")
        finally:
            process.terminate()
    with closing(Store(tmp_path)) as store:
        ((text,),) = store.rows("SELECT record FROM records WHERE kind = 'session'")
    session = json.loads(text)
    assert session["expires_at"] - session["created_at"] == 3600
