"""`localize proofread export` and `import`: texts as sheets, and back."""

from __future__ import annotations

import codecs
import csv
import hashlib
import io
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from desk_scene import ES, JA, SOURCE, WORDS, Scene, srt
from workspaces import Workspace

MACHINE = srt(*WORDS)
EDITED = srt("Hola,\nHeyGen", "=1+1", WORDS[2])


@pytest.fixture
def scene(workspace: Workspace) -> Scene:
    scene = Scene(workspace)
    scene.source(srt(*SOURCE))
    scene.session(MACHINE)
    scene.text(EDITED)
    return scene


def rows_of(sheet: Path) -> list[dict[str, str]]:
    with sheet.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def write_rows(sheet: Path, rows: list[dict[str, str]]) -> None:
    with sheet.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


@pytest.fixture
def sheet(scene: Scene) -> Path:
    ran = scene.run("proofread", "export", "-o", "sheets")
    assert (ran.code, ran.out) == (0, "sheets/intro.es-MX.csv\n"), ran.err
    return scene.folder / "sheets/intro.es-MX.csv"


def test_a_sheet_has_a_row_for_each_cue(sheet: Path) -> None:
    content = sheet.read_bytes()
    assert content.startswith(codecs.BOM_UTF8 + b"number,start,end,source,machine,")
    assert stat.S_IMODE(sheet.stat().st_mode) == 0o644
    first, second, _ = rows_of(sheet)
    assert first == {
        "number": "1",
        "start": "00:00:00,000",
        "end": "00:00:01,500",
        "source": "Hello at HeyGen",
        "machine": "Hola a HeyGen",
        "reviewed": "Hola,\nHeyGen",
        "comment": "",
    }
    assert second["reviewed"] == "'=1+1"


def test_standard_output_is_the_same_to_the_byte(scene: Scene, sheet: Path) -> None:
    command = [sys.executable, "-m", "heygen_localize", "proofread", "export", ES, "-o", "-"]
    ended = subprocess.run(command, cwd=scene.folder, capture_output=True, check=True)
    assert ended.stdout == sheet.read_bytes()


def test_standard_output_takes_one(scene: Scene) -> None:
    scene.session(MACHINE, JA)
    scene.text(EDITED, JA)
    ran = scene.run("proofread", "export", "-o", "-")
    assert ran.code == 2
    assert "standard output takes one sheet, and these are 2 targets" in ran.err


def test_a_review_is_not_written_over(scene: Scene, sheet: Path) -> None:
    assert scene.run("proofread", "export", "-o", "sheets").code == 0
    sheet.write_bytes(sheet.read_bytes() + b"\r\n")
    edited = sheet.read_bytes()
    ran = scene.run("proofread", "export", "-o", "sheets")
    assert ran.code == 2
    assert "sheets/intro.es-MX.csv is there already" in ran.err
    assert sheet.read_bytes() == edited
    assert scene.run("proofread", "export", "-o", "sheets", "--force").code == 0
    assert sheet.read_bytes() != edited


def test_what_cannot_be_exported_is_told(scene: Scene) -> None:
    scene.text(srt(*WORDS, shift=40))
    ran = scene.run("proofread", "export", ES, JA, "-o", "sheets")
    assert ran.code == 2
    assert "error: subtitles/intro/es-MX.srt: the reviewed subtitles have other cues" in ran.err
    assert "localize proofread fix-times intro/es-MX" in ran.err
    assert "error: intro/ja has no text yet: subtitles/intro/ja.srt is not there" in ran.err
    scene.forget()
    ran = scene.run("proofread", "export", "-o", "sheets")
    assert ran.code == 2
    assert "intro/es-MX: HeyGen's text is not on this machine" in ran.err
    assert not (scene.folder / "sheets").exists()


def test_a_folder_that_is_none(scene: Scene) -> None:
    ran = scene.run("proofread", "export", "-o", "localize.yaml")
    assert ran.code == 2
    assert "localize.yaml cannot be written to: " in ran.err


# Back again


def test_the_round_trip_changes_nothing(scene: Scene, sheet: Path) -> None:
    odd = EDITED.replace(b"\n", b"\r\n") + b"\r\n\r\n"
    scene.text(odd)
    ran = scene.run("proofread", "import", str(sheet))
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == "intro/es-MX: nothing changed in subtitles/intro/es-MX.srt\n"
    assert scene.path().read_bytes() == odd


