"""The manifest's part of proofread: where texts stand, what does not go with it, and the terms."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

import media_samples
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from manifest_project import Project

from heygen_localize.core.errors import Diagnostic, ManifestError, Where
from heygen_localize.core.fingerprint import Mark, Spec, fingerprint
from heygen_localize.core.languages import LanguageCatalog
from heygen_localize.core.model import Target
from heygen_localize.core.option import Layer
from heygen_localize.core.proofread import Approval, Proofread
from heygen_localize.core.rates import Rates
from heygen_localize.core.terms import Term
from heygen_localize.manifest import load_manifest
from heygen_localize.planning.proofread import spec_of
from heygen_localize.system.resources import language_names

CATALOG = LanguageCatalog(language_names())
NOT_IN_SESSIONS = {
    "start_time": "5",
    "end_time": "9",
    "input_language": "English",
    "audio": "asset:sound",
    "stock_voice_config": "{use_stock_voice: true}",
    "enable_watermark": "true",
    "fps_mode": "cfr",
    "srt_role": "input",
}
LAYERS = """
groups: {{latam: [es-MX, pt-BR]}}
languages:
  es-MX: {{{language}}}
  latam: {{{group}}}
defaults: {{{defaults}}}
videos:
  a:
    source: asset:a
    {video}
    languages: {{es-MX: {{{own}}}}}
