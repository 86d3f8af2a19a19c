"""What a shared state costs: counted in statements and rows as a project grows tenfold."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from postgres_server import Server
from workspaces import Workspace

from heygen_localize.sandbox import Sandbox


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Count the statements that we send, by their first words."""
    import psycopg

    found: Counter[str] = Counter()
    execute = psycopg.Cursor.execute

    def noted(self: psycopg.Cursor, query: str, *arguments: object, **options: object) -> object:
        found[" ".join(re.findall(r"\S+", str(query))[:3])] += 1
        return execute(self, query, *arguments, **options)

    monkeypatch.setattr(psycopg.Cursor, "execute", noted)
    return found


def manifest(workspace: Workspace, videos: int) -> None:
    workspace.write_videos(*(f"video-{number}" for number in range(videos)), languages=("ja",))


def test_a_pass_with_nothing_to_do_asks_the_same_few_things(
    workspace: Workspace, shared: str, sandbox: Sandbox, statements: Counter[str]
) -> None:
    workspace.use(sandbox)
    counts = []
    for videos in (4, 40):
        manifest(workspace, videos)
        assert workspace.run("apply", "--yes").code == 0
        statements.clear()
        assert workspace.run("apply", "--yes").code == 0
        counts.append(sum(statements.values()))
    print(f"nothing to do: {counts} statements")  # noqa: T201
    assert counts[0] == counts[1] < 30


def test_each_order_costs_a_handful_of_statements(
    workspace: Workspace, shared: str, sandbox: Sandbox, statements: Counter[str]
) -> None:
    workspace.use(sandbox)
    counts = []
    for videos in (4, 40):
        manifest(workspace, videos)
        statements.clear()
        assert workspace.run("apply", "--yes").code == 0
        counts.append(sum(statements.values()))
    print(f"4 and 36 orders: {counts} statements")  # noqa: T201
    # 4 orders, then 36 more: what each costs does not grow with how many there are.
    assert counts[1] < 36 / 4 * counts[0] * 1.5
    assert counts[1] / 36 < 30


def test_a_change_writes_its_own_row(
    workspace: Workspace, shared: str, sandbox: Sandbox, server: Server
) -> None:
    workspace.use(sandbox)
    for videos in (4, 40):
        manifest(workspace, videos)
        assert workspace.run("apply", "--yes").code == 0
        versions = "SELECT xmin::text, name FROM localize.entries WHERE part = 'targets'"
        before = set(server.execute(versions, url=shared))
        text = workspace.manifest.read_text()
        workspace.write(text.replace("/video-1.mp4", f"/video-1-{videos}.mp4"))
        assert workspace.run("apply", "--yes").code == 0
        changed = {name for _, name in set(server.execute(versions, url=shared)) - before}
        assert changed == {"video-1/ja"}