def test_only_reviewed_texts_are_taken_and_comments_shown(scene: Scene, sheet: Path) -> None:
    rows = rows_of(sheet)
    rows[2] |= {"reviewed": "Hasta luego", "comment": "warmer\n\x1b[31mred"}
    renamed = scene.folder / "review.csv"
    write_rows(renamed, rows)
    ran = scene.run("proofread", "import", "review.csv", ES)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == (
        "intro/es-MX: took the reviewed text into subtitles/intro/es-MX.srt\n"
        "  cue 3: warmer\n    [31mred\n"
    )
    assert scene.path().read_bytes() == srt("Hola,\nHeyGen", "=1+1", "Hasta luego")
    report = scene.run("proofread", "import", "review.csv", ES, "--format", "json").json()
    assert report["changed"] is False
    assert report["comments"] == [{"cue": 3, "comment": "warmer\n\x1b[31mred"}]


def test_a_text_that_is_wrong_now_is_taken_and_told(scene: Scene, sheet: Path) -> None:
    rows = rows_of(sheet)
    rows[0]["reviewed"] = ""
    write_rows(sheet, rows)
    ran = scene.run("proofread", "import", str(sheet))
    assert ran.code == 0
    assert "warning: subtitles/intro/es-MX.srt:2: cue 1: cue 1 has no text" in ran.err


def test_a_text_that_was_lost_comes_back(scene: Scene, sheet: Path) -> None:
    scene.path().unlink()
    assert scene.run("proofread", "import", str(sheet)).code == 0
    assert scene.path().read_bytes() == EDITED


def test_rows_that_do_not_fit_are_refused_all_at_once(scene: Scene, sheet: Path) -> None:
    rows = rows_of(sheet)
    rows[0]["start"] = "00:00:09,000"
    rows[1]["machine"] = "another"
    rows[2]["number"] = "7"
    write_rows(sheet, rows)
    ran = scene.run("proofread", "import", "sheets/intro.es-MX.csv")
    assert (ran.code, ran.out) == (2, "")
    assert "error: sheets/intro.es-MX.csv: row 2: the start was changed" in ran.err
    assert "row 3: the machine's text was changed" in ran.err
    assert "row 4: there is no cue 7" in ran.err
    assert "sheets/intro.es-MX.csv: there is no row for cue 3" in ran.err
    assert scene.path().read_bytes() == EDITED


def test_a_sheet_of_no_target(scene: Scene, sheet: Path) -> None:
    other = sheet.rename(sheet.with_name("other.csv"))
    ran = scene.run("proofread", "import", str(other))
    assert ran.code == 2
    assert f"localize proofread import {other} intro/es-MX (or another" in ran.err
    ran = scene.run("proofread", "import", str(other), "intro/*")
    assert ran.code == 2
    assert "intro/* fits 2 targets, a sheet is of one" in ran.err
    assert scene.run("proofread", "import", "nowhere.csv", ES).code == 2


def test_a_sheet_too_large_to_be_one(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("heygen_localize.operations.proofread.sheets._MAX_SHEET_BYTES", 10)
    (scene.folder / "large.csv").write_bytes(b"x" * 11)
    ran = scene.run("proofread", "import", "large.csv", ES)
    assert ran.code == 2
    assert "large.csv is too large" in ran.err


def test_a_vendors_text_that_is_none(scene: Scene, sheet: Path) -> None:
    machine = scene.lock.sessions[ES].machine
    kept = scene.folder / f".localize/localize/proofreads/{machine}.srt"
    name = hashlib.sha256(b"nothing").hexdigest()
    kept.with_name(f"{name}.srt").write_bytes(b"nothing")
    scene.session(machine=name)
    ran = scene.run("proofread", "import", str(sheet))
    assert ran.code == 2
    assert "HeyGen's text cannot be read: there is no cue" in ran.err


@pytest.mark.parametrize("whole", [True, False], ids=["folder", "repository"])
def test_a_text_is_never_written_out_of_the_folder(
    scene: Scene, sheet: Path, tmp_path: Path, whole: bool
) -> None:
    # A link to elsewhere in the repository passes the manifest, and ends here.
    if not whole:
        (tmp_path / ".git").mkdir()
    outside = tmp_path / "outside.srt"
    outside.write_bytes(b"precious")
    scene.path().unlink()
    scene.path().symlink_to(outside)
    ran = scene.run("proofread", "import", str(sheet))
    assert ran.code == 2
    if not whole:
        assert "subtitles/intro/es-MX.srt is a link, and none is followed" in ran.err
    assert outside.read_bytes() == b"precious"
    assert scene.path().is_symlink()


def test_a_row_is_read_as_spreadsheets_write_it(scene: Scene, sheet: Path) -> None:
    rows = rows_of(sheet)
    rows[2]["reviewed"] = "Hasta luego"
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(rows[0]), delimiter=";")
    writer.writeheader()
    writer.writerows(rows)
    sheet.write_text(text.getvalue(), encoding="utf-8", newline="")
    assert scene.run("proofread", "import", str(sheet)).code == 0
    assert scene.path().read_bytes() == srt("Hola,\nHeyGen", "=1+1", "Hasta luego")