"""

# Sessions and jobs of users bear them: they may never change.
GOLDEN = "9b47ec922223cf015d71cf95338ec8b4df8aeccf38b3f16f92c5fef590780168"
GOLDEN_SESSION = "26706505dbc2ec3773dbd99ba6b229cceb9e27784b9e32e73694a092c3f67922"


def review(target: Target) -> Proofread:
    assert target.proofread is not None
    return target.proofread


def path_of(project: Project, srt: str, video: str = "intro") -> tuple[str, str]:
    found = review(
        project.target(
            f"languages: [es-MX]\nvideos: {{{video}: {{source: asset:a}}}}\n"
            f'defaults: {{proofread: {{srt: "{srt}"}}}}\n'
        )
    )
    return found.path, found.source_path


def told(problems: tuple[Diagnostic, ...]) -> list[tuple[str, str | None]]:
    return [(problem.code, problem.where.path) for problem in problems]


def test_true_is_on_with_the_defaults(project: Project) -> None:
    target = project.video("proofread: true")
    found = review(target)
    assert found == Proofread(
        "subtitles/intro/es-MX.srt", "subtitles/intro/source.srt", found.session, Approval.GIT, 80
    )
    (option,) = [one for one in target.settings if one.name == "proofread"]
    assert (option.value, option.layer) == (True, Layer.VIDEO)
    assert review(project.video("proofread: {}")) == found
    nothing_said = "proofread: {srt: null, approval: null, max_line_length: null}"
    assert review(project.video(nothing_said)) == found


def test_a_mapping_says_more(project: Project) -> None:
    text = 'proofread: {srt: "r/{{ project }}.srt", approval: explicit, max_line_length: 42}'
    found = review(project.video(text))
    assert (found.path, found.approval, found.max_line_length) == (
        "r/acme.srt",
        Approval.EXPLICIT,
        42,
    )
    assert review(project.video("proofread: {approval: git}")).approval is Approval.GIT


@pytest.mark.parametrize(
    ("layers", "length"),
    [
        ({}, None),
        ({"defaults": "true"}, 80),
        ({"defaults": "{max_line_length: 1}"}, 1),
        ({"defaults": "{max_line_length: 1}", "group": "{max_line_length: 2}"}, 2),
        ({"group": "{max_line_length: 2}", "language": "{max_line_length: 3}"}, 3),
        ({"language": "{max_line_length: 3}", "video": "{max_line_length: 4}"}, 4),
        ({"video": "{max_line_length: 4}", "own": "{max_line_length: 5}"}, 5),
        ({"defaults": "{max_line_length: 1}", "own": "{approval: explicit}"}, 80),
        ({"defaults": "true", "own": "null"}, None),
        ({"defaults": "true", "video": "false"}, None),
        ({"defaults": "true", "video": "false", "own": "true"}, 80),
    ],
)
def test_the_nearest_wins(project: Project, layers: dict[str, str], length: int | None) -> None:
    parts = ("defaults", "language", "group", "video", "own")
    given = {part: f"proofread: {layers[part]}" if part in layers else "" for part in parts}
    target = project.target(LAYERS.format(**given))
    found = target.proofread and target.proofread.max_line_length
    assert found == length


@pytest.mark.parametrize(
    ("srt", "path", "source"),
    [
        ("s/{{ video.id }}/{{ language.tag }}.srt", "s/intro/es-MX.srt", "s/intro/source.srt"),
        ("s/x-{{ video.id }}/a/b.srt", "s/x-intro/a/b.srt", "s/x-intro/a/source.srt"),
        ("{{ video.id }}/a.srt", "intro/a.srt", "intro/source.srt"),
        ("s/{{ video.id }}.srt", "s/intro.srt", "s/intro.source.srt"),
        ("{{ language.tag }}/{{ video.id }}.srt", "es-MX/intro.srt", "es-MX/intro.source.srt"),
        ("{{ video.id }}.srt", "intro.srt", "intro.source.srt"),
        ("a.srt", "a.srt", "intro.source.srt"),
    ],
)
def test_where_the_transcript_stands(project: Project, srt: str, path: str, source: str) -> None:
    assert path_of(project, srt) == (path, source)


@pytest.mark.parametrize(
    ("srt", "code"),
    [
        ("/tmp/a.srt", "output_absolute"),
        ("C:/a.srt", "output_absolute"),
        ("../a.srt", "output_invalid"),
        ("a/../../b.srt", "output_invalid"),
        ("a//b.srt", "output_invalid"),
        ("con/a.srt", "output_invalid"),
        ("a.vtt", "proofread_path"),
        ("a.SRT", "proofread_path"),
        ("a.srt/b", "proofread_path"),
        ("a/.srt", "proofread_path"),
        ("linked/a.srt", "path_leaves_root"),
        ("linked.srt", "path_leaves_root"),
        ("s/{{ video.id }}/b.srt", "path_leaves_root"),
        ("a/" * 3000 + "a.srt", "proofread_path"),
        ("{{ video.name }}.srt", "template_variable"),
        ("{{ fingerprint }}.srt", "template_variable"),
        ("{% set x = 1 %}a.srt", "template_statement"),
        ("{{ ''.__class__ }}.srt", "template_expression"),
    ],
)
def test_paths_that_are_refused(project: Project, srt: str, code: str) -> None:
    inside = project.folder / "inside"
    inside.mkdir()
    (inside / "s/a").mkdir(parents=True)
    for link in ("linked", "linked.srt", "s/a/source.srt"):
        (inside / link).symlink_to(project.folder)
    project.path = inside / "localize.yaml"
    project.path.write_text(
        "version: 1\nproject: acme\nlanguages: [es-MX]\nvideos: {a: {source: asset:a}}\n"
        f'defaults: {{proofread: {{srt: "{srt}"}}}}\n'
    )
    (problem,) = project.problems()
    assert (problem.code, problem.where.path, problem.where.line) == (
        code,
        "defaults.proofread.srt",
        5,
    )


def test_a_value_that_changes_the_folder(project: Project) -> None:
    project.catalog = LanguageCatalog([*language_names(), "Klingon (a/b)"])
    text = (
        'languages: [Klingon (a/b)]\nvideos: {a: {source: asset:a}}\ndefaults: {proofread: {srt: "'
    )
    problem = project.mistake(text + '{{ language.name }}.srt"}}\n')
    assert told((problem,)) == [("template_value", "defaults.proofread.srt")]


@pytest.mark.parametrize(
    ("text", "path", "message"),
    [
        ("proofread: 3", "proofread", "expected true or false or a mapping, found the number 3"),
        ("proofread: {aproval: git}", "proofread.aproval", "there is no key 'aproval' here"),
        ("proofread: {approval: merge}", "proofread.approval", "git or explicit"),
        ("proofread: {srt: ''}", "proofread.srt", "text that is not empty"),
        ("proofread: {max_line_length: 0}", "proofread.max_line_length", "at least 1"),
    ],
)
def test_what_does_not_fit_the_schema(project: Project, text: str, path: str, message: str) -> None:
    problem = project.video_mistake(text)
    assert problem.where.path == f"videos.intro.{path}"
    assert message in problem.message


def video(name: str, members: str) -> str:
    return f"  {name}: {{source: asset:{name}, {members}}}\n"


def test_no_two_reviews_share_a_file(project: Project) -> None:
    head = "languages: [ja, de-DE]\n"
    problem = project.mistake(
        head + "defaults: {proofread: {srt: 's/{{ video.id }}/a.srt'}}\nvideos:\n" + video("a", "")
    )
    assert told((problem,)) == [("output_twice", "defaults.proofread.srt")]
    assert "a/de-DE (proofread) and a/ja (proofread) would both" in problem.message
    assert problem.hint is not None
    assert "{{ language.tag }}" in problem.hint
    own = "languages: {ja: {proofread: {srt: %s}}}"
    problem = project.mistake(
        "videos:\n" + video("a", own % "x/A.srt") + video("b", own % "x/a.srt")
    )
    assert told((problem,)) == [("output_twice", "videos.b.languages.ja.proofread.srt")]
    assert "a/ja (proofread) and b/ja (proofread)" in problem.message


@pytest.mark.parametrize(
    ("srt", "more", "names"),
    [
        ("s/{{ video.id }}/source.srt", "", "a/ja (proofread) and a (its transcript)"),
        ("localized/{{ video.id }}/{{ language.tag }}.srt", "", "a/ja (srt) and a/ja (proofread)"),
        ("words.srt", "", "a/ja (proofread) would be written over 'words.srt'"),
        ("a.srt", "outputs: {video: a.source.SRT}", "a/ja (video) and a (its transcript)"),
        ("x.srt", "include: [x.srt]", "a/ja (proofread) would be written over 'x.srt'"),
    ],
)
def test_no_review_takes_the_place_of_another_file(
    project: Project, srt: str, more: str, names: str
) -> None:
    project.write(media_samples.srt(), "words.srt")
    project.write("videos: {}\n", "x.srt")
    members = f"srt: words.srt, enable_caption: true, proofread: {{srt: '{srt}'}}"
    problem = project.mistake(f"languages: [ja]\n{more}\nvideos:\n" + video("a", members))
    assert told((problem,)) == [("output_twice", "videos.a.proofread.srt")]
    assert names in problem.message


def test_the_manifest_itself_is_not_a_review(project: Project) -> None:
    project.path = Path("localize.srt")
    text = "version: 1\nproject: acme\nlanguages: [ja]\nvideos:\n"
    project.write(text + video("a", "proofread: {srt: localize.srt}"), "localize.srt")
    (problem,) = project.problems()
    assert "a/ja (proofread) would be written over 'localize.srt'" in problem.message


def test_two_videos_do_not_share_a_transcript(project: Project) -> None:
    own = "proofread: {srt: 's/{{ video.id }}.srt'}"
    problem = project.mistake(
        "languages: [ja]\nvideos:\n" + video("a", own) + video("a.source", own)
    )
    assert "a.source/ja (proofread) and a (its transcript)" in problem.message


@pytest.mark.parametrize(("name", "value"), NOT_IN_SESSIONS.items())
def test_options_that_sessions_do_not_have(project: Project, name: str, value: str) -> None:
    problem = project.video_mistake(f"proofread: true\n{name}: {value}")
    assert told((problem,)) == [("proofread_option", f"videos.intro.{name}")]
    assert problem.message == (
        f"{name} does not go with proofread, which intro/es-MX has "
        "(localize.yaml:7:16 (videos.intro.proofread)): "
        "HeyGen's proofread sessions have no such option"
    )
    assert problem.hint == f"leave {name} out, or set proofread: false where it is needed"
    assert project.video(f"proofread: false\n{name}: {value}").proofread is None


def test_they_are_told_where_they_are_set_and_with_all_else(project: Project) -> None:
    problems = project.mistakes(
        """\
        languages: [ja, de-DE]
        defaults: {start_time: 9, proofread: {srt: "{{ x }}"}, enable_watermark: false}
        videos:
          a: {source: ftp://x, end_time: 5}
          b: {source: asset:b, proofread: false}
          c: {source: asset:c, languages: {fr-FR: {start_time: null, fps_mode: vfr, mode: x}}}
        """
    )
    assert told(problems) == [
        ("proofread_option", "defaults.start_time"),
        ("template_variable", "defaults.proofread.srt"),
        ("source_form", "videos.a.source"),
        ("proofread_option", "videos.a.end_time"),
        ("times_reversed", "videos.a.end_time"),
        ("proofread_option", "videos.c.languages.fr-FR.fps_mode"),
        ("invalid_value", "videos.c.languages.fr-FR.mode"),
    ]


def test_other_options_and_defaults_written_out_are_fine(project: Project) -> None:
    project.write(media_samples.srt(), "words.srt")
    target = project.video(
        """\
        proofread: true
        enable_watermark: false
        start_time: null
        stock_voice_config: {use_stock_voice: false, preferred_stock_voice_ids: []}
        mode: precision
        speaker_num: 2
        srt: words.srt
        title: "{{ video.id }}"
        folder_id: f
        callback_url: https://h.example.com/
        callback_id: x
        brand_voice_id: g
        enable_dynamic_duration: false
        disable_music_track: true
        enable_speech_enhancement: true
        keep_the_same_format: true
        enable_caption: true
        translate_audio_only: true
        revision: 3
        """
    )
    assert review(target).path == "subtitles/intro/es-MX.srt"


def test_fingerprints_do_not_move_without_proofread(project: Project) -> None:
    for text in ("", "proofread: false", "proofread: null"):
        target = project.video(text)
        assert (target.fingerprint, target.proofread) == (GOLDEN, None)


def test_the_fingerprint_is_the_session_s(project: Project) -> None:
    target = project.video("proofread: true")
    session = review(target).session
    assert session == target.fingerprint == GOLDEN_SESSION
    assert target.mark == Mark.of("acme", session)
    spec = Spec("es-MX", "https://cdn.example.com/intro.mp4", 1, {}, "session")
    assert session == fingerprint(spec)


def test_what_the_session_is_made_from(project: Project) -> None:
    def session(more: str) -> str:
        return review(project.video(f"proofread: true\n{more}")).session

    plain = session("")
    for same in ("translate_audio_only: true", "title: x", "protect: true"):
        assert session(same) == plain
    more = {session(text) for text in ("mode: precision", "revision: 2", "srt: asset:x")}
    assert len({plain, *more, session("enable_dynamic_duration: false")}) == 5
    for way in ("{approval: explicit}", "{srt: x.srt}", "{max_line_length: 9}"):
        assert review(project.video(f"proofread: {way}")).session == plain
    # What it is rendered from, in the end, has both of them.
    sound = project.video("proofread: true\ntranslate_audio_only: true")
    assert spec_of(sound).options["translate_audio_only"] is True


def test_two_targets_may_not_share_a_session(project: Project) -> None:
    twins = "languages: [ja]\ndefaults: {proofread: true}\nvideos:\n  a: {source: asset:x}\n"
    twin = "  b: {source: asset:x, translate_audio_only: true%s}\n"
    problem = project.mistake(twins + twin % "")
    assert told((problem,)) == [("proofread_twice", "videos.b")]
    assert "a/ja and b/ja would share one proofread session" in problem.message
    assert problem.hint is not None
    assert "raise revision" in problem.hint
    assert len(project.targets(twins + twin % ", revision: 2")) == 2
    assert len(project.targets(twins + twin % ", proofread: false")) == 2


def test_terms(project: Project) -> None:
    manifest = project.body(
        """
        groups: {dach: [de-DE, de-AT]}
        videos: {}
        terms:
          Acme Cloud: keep
          invoice: {es_mx: factura, de-AT: Faktura, dach: Rechnung, French (France): facture}
        """
    )
    assert manifest.terms == (
        Term("Acme Cloud", {}),
        Term(
            "invoice",
            {"de-DE": "Rechnung", "de-AT": "Faktura", "es-MX": "factura", "fr-FR": "facture"},
        ),
    )
    assert manifest.warnings == ()  # The group is in use.
    assert project.body("videos: {}\n").terms == project.body("videos: {}\nterms:\n").terms == ()


def test_pinned_tags_hold_for_terms(project: Project) -> None:
    manifest = project.body(
        "videos: {}\nterms: {a: {Japanese: b}}\n", pinned={"japanese": "Japanese"}
    )
    assert manifest.terms == (Term("a", {"japanese": "b"}),)


@pytest.mark.parametrize(
    ("terms", "code", "path", "part"),
    [
        ("{a: {es-MXX: b}}", "language_unknown", "terms.a.es-MXX", "es-MX"),
        ("{a: {Spanisch: b}}", "language_unknown", "terms.a.Spanisch", "write"),
        ("{a: {latm: b}}", "language_unknown", "terms.a.latm", "did you mean latam?"),
        ("{a: {ja: b, Japanese: c}}", "language_twice", "terms.a.Japanese", "keep one of them"),
        ("{a: {latam: b, more: c}}", "language_twice", "terms.a.more", "keep one of them"),
        ("{a: kept}", "invalid_value", "terms.a", "write keep, or a mapping from languages"),
        ('{a: "keep\\n"}', "invalid_value", "terms.a", "write keep"),
        ("{a: }", "wrong_type", "terms.a", "expected a text or a mapping, found nothing"),
        ("{a: {}}", "invalid_value", "terms.a", "expected a mapping that is not empty"),
        ("{a: {ja: 3}}", "wrong_type", "terms.a.ja", 'in quotes to make it a text: "3"'),
        ("{a: {ja: ' '}}", "invalid_value", "terms.a.ja", "a translation is not blank"),
        ("{' ': keep}", "invalid_key", 'terms[" "]', "a term is not blank"),
        ("[a]", "wrong_type", "terms", "expected a mapping, found a list"),
    ],
)
def test_terms_that_are_refused(
    project: Project, terms: str, code: str, path: str, part: str
) -> None:
    problem = project.mistake(
        "groups: {latam: [es-MX, pt-BR], more: [es-MX]}\n"
        "languages: [latam, more]\nvideos: {}\n"
        f"terms: {terms}\n"
    )
    assert told((problem,)) == [(code, path)]
    assert part in f"{problem.message} {problem.hint}"


def test_the_rate(project: Project) -> None:
    assert project.body("videos: {}\n").rates.proofread == 0.0083
    assert project.body("videos: {}\nrates: {proofread: 0.01}\n").rates == Rates(proofread=0.01)
    problem = project.mistake("videos: {}\nrates: {proofread: -1}\n")
    assert problem.where == Where("localize.yaml", 4, 20, "rates.proofread")


@settings(
    deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(st.sampled_from(["intro", "a.source", "a", "source"]), min_size=1, unique=True),
    st.lists(st.sampled_from(["ja", "de-DE", "es-MX"]), min_size=1, unique=True),
    st.lists(
        st.sampled_from(["{{ video.id }}", "{{ language.tag }}", "/", "s", "source", ".source"]),
        min_size=1,
        max_size=6,
    ),
)
def test_accepted_reviews_never_meet(
    tmp_path: Path, videos: list[str], languages: list[str], parts: list[str]
) -> None:
    path = tmp_path / "localize.yaml"
    document = {
        "version": 1,
        "project": "acme",
        "languages": languages,
        "defaults": {"proofread": {"srt": "".join(parts) + ".srt"}},
        "videos": {video: {"source": f"asset:{video}"} for video in videos},
    }
    path.write_text(json.dumps(document))
    targets: tuple[Target, ...] = ()
    with contextlib.suppress(ManifestError):
        targets = load_manifest(path, CATALOG).targets
    owners: dict[str, str] = {}
    for target in targets:
        found = review(target)
        assert found.path.endswith(".srt")
        assert owners.setdefault(found.path, target.address) == target.address
        assert owners.setdefault(found.source_path, target.video) == target.video
