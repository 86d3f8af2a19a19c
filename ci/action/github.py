"""GitHub's REST API, as far as the steps need it: https://docs.github.com/rest."""

from __future__ import annotations

import os
from typing import Any
from urllib.parse import quote

import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from urllib3.util.retry import Retry
from workflow import StepError, given

_PATIENCE = 30.0
"""Seconds for an answer."""

_PAUSE = 0.5
"""Seconds before the second repetition, doubled for each further one."""

_PASSING = (502, 503, 504)

FORBIDDEN = (401, 403, 404)
"""What a token may not do; 404 where it may not even see it."""


class GitHubRefused(StepError):
    """GitHub did not do what was asked. `status` is None where it could not be reached."""

    def __init__(self, message: str, status: int | None = None) -> None:
        self.status = status
        super().__init__(message, code=1)

    @property
    def forbidden(self) -> bool:
        """Whether the token lacks a permission."""
        return self.status in FORBIDDEN


class _Token(AuthBase):
    """The job's token; as `auth`, so that no ~/.netrc takes its place."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


class Repository:
    """One repository at GitHub, seen with the job's token."""

    def __init__(self) -> None:
        self.name = os.environ["GITHUB_REPOSITORY"]
        self._base = os.environ.get("GITHUB_API_URL", "https://api.github.com").rstrip("/")
        self._session = requests.Session()
        self._session.auth = _Token(given("TOKEN"))
        self._session.headers.update(
            {
                "Accept": "application/vnd.github+json",
                "X-GitHub-Api-Version": "2022-11-28",
            }
        )
        # A POST is not repeated: it might be done already.
        again = Retry(3, backoff_factor=_PAUSE, status_forcelist=_PASSING, raise_on_status=False)
        adapter = HTTPAdapter(max_retries=again)
        self._session.mount("https://", adapter)
        self._session.mount("http://", adapter)

    def call(self, method: str, path: str, **options: Any) -> Any:
        """Ask for something below the repository; give the answer's JSON.

        Raises:
            GitHubRefused: it was not done.
        """
        return self.call_above(method, f"repos/{self.name}/{path}", **options)

    def call_above(self, method: str, path: str, **options: Any) -> Any:
        """Ask for something that is not below the repository; give the answer's JSON.

        Raises:
            GitHubRefused: it was not done.
        """
        url = f"{self._base}/{path}"
        try:
            answer = self._session.request(
                method, url, timeout=_PATIENCE, allow_redirects=False, **options
            )
            document = answer.json() if answer.content else None
        except requests.RequestException as error:
            raise GitHubRefused(f"GitHub cannot be asked: {type(error).__name__}") from None
        if answer.status_code >= 300:
            told = document.get("message") if isinstance(document, dict) else None
            raise GitHubRefused(
                f"GitHub answers {answer.status_code}: {str(told)[:200]}", answer.status_code
            )
        return document

    def open_pull(self, branch: str, base: str) -> int | None:
        """Give the number of the open pull request from a branch of ours; None without one.

        Raises:
            GitHubRefused: it was not told.
        """
        pulls = self.pulls(branch, base, "open")
        return int(pulls[0]["number"]) if pulls else None

    def pulls(self, branch: str, base: str, state: str = "all") -> list[dict[str, Any]]:
        """Return the pull requests from a branch of ours to another, the newest first.

        Raises:
            GitHubRefused: it was not told.
        """
        options = {"head": f"{self.name.split('/')[0]}:{branch}", "base": base, "state": state}
        return list(self.call("GET", "pulls", params=options))

    def common(self, commit: str, branch: str) -> str:
        """Give the id of the newest commit that a commit and a branch share.

        Raises:
            GitHubRefused: it was not told.
        """
        told = self.call("GET", f"compare/{commit}...{quote(branch, safe='')}?per_page=1")
        return str(told["merge_base_commit"]["sha"])
