"""`localize proofread diff`: what was edited, and where the vendor's text comes from."""

from __future__ import annotations

import hashlib

import pytest
from desk_scene import ES, SOURCE, WORDS, Scene, srt
from msgspec.structs import replace
from repositories import Repository
from workspaces import Workspace, write_lock

from heygen_localize.project.lockfile.store import read_lock
from heygen_localize.project.project import Project
from heygen_localize.sandbox import Sandbox

MACHINE = srt(*WORDS)
HOSTILE = "\x1b[31m| a | <script>x</script> @everyone [x](http://evil.example)\n**b** `c` \x07"


@pytest.fixture
def scene(workspace: Workspace) -> Scene:
    scene = Scene(workspace)
    scene.session(MACHINE)
    return scene


@pytest.fixture
def fetched(repository: Repository) -> Repository:
    """A repository whose texts apply has fetched, and whose machine texts are gone."""
    repository.apply("--target", ES)
    for kept in (repository.folder / ".localize/localize/proofreads").glob("*.srt"):
        kept.unlink()
    return repository


def trouble(workspace: Workspace, address: str = ES) -> str | None:
    ran = workspace.run("proofread", "diff", address, "--format", "json")
    assert ran.code == 0, ran.out
    (row,) = ran.json()["targets"]
    told: str | None = row["trouble"]
    assert told is None or (row["changes"], row["unchanged"]) == ([], 0)
    return told


def test_edits_cue_by_cue_beside_the_source(scene: Scene) -> None:
    scene.source(srt(*SOURCE))
    scene.text(srt("Hola,\nHeyGen", "El tranvía", WORDS[2]))
    ran = scene.run("proofread", "diff", ES)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == (
        "intro/es-MX  in review  subtitles/intro/es-MX.srt\n"
        "  2 changed, 1 unchanged\n"
        "\n"
        "  cue 1  00:00:00,000 --> 00:00:01,500\n"
        "      Hello at HeyGen\n"
        "    - Hola a HeyGen\n"
        "    + Hola,\n"
        "    + HeyGen\n"
        "\n"
        "  cue 2  00:00:02,000 --> 00:00:03,500\n"
        "      The train leaves\n"
        "    - El tren sale\n"
        "    + El tranvía\n"
        "\n"
        "  warning: subtitles/intro/es-MX.srt:6: 'train' must be 'tren' in cue 2\n"
        "\n"
        "2 cues edited in 1 target\n"
    )


def test_edits_for_machines_and_for_a_pull_request(scene: Scene) -> None:
    scene.text(srt("Hola,\nHeyGen", *WORDS[1:]))
    (row,) = scene.run("proofread", "diff", ES, "--format", "json").json()["targets"]
    assert (row["stage"], row["unchanged"], row["trouble"]) == ("in_review", 2, None)
    assert row["changes"] == [
        {
            "cue": 1,
            "kind": "changed",
            "start": 0,
            "end": 1500,
            "source": None,
            "machine": "Hola a HeyGen",
            "reviewed": "Hola,\nHeyGen",
        }
    ]
    out = scene.run("proofread", "diff", "--format", "markdown").out
    assert (
        "| cue | time | source | machine | reviewed |\n|---|---|---|---|---|\n"
        "| 1 | 00:00:00,000 – 00:00:01,500 |  | Hola a HeyGen | Hola,<br>HeyGen |\n" in out
    )
    assert "`intro/ja` subtitles/intro/ja.srt: new; not compared: " in out
    assert out.endswith("1 cue edited in 2 targets, 1 not compared\n")


def test_cues_that_one_side_lacks(scene: Scene) -> None:
    scene.text(srt(*WORDS, "¡Más!"))
    out = scene.run("proofread", "diff", ES).out
    assert "  1 added, 3 unchanged\n" in out
    assert "  cue 4  00:00:06,000 --> 00:00:07,500  added\n    + ¡Más!\n" in out
    assert "  error: subtitles/intro/es-MX.srt:13: cue 4: expected 3 cues, found 4" in out
    scene.text(srt(*WORDS[:2]))
    out = scene.run("proofread", "diff", ES).out
    assert "  1 removed, 2 unchanged\n" in out
    assert "removed\n    - Adiós\n" in out
    markdown = scene.run("proofread", "diff", ES, "--format", "markdown").out
    assert "| 3 removed | 00:00:04,000 – 00:00:05,500 |  | Adiós |  |" in markdown
    assert "- **error** subtitles/intro/es-MX.srt:5: cue 2: expected 3 cues, found 2" in markdown


