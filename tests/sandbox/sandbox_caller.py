"""Somebody who calls a sandbox, on a clock that only the test moves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import requests

from heygen_localize.sandbox import Sandbox

TRANSLATIONS = "/v3/video-translations"
PROOFREADS = f"{TRANSLATIONS}/proofreads"
ASSETS = "/v3/assets"
RENDER_SECONDS = 8.0
PROOFREAD_SECONDS = RENDER_SECONDS / 2


@dataclass
class Clock:
    now: float = 1_800_000_000.25

    def __call__(self) -> float:
        return self.now


class Caller:
    """Calls a sandbox as a client would, over real HTTP."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.headers = {"x-api-key": sandbox.api_key}

    def __call__(self, method: str, path: str = TRANSLATIONS, **options: Any) -> requests.Response:
        headers = self.headers | options.pop("headers", {})
        options.setdefault("timeout", 10)
        options.setdefault("allow_redirects", False)
        with requests.Session() as session:
            return session.request(method, self.sandbox.base_url + path, headers=headers, **options)

    def order(self, *languages: str, **options: Any) -> dict[str, Any]:
        video = {"type": "url", "url": "https://cdn.example.com/intro.mp4"}
        return {"video": video, "output_languages": list(languages or ["Spanish"]), **options}

    def post(self, *languages: str, key: str | None = None, **options: Any) -> requests.Response:
        headers = {} if key is None else {"Idempotency-Key": key}
        return self("POST", json=self.order(*languages, **options), headers=headers)

    def create(self, *languages: str, key: str | None = None, **options: Any) -> str:
        answer = self.post(*languages, key=key, **options)
        assert answer.status_code == 200, answer.text
        job_id: str = answer.json()["data"]["video_translation_ids"][0]
        return job_id

    def post_proofread(
        self, *languages: str, key: str | None = None, **options: Any
    ) -> requests.Response:
        headers = {} if key is None else {"Idempotency-Key": key}
        order = self.order(*languages, **{"title": "Intro", **options})
        return self("POST", PROOFREADS, json=order, headers=headers)

    def proofread(self, *languages: str, **options: Any) -> str:
        answer = self.post_proofread(*languages, **options)
        assert answer.status_code == 200, answer.text
        proofread_id: str = answer.json()["data"]["proofread_ids"][0]
        return proofread_id

    def session(self, proofread_id: str) -> dict[str, Any]:
        fields: dict[str, Any] = self("GET", f"{PROOFREADS}/{proofread_id}").json()["data"]
        return fields

    def subtitles(self, proofread_id: str) -> dict[str, str]:
        answer = self("GET", f"{PROOFREADS}/{proofread_id}/srt")
        assert answer.status_code == 200, answer.text
        urls: dict[str, str] = answer.json()["data"]
        return urls

    def put_subtitles(self, proofread_id: str, srt: dict[str, str]) -> requests.Response:
        return self("PUT", f"{PROOFREADS}/{proofread_id}/srt", json={"srt": srt})

    def put_text(self, proofread_id: str, content: bytes) -> None:
        asset_id = self.upload(content, "a.srt").json()["data"]["asset_id"]
        srt = {"type": "asset_id", "asset_id": asset_id}
        assert self.put_subtitles(proofread_id, srt).status_code == 200

    def generate(
        self, proofread_id: str, key: str | None = None, **wishes: Any
    ) -> requests.Response:
        headers = {} if key is None else {"Idempotency-Key": key}
        return self("POST", f"{PROOFREADS}/{proofread_id}/generate", json=wishes, headers=headers)

    def upload(self, content: bytes, name: str = "a.mp4", **options: Any) -> requests.Response:
        return self("POST", ASSETS, files={"file": (name, content)}, **options)

    def begin_upload(self, content: bytes, **changes: Any) -> dict[str, Any]:
        body = {"filename": "a.mp4", "content_type": "video/mp4", "size_bytes": len(content)}
        answer = self("POST", f"{ASSETS}/direct-uploads", json=body | changes)
        assert answer.status_code == 200, answer.text
        begun: dict[str, Any] = answer.json()["data"]
        return begun

    def put(self, begun: dict[str, Any], content: Any, **headers: str) -> requests.Response:
        url, headers = begun["upload_url"], begun["upload_headers"] | headers
        with requests.Session() as session:
            return session.put(url, data=content, headers=headers, timeout=10)

    def complete(self, begun: dict[str, Any], **body: Any) -> requests.Response:
        return self("POST", f"{ASSETS}/{begun['asset_id']}/complete", json=body)

    def source(self, name: str, method: str = "GET", **headers: str) -> requests.Response:
        url = f"{self.sandbox.base_url}/source/{name}"
        with requests.Session() as session:
            return session.request(method, url, headers=headers, timeout=10, allow_redirects=False)

    def job(self, job_id: str) -> dict[str, Any]:
        fields: dict[str, Any] = self("GET", f"{TRANSLATIONS}/{job_id}").json()["data"]
        return fields

    def listed(self, **query: Any) -> dict[str, Any]:
        page: dict[str, Any] = self("GET", params=query).json()
        return page

    def listed_ids(self, **query: Any) -> list[str]:
        return [item["id"] for item in self.listed(**query)["data"]]

    def file(self, url: str, **headers: str) -> requests.Response:
        with requests.Session() as session:
            return session.get(url, headers=headers, timeout=10)
