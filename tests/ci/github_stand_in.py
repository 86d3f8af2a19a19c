"""A stand-in for GitHub's REST endpoints of comments and pull requests, on loopback."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

REPOSITORY = "acme/videos"
TOKEN = "ghs_token-of-the-job"
BOT = {"login": "github-actions[bot]", "type": "Bot"}


@dataclass
class GitHub:
    """What the stand-in holds. `refuses` gives a status for a method, as of a missing right."""

    comments: list[dict[str, Any]] = field(default_factory=list)
    pulls: list[dict[str, Any]] = field(default_factory=list)
    refuses: dict[str, int] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)
    base: str = ""
    common: Callable[[str, str], str] | None = None
    """Gives the commit that a commit and a branch share, as the repository knows it."""
    git: Callable[..., str] | None = None
    """Asks the repository itself something."""
    reviews: list[dict[str, Any]] = field(default_factory=list)
    teams: dict[str, set[str]] = field(default_factory=dict)

    def add_comment(self, body: str, **more: Any) -> dict[str, Any]:
        comment = {"id": 100 + len(self.comments), "body": body, "user": BOT} | more
        self.comments.append(comment)
        return comment

    def count(self, method: str) -> int:
        return sum(asked == method for asked, _ in self.asked)

    def answer(self, method: str, target: str, sent: Any) -> tuple[int, Any]:
        parts = urlsplit(target)
        path = parts.path.removeprefix(f"/repos/{REPOSITORY}/")
        query = {name: texts[0] for name, texts in parse_qs(parts.query).items()}
        if method in self.refuses:
            return self.refuses[method], {"message": "Resource not accessible by integration"}
        match method, path.split("/"):
            case "GET", ["issues", "7", "comments"]:
                size, page = int(query["per_page"]), int(query["page"])
                return 200, self.comments[size * (page - 1) : size * page]
            case "POST", ["issues", "7", "comments"]:
                return 201, self.add_comment(sent["body"])
            case "PATCH", ["issues", "comments", number]:
                comment = next(item for item in self.comments if item["id"] == int(number))
                comment["body"] = sent["body"]
                return 200, comment
            case "GET", ["pulls"]:
                wanted = {"from": query["head"], "base": query["base"]}
                state = query.get("state", "open")
                pulls = [pull for pull in self.pulls if wanted.items() <= pull.items()]
                return 200, [pull for pull in pulls if state in ("all", pull["state"])][::-1]
            case "GET", ["compare", pair] if self.common is not None:
                sha = self.common(*unquote(pair).split("..."))
                return 200, {"merge_base_commit": {"sha": sha}}
            case "POST", ["pulls"]:
                owner = REPOSITORY.split("/")[0]
                pull = {"from": f"{owner}:{sent['head']}", "base": sent["base"], "state": "open"}
                pull |= {"number": 8 + len(self.pulls), "title": sent["title"], "user": BOT}
                self.pulls.append(pull)
                return 201, pull
        if method == "GET":
            return self._review(path.split("/"), query)
        return 404, {"message": "Not Found"}

    def _review(self, path: list[str], query: dict[str, str]) -> tuple[int, Any]:
        """Answer what is asked about reviews: whose, of what, and which text stood there."""
        match path:
            case ["pulls", number, "reviews"]:
                size, page = int(query["per_page"]), int(query["page"])
                told = [item for item in self.reviews if item["pull"] == int(number)]
                return 200, told[size * (page - 1) : size * page]
            case ["commits"] if self.git is not None:
                sha = self.git("log", "-1", "--format=%H", query["sha"], "--", query["path"])
                return 200, [{"sha": sha.strip()}] if sha.strip() else []
            case ["commits", sha, "pulls"]:
                return 200, [
                    pull | {"base": {"ref": pull["base"]}}
                    for pull in self.pulls
                    if sha in pull.get("commits", ())
                ]
            case ["contents", *parts] if self.git is not None:
                name = self.git("ls-tree", query["ref"], "--", unquote("/".join(parts)))
                return (200, {"sha": name.split()[2]}) if name else (404, {"message": "Not Found"})
            case ["", "orgs", org, "teams", team, "memberships", login]:
                if login in self.teams.get(f"{org}/{team}", ()):
                    return 200, {"state": "active"}
        return 404, {"message": "Not Found"}


class Serving:
    """The stand-in, served until it is closed."""

    def __init__(self) -> None:
        self.github = github = GitHub()

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                sent = json.loads(self.rfile.read(length)) if length else None
                github.asked.append((self.command, self.path))
                if self.headers["Authorization"] == f"Bearer {TOKEN}":
                    status, document = github.answer(self.command, self.path, sent)
                else:
                    status, document = 401, {"message": "Bad credentials"}
                body = json.dumps(document).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_POST = do_PATCH = do_GET  # noqa: N815 - names that http.server prescribes

            def log_message(self, *arguments: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        github.base = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        ).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