def test_an_emptied_cue_is_changed_and_not_removed(scene: Scene) -> None:
    scene.text(srt(*WORDS[:2], ""))
    markdown = scene.run("proofread", "diff", ES, "--format", "markdown").out
    assert "| 3 | 00:00:04,000 – 00:00:05,500 |  | Adiós |  |" in markdown


def test_what_people_wrote_steers_neither_terminals_nor_pages(scene: Scene) -> None:
    scene.text(srt(HOSTILE, *WORDS[1:]))
    out = scene.run("proofread", "diff", ES).out
    assert "    + [31m| a | <script>" in out
    assert "\x1b" not in out
    assert "\x07" not in out
    out = scene.run("proofread", "diff", ES, "--format", "markdown").out
    (row,) = (line for line in out.splitlines() if line.startswith("| 1 |"))
    assert len(row.replace("\\|", "").split("|")) == 7
    assert "<script>" not in out
    assert "@everyone" not in out
    assert "\\[x\\](http" in out
    assert "\x1b" not in scene.run("proofread", "diff", ES, "--format", "json").out


def test_right_to_left_text_stays_as_it_is(scene: Scene) -> None:
    arabic = "مرحبًا بكم في HeyGen!"
    scene.text(srt(arabic, *WORDS[1:]))
    for form in ("text", "markdown", "json"):
        out = scene.run("proofread", "diff", ES, "--format", form).out
        assert arabic[:-1] in out


def many_targets(scene: Scene, videos: int, cues: int) -> None:
    """Write a manifest of long texts, all of them edited."""
    names = [f"v{number}" for number in range(videos)]
    lines = [f"  {name}: {{source: 'https://cdn.example.com/{name}.mp4'}}" for name in names]
    head = scene.workspace.manifest.read_text().partition("videos:")[0]
    scene.workspace.write(head.replace(", ja", "") + "videos:\n" + "\n".join(lines) + "\n")
    machine = srt(*(f"cue {number}" for number in range(cues)))
    edited = srt(*(f"*edited* | {number} " + "x" * 40 for number in range(cues)))
    session = scene.session(machine, f"{names[0]}/es-MX")
    loaded = Project.open(scene.workspace.manifest).manifest
    sessions = {
        target.address: replace(session, fingerprint=target.proofread.session)
        for target in loaded.targets
        if target.proofread is not None
    }
    scene.write_lock(replace(scene.lock, sessions=sessions))
    for name in names:
        scene.text(edited, f"{name}/es-MX")


@pytest.mark.parametrize(("videos", "cues"), [(1, 1000), (100, 8)])
def test_markdown_fits_into_a_comment(scene: Scene, videos: int, cues: int) -> None:
    many_targets(scene, videos, cues)
    out = scene.run("proofread", "diff", "--format", "markdown").out
    assert 40_000 < len(out) < 65_000
    rows = sum(line.startswith("| ") and "edited" in line for line in out.splitlines())
    if videos == 1:
        hidden = int(out.partition("\nAnd ")[2].partition(" more")[0])
        assert rows + hidden == cues
    else:
        hidden = int(out.rpartition("\nAnd ")[2].partition(" more targets")[0])
        assert out.count("<details") + hidden == videos
    assert out.count("<details") == out.count("</details>")
    assert f"\n{videos * cues} cues edited in {videos} target" in out


def test_one_endless_cue_fits_too(scene: Scene) -> None:
    scene.text(srt("|" * 300_000, *WORDS[1:]))
    out = scene.run("proofread", "diff", ES, "--format", "markdown").out
    assert len(out) < 10_000
    assert "…" in out


def test_nothing_to_show(scene: Scene) -> None:
    scene.text(MACHINE)
    out = scene.run("proofread", "diff", ES).out
    assert out.endswith("  3 unchanged\n\n0 cues edited in 1 target\n")
    text = scene.workspace.manifest.read_text()
    scene.workspace.write(text.replace("{proofread: {approval: explicit}}", "{}"))
    assert scene.run("proofread", "diff").out == "no targets under review\n"


# Where a text cannot be compared


