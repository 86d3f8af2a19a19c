"""The forms of `source`, `audio` and `srt`, and what stands for each in the fingerprint."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import media_samples
import pytest
from manifest_project import HEAD, Project

from heygen_localize.core.languages import LanguageCatalog
from heygen_localize.core.model import Media, MediaKind
from heygen_localize.core.text import subtitle_bytes


@pytest.mark.parametrize(
    ("url", "identity"),
    [
        ("https://cdn.example.com/a.mp4", "https://cdn.example.com/a.mp4"),
        ("HTTPS://CDN.Example.com:443/A.mp4?B=c#t=9", "https://cdn.example.com:443/A.mp4?B=c"),
        ("https://[2001:DB8::1]/a.mp4", "https://[2001:db8::1]/a.mp4"),
        ("https://cdn.example.com", "https://cdn.example.com"),
    ],
)
def test_urls(project: Project, url: str, identity: str) -> None:
    assert project.video(f'source: "{url}"').source == Media(MediaKind.URL, url, identity)


@pytest.mark.parametrize(
    ("source", "code", "part"),
    [
        ("http://cdn.example.com/a.mp4", "url_scheme", "is not an https address"),
        ("http://127.0.0.1/a.mp4", "url_scheme", "https"),
        ("ftp://x.example/a.mp4", "source_form", "ftp:// cannot be used"),
        ("s3://bucket", "object_invalid", "names no object"),
        ("https:///a.mp4", "url_invalid", "no host"),
        ("https://:443/a.mp4", "url_invalid", "no host"),
        ("https://x.example:port/a.mp4", "url_invalid", "no host"),
        ("https://x.example/a b.mp4", "url_invalid", "is not a web address"),
        ("https://ann:hunter2@x.example/a.mp4", "url_secret", "user name"),
        ("https://x.example/a.mp4?token=hunter2", "url_signed", "a secret"),
        ("asset:", "asset_invalid", "the id of an asset"),
        ("asset:a/b", "asset_invalid", "the id of an asset"),
        ("/etc/passwd", "path_absolute", "one machine only"),
        ("C:/a.mp4", "path_absolute", "one machine only"),
        ("videos\\a.mp4", "path_invalid", "backslash"),
        ("../a.mp4", "path_leaves_root", "leads out of"),
        ("a/../../a.mp4", "path_leaves_root", "leads out of"),
        ("nowhere.mp4", "source_missing", "no file 'nowhere.mp4'"),
        ("no/where.mp4", "source_missing", "no file 'no/where.mp4'"),
        (".", "source_not_file", "'.' is not a file"),
        ("a" * 5000, "source_unreadable", "File name too long"),
    ],
)
def test_sources_that_are_refused(project: Project, source: str, code: str, part: str) -> None:
    for option in ("source", "audio", "srt"):
        problem = project.video_mistake(f"{option}: '{source}'")
        assert (problem.code, problem.where.path) == (code, f"videos.intro.{option}")
        assert part in problem.message
        assert "hunter2" not in str(problem)


L63, L64 = "a" * 63, "a" * 64
IMPOSSIBLE = [
    ("https://cdn.example.com:99999/a.mp4", "port 99999, and ports are 1 to 65535"),
    ("https://cdn.example.com:65536/a.mp4", "port 65536"),
    ("https://cdn.example.com:0/a.mp4", "port 0"),
    ("https://cdn.example.com:123456789012/a.mp4", "no host"),
    ("https://cdn..example.com/a.mp4", "an empty part between dots"),
    ("https://.example.com/a.mp4", "an empty part between dots"),
    ("https://example.com../a.mp4", "an empty part between dots"),
    (f"https://{L64}.example.com/a.mp4", "a part of 64 letters, and 63 are the most"),
    (f"https://{'ü' * 60}.example.com/a.mp4", "letters, and 63 are the most"),
    (f"https://{'.'.join([L63] * 4)}/a.mp4", "a host of 255 letters, and 253 are the most"),
    ("https://ex!ample.com/a.mp4", "a part that no name can have: 'ex!ample'"),
    ("https://ex%61mple.com/a.mp4", "a part that no name can have"),
    ("https://cdn example.com/a.mp4", "is not a web address"),
    (" https://cdn.example.com/a.mp4", "is not a web address"),
    ("https://cdn.example.com/a\\tb.mp4", "is not a web address"),
    ("https://[::1::2]/a.mp4", "no IPv6 address"),
    ("https://[12345::]/a.mp4", "no IPv6 address"),
    ("https://[]/a.mp4", "no host"),
    ("https://[::1/a.mp4", "no host"),
    ("https://::1/a.mp4", "no host"),
    ("https://256.1.1.1/a.mp4", "no IPv4 address"),
    ("https://1.2.3/a.mp4", "no IPv4 address"),
    ("https://127.0x1/a.mp4", "no IPv4 address"),
    ("https://cdn.example.com/100%.mp4", "'%.m' in it"),
    ("https://cdn.example.com/a%2.mp4", "'%2.' in it"),
    ("https://cdn.example.com/a%zzb.mp4", "'%zz' in it"),
    ("https://cdn.example.com/a.mp4?name=50%", "% in its query"),
]


@pytest.mark.parametrize(("url", "part"), IMPOSSIBLE)
@pytest.mark.parametrize("option", ["source", "audio", "srt", "callback_url", "public_url"])
def test_addresses_that_cannot_be_are_told_with_their_line(
    project: Project, option: str, url: str, part: str
) -> None:
    video = {"source": "https://cdn.example.com/a.mp4"} | (
        {option: url} if option != "public_url" else {}
    )
    lines = [f'    {name}: "{value}"' for name, value in video.items()]
    body = ["languages: [ja]", "videos:", "  intro:", *lines]
    if option == "public_url":
        body += ["outputs:", f'  public_url: "{url}"']
    problem = project.mistake("\n".join(body))
    assert problem.code == "url_invalid"
    assert part in problem.message
    written = project.path.read_text(encoding="utf-8").split("\n")
    assert problem.where.line is not None
    assert written[problem.where.line - 1].lstrip().startswith(f"{option}:")


@pytest.mark.parametrize(
    "url",
    [
        "https://cdn.example.com:65535/a.mp4",
        "https://cdn.example.com./a.mp4",
        f"https://{L63}.example.com/a.mp4",
        "https://my_bucket.s3.example.com/a.mp4",
        "https://münchen.example/ü.mp4",
        "https://8.8.8.8/a.mp4",
        "https://[2001:db8::1]:8443/a.mp4",
        "https://cdn.example.com/100%25%20a.mp4?b=%C3%BC",
    ],
)
def test_addresses_that_can_be(project: Project, url: str) -> None:
    assert project.video(f'source: "{url}"').source.reference == url


def test_plain_http_goes_to_this_machine_where_that_is_allowed(project: Project) -> None:
    for host in ("localhost:80", "127.0.0.1:8080", "127.9.9.9", "[::1]:1"):
        url = f"http://{host}/a.mp4"
        assert project.video(f'source: "{url}"', loopback_sources=True).source.identity == url
        assert "HEYGEN_API_BASE" in str(project.video_mistake(f'source: "{url}"').hint)
    for host in ("localhost.evil.example", "10.0.0.1", "0.0.0.0"):
        problem = project.video_mistake(f"source: http://{host}/a.mp4", loopback_sources=True)
        assert (problem.code, problem.hint) == ("url_scheme", "HeyGen takes https only")


@pytest.mark.parametrize(
    "query",
    [
        "X-Amz-Signature=a",
        "a=1&x-goog-signature=b",
        "Expires=1&Signature=2",
        "sig=x",
        "se=1&sp=r&sv=2020",
        "Key-Pair-Id=K",
        "a;TOKEN=1",
    ],
)
def test_a_signed_url_needs_an_identity(project: Project, query: str) -> None:
    url = f"https://x.example/a.mp4?{query}"
    problem = project.video_mistake(f"source: {url}")
    assert problem.code == "url_signed"
    assert "identity" in (problem.hint or "")
    signed = project.video(f"source: {url}\nidentity: keynote").source
    assert signed == Media(MediaKind.URL, url, "keynote")
    assert project.video_mistake(f"audio: {url}\nidentity: keynote").code == "url_signed"


def test_harmless_queries_pass(project: Project) -> None:
    for query in ("v=2&signal=1", "sv=2", "#sig=1"):
        assert project.video(f'source: "https://x.example/a.mp4?{query}"').source


def test_assets(project: Project) -> None:
    asset = project.video("source: asset:8f2c.41-d_7").source
    assert asset == Media(MediaKind.ASSET, "8f2c.41-d_7", "8f2c.41-d_7")
    assert project.video("source: asset:8f2c\nidentity: x").source.identity == "x"


def test_files(project: Project) -> None:
    content = media_samples.mp4()
    project.write(content, "videos/a.mp4")
    digest = hashlib.sha256(content).hexdigest()
    known = (digest, len(content), "video/mp4", media_samples.MP4_SECONDS)
    for spelling in ("videos/a.mp4", "./videos/a.mp4", "videos/../videos//a.mp4"):
        media = project.video(f"source: {spelling}").source
        assert media == Media(MediaKind.FILE, "videos/a.mp4", digest, *known)
    named = project.video("source: videos/a.mp4\nidentity: x").source
    assert named == Media(MediaKind.FILE, "videos/a.mp4", "x", *known)


def test_a_missing_file_has_a_suggestion(project: Project) -> None:
    project.write(media_samples.mp4(), "videos/pricing.mp4")
    assert project.video_mistake("source: videos/pricng.mp4").hint == "did you mean pricing.mp4?"
    problem = project.video_mistake("source: http:/x")
    assert (
        problem.hint
        == "what can stand: an https:// URL, s3://BUCKET/NAME, asset:ID, or a path from the "
        "manifest's folder"
    )


def test_the_git_root_is_the_bound(project: Project, tmp_path: Path) -> None:
    project.write(media_samples.mp4(), "shared/a.mp4")
    project.path = tmp_path / "docs" / "localize.yaml"
    text = HEAD + "languages: [ja]\nvideos: {a: {source: ../shared/a.mp4}}\n"
    project.write(text, "docs/localize.yaml")
    assert project.problems()[0].code == "path_leaves_root"
    (tmp_path / ".git").write_text("gitdir: elsewhere")
    (target,) = project.load().targets
    assert target.source.reference == "../shared/a.mp4"


def test_a_link_may_not_lead_out_of_the_root(project: Project, tmp_path: Path) -> None:
    project.write(media_samples.mp4(), "a.mp4")
    (tmp_path / "inner.mp4").symlink_to("a.mp4")
    (tmp_path / "outer.mp4").symlink_to("/etc/hostname")
    (tmp_path / "out").symlink_to("/etc")
    (tmp_path / "circle.mp4").symlink_to("circle.mp4")
    assert project.video("source: inner.mp4").source.reference == "inner.mp4"
    for source in ("outer.mp4", "out/hostname", "circle.mp4"):
        problem = project.video_mistake(f"source: {source}")
        assert problem.code in ("path_leaves_root", "source_not_file")
        assert source != "outer.mp4" or problem.code == "path_leaves_root"


def test_a_pipe_is_no_file(project: Project) -> None:
    os.mkfifo("pipe.mp4")
    assert project.video_mistake("source: pipe.mp4").code == "source_not_file"


def test_subtitles_are_hashed_as_they_are_uploaded(project: Project) -> None:
    plain = media_samples.srt()
    digest = hashlib.sha256(plain).hexdigest()
    project.write(media_samples.wav(), "a.wav")
    for content in (
        plain,
        b"\xef\xbb\xbf" + plain,
        plain.replace(b"\n", b"\r\n"),
        plain.replace(b"\n", b"\r"),
    ):
        project.write(content, "a.srt")
        target = project.video("srt: a.srt\naudio: a.wav\nsrt_role: output")
        known = (digest, len(plain), "application/x-subrip")
        assert target.srt == Media(MediaKind.FILE, "a.srt", digest, *known)
        assert target.option("srt") == digest
        assert subtitle_bytes(content) == plain
        assert target.audio is not None
        assert target.audio.sha256 == hashlib.sha256(media_samples.wav()).hexdigest()
        assert (target.audio.media_type, target.audio.seconds) == ("audio/wav", 0.5)


def test_subtitles_have_a_bound(project: Project) -> None:
    project.write(b"", "a.srt")
    os.truncate("a.srt", 2_000_001)
    assert project.video_mistake("srt: a.srt").code == "source_too_large"


def test_audio_and_srt_are_templates(project: Project) -> None:
    project.write(media_samples.srt(), "subs/intro.es-MX.srt")
    target = project.video(
        'srt: "subs/{{ video.id }}.{{ language.tag }}.srt"\n'
        "audio: 'https://x.example/{{ language.tag }}.mp3'"
    )
    assert target.srt is not None
    assert target.srt.reference == "subs/intro.es-MX.srt"
    assert target.option("audio") == "https://x.example/es-MX.mp3"
    problem = project.video_mistake('srt: "subs/{{ language.name }}.srt"')
    assert problem.message == (
        "there is no file 'subs/Spanish (Mexico).srt', counted from the manifest's folder"
    )


def test_each_file_is_looked_at_once(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    usual = os.open

    def counting(path: object, *arguments: object, **named: object) -> int:
        opened.append(str(path))
        return usual(path, *arguments, **named)  # type: ignore[arg-type]

    project.write(media_samples.mp4(), "a.mp4")
    project.write(media_samples.mov(), "b.mov")
    text = (
        "languages: [ja, de-DE]\n"
        "videos: {a: {source: a.mp4, languages: {fr-FR: null}}, b: {source: ./a.mp4}}\n"
    )
    monkeypatch.setattr(os, "open", counting)
    assert len(project.body(text).targets) == 3
    assert [name for name in opened if name.endswith(".mp4")] == ["a.mp4"]
    opened.clear()
    text = "languages: [ja, de-DE, fr-FR]\ndefaults: {audio: b.mov}\nvideos: {a: {source: a.mp4}}\n"
    assert project.mistake(text).code == "source_type"
    assert len([name for name in opened if name.endswith((".mp4", ".mov"))]) == 2


def test_what_cannot_be_read(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    usual = os.open

    def refused(path: object, *arguments: object, **named: object) -> int:
        if path == "a.mp4":
            raise PermissionError(13, "Permission denied")
        return usual(path, *arguments, **named)  # type: ignore[arg-type]

    project.write(media_samples.mp4(), "a.mp4")
    monkeypatch.setattr(os, "open", refused)
    assert (
        project.video_mistake("source: a.mp4").message == "cannot read 'a.mp4': Permission denied"
    )


def test_a_language_name_cannot_lead_elsewhere(project: Project) -> None:
    project.catalog = LanguageCatalog(["Evil (../../x)", "Odd / Name", "Plain"])
    for name in project.catalog.languages[:2]:
        problem = project.mistake(
            f'languages: ["{name.name}"]\n'
            'videos: {a: {source: asset:b, srt: "{{ language.name }}.srt"}}\n'
        )
        assert (problem.code, problem.hint) == ("template_value", "use language.tag")