def test_a_text_that_is_not_there_or_cannot_be_read(scene: Scene) -> None:
    assert trouble(scene.workspace) == "subtitles/intro/es-MX.srt is not there yet"
    scene.text(b"Hola\n")
    told = trouble(scene.workspace)
    assert told == "subtitles/intro/es-MX.srt: there is no cue"
    scene.text(b"1\n00:00:01,000 --> 00:00:0l,000\nHola\n")
    told = trouble(scene.workspace)
    assert told == "subtitles/intro/es-MX.srt:2: the times of a cue cannot be read"
    out = scene.run("proofread", "diff", ES, "--format", "markdown").out
    assert "not compared: subtitles/intro/es-MX.srt:2" in out


def test_without_the_vendors_text_and_without_a_key(scene: Scene) -> None:
    scene.text(MACHINE)
    scene.forget()
    told = trouble(scene.workspace)
    assert told is not None
    assert told.startswith("HeyGen's text is not on this machine, and there is no key")
    scene.session(MACHINE, kept=False, uploaded="0" * 64)
    assert "its session now holds the reviewed one" in (trouble(scene.workspace) or "")
    scene.session(MACHINE, fingerprint="0" * 64)
    assert "HeyGen has made no text for it yet" in (trouble(scene.workspace) or "")


def test_a_machine_text_that_is_none(scene: Scene) -> None:
    scene.text(MACHINE)
    digest = hashlib.sha256(b"nothing").hexdigest()
    (scene.folder / f".localize/localize/proofreads/{digest}.srt").write_bytes(b"nothing")
    scene.session(machine=digest)
    assert trouble(scene.workspace) == "HeyGen's text cannot be read: there is no cue"


# From the account


def test_the_vendors_text_comes_from_its_session_and_is_kept(fetched: Repository) -> None:
    fetched.edit("[Spanish (Mexico)] ", "")
    ran = fetched.workspace.run("proofread", "diff", ES)
    assert (ran.code, ran.err) == (0, "")
    assert "  1 changed, " in ran.out
    assert "\n    - [Spanish (Mexico)] " in ran.out
    assert fetched.machine()


def test_a_session_not_fetched_yet_is_asked_too(fetched: Repository) -> None:
    lock = read_lock(fetched.workspace.lockfile)
    assert lock is not None
    session = replace(lock.sessions[ES], machine=None, cues=None)
    write_lock(fetched.workspace.lockfile, replace(lock, sessions={ES: session}), True)
    assert trouble(fetched.workspace) is None
    assert not list((fetched.folder / ".localize/localize/proofreads").glob("*"))


def test_an_expired_session(fetched: Repository, sandbox: Sandbox) -> None:
    sandbox.expire_proofread(sandbox.proofreads()[0].id)
    assert "and its session has expired" in (trouble(fetched.workspace) or "")


def test_another_text_at_the_vendor_is_not_taken_for_it(fetched: Repository) -> None:
    lock = read_lock(fetched.workspace.lockfile)
    assert lock is not None
    session = replace(lock.sessions[ES], machine="0" * 64)
    write_lock(fetched.workspace.lockfile, replace(lock, sessions={ES: session}), True)
    assert "its session now holds another one" in (trouble(fetched.workspace) or "")


def test_a_vendor_that_does_not_answer(
    fetched: Repository, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HEYGEN_MAX_RETRIES", "0")
    sandbox.set_faults("http_500_before=1 on GET /v3/video-translations/proofreads/*")
    assert "HeyGen could not be asked for it" in (trouble(fetched.workspace) or "")


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ("forbid_file=1", "and the file host answers HTTP 403"),
        ("cut_body=1", "and a text could not be fetched: "),
    ],
)
def test_a_file_host_that_gives_nothing(
    fetched: Repository, sandbox: Sandbox, fault: str, told: str
) -> None:
    sandbox.set_faults(f"{fault} on GET /proofreads/*")
    assert told in (trouble(fetched.workspace) or "")


def test_a_text_larger_than_any_true_one(
    fetched: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("heygen_localize.heygen.session_texts.LARGEST", 10)
    assert "a text is larger than any true one" in trouble(fetched.workspace)


def test_a_key_that_is_refused_is_tried_once(
    repository: Repository, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository.apply()
    for kept in (repository.folder / ".localize/localize/proofreads").glob("*.srt"):
        kept.unlink()
    monkeypatch.setenv("HEYGEN_API_KEY", "wrong")
    seen = len(sandbox.requests())
    ran = repository.workspace.run("proofread", "diff")
    assert ran.code == 0
    assert ran.out.count("HeyGen could not be asked for it") == 2
    assert len(sandbox.requests()) == seen + 1
