"""How options are merged, and what they do to a target."""

from __future__ import annotations

import media_samples
import pytest
from manifest_project import Project

from heygen_localize.core.errors import NOWHERE
from heygen_localize.core.fingerprint import LZ1_DEFAULTS, Mark
from heygen_localize.core.model import LockUrls, Target
from heygen_localize.core.option import Layer, Option
from heygen_localize.core.rates import Limits, Rates, UnknownDuration


def option(target: Target, name: str) -> Option:
    (found,) = [one for one in (*target.options, *target.settings) if one.name == name]
    return found


def test_built_in_defaults(project: Project) -> None:
    target = project.video("")
    assert [one.name for one in target.options] == [*LZ1_DEFAULTS]
    assert {one.name: one.value for one in target.options} == LZ1_DEFAULTS
    assert [(one.name, one.value) for one in target.settings] == [
        ("kind", "translation"),
        ("checks", None),
        ("publish_after", None),
        ("enable_caption", False),
        ("title", None),
        ("callback_url", None),
        ("callback_id", None),
        ("folder_id", None),
        ("revision", 1),
        ("identity", None),
        ("skip", None),
        ("duration", None),
        ("protect", False),
        ("team", None),
        ("priority", 0),
        ("canary", None),
        ("not_before", None),
        ("job", None),
        ("proofread", False),
    ]
    assert {one.layer for one in (*target.options, *target.settings)} == {Layer.BUILT_IN}
    assert (target.revision, target.skip, target.duration, target.protect) == (1, None, None, False)
    assert target.mark == Mark.of("acme", target.fingerprint)


LAYERS = """
languages:
  es-MX: {{{language}}}
defaults: {{{defaults}}}
videos:
  a:
    source: asset:a
    {video}
    languages: {{es-MX: {{{own}}}}}
"""


@pytest.mark.parametrize(
    ("layers", "value", "layer"),
    [
        ({"defaults": "1"}, 1, Layer.DEFAULTS),
        ({"defaults": "1", "language": "2"}, 2, Layer.LANGUAGE),
        ({"defaults": "1", "language": "2", "video": "3"}, 3, Layer.VIDEO),
        ({"defaults": "1", "language": "2", "video": "3", "own": "4"}, 4, Layer.VIDEO_LANGUAGE),
        ({"defaults": "1", "own": "4"}, 4, Layer.VIDEO_LANGUAGE),
        ({"defaults": "1", "language": "2", "own": "null"}, None, Layer.BUILT_IN),
        ({"defaults": "1", "video": "null"}, None, Layer.BUILT_IN),
        ({"language": "null", "own": "4"}, 4, Layer.VIDEO_LANGUAGE),
    ],
)
def test_the_nearest_wins(
    project: Project, layers: dict[str, str], value: object, layer: Layer
) -> None:
    given = {
        part: f"speaker_num: {layers[part]}" if part in layers else ""
        for part in ("defaults", "language", "video", "own")
    }
    found = option(project.target(LAYERS.format(**given)), "speaker_num")
    assert (found.value, found.layer) == (value, layer)
    assert found.where != NOWHERE


def test_null_gives_the_built_in_default_back(project: Project) -> None:
    target = project.target(
        """
        languages: [ja]
        defaults: {mode: precision, enable_dynamic_duration: false, revision: 3, protect: true}
        videos:
          a: {source: asset:a, mode: , enable_dynamic_duration: null, revision: ~, protect: null}
        """
    )
    assert (target.option("mode"), target.option("enable_dynamic_duration")) == ("speed", True)
    assert (target.revision, target.protect) == (1, False)
    assert option(target, "mode").where.path == "videos.a.mode"


def test_nested_objects_replace_whole(project: Project) -> None:
    target = project.target(
        """
        languages: [ja]
        defaults: {stock_voice_config: {use_stock_voice: true, preferred_stock_voice_ids: [x]}}
        videos: {a: {source: asset:a, stock_voice_config: {use_stock_voice: false}}}
        """
    )
    assert target.option("stock_voice_config") == {"use_stock_voice": False}
    assert target.option("nothing") is None


def test_the_old_name_of_the_glossary(project: Project) -> None:
    target = project.video("brand_voice_id: g")
    glossary = option(target, "brand_glossary_id")
    assert (glossary.value, glossary.where.path) == ("g", "videos.intro.brand_voice_id")
    assert target.fingerprint == project.video("brand_glossary_id: g").fingerprint
    for unset in ("brand_glossary_id: null", "brand_voice_id: null"):
        for given in ("brand_glossary_id: g", "brand_voice_id: g"):
            plain = project.target(
                f"languages: [ja]\ndefaults: {{{given}}}\n"
                f"videos: {{a: {{source: asset:a, {unset}}}}}\n"
            )
            assert plain.option("brand_glossary_id") is None


def test_settings(project: Project) -> None:
    target = project.video(
        """
        title: "{{ video.id }} [{{ language.tag }}] {{ language.name }} of {{ project }}{# hm #}"
        callback_id: "{{video.id}}"
        folder_id: f
        revision: 2.0
        duration: 95
        protect: true
        skip: legal hold
        """
    )
    assert target.title == "intro [es-MX] Spanish (Mexico) of acme"
    assert option(target, "title").value == target.title
    assert option(target, "title").layer is Layer.VIDEO
    assert (target.callback_id, target.setting("folder_id"), target.revision) == ("intro", "f", 2)
    assert (target.duration, target.protect, target.skip) == (95.0, True, "legal hold")


def test_skip(project: Project) -> None:
    targets = project.targets(
        """
        languages: [ja, de-DE, fr-FR]
        defaults: {skip: all of it}
        videos: {a: {source: asset:a, languages: {ja: {skip: false}, de-DE: {skip: true}, fr-FR: }}}
        """
    )
    assert {address: target.skip for address, target in targets.items()} == {
        "a/ja": None,
        "a/de-DE": "no reason given",
        "a/fr-FR": "all of it",
    }


def test_places(project: Project) -> None:
    targets = project.targets(
        """
        languages: [ja]
        videos:
          a: {source: asset:a}
          b:
            source: asset:b
            languages:
              - de-DE
        """
    )
    assert str(targets["a/ja"].where) == "localize.yaml:6:3 (videos.a)"
    assert str(targets["b/de-DE"].where) == "localize.yaml:10:9 (videos.b.languages[0])"


def test_limits_rates_and_lock(project: Project) -> None:
    plain = project.body("videos: {}")
    assert (plain.limits, plain.rates, plain.lock_urls) == (Limits(), Rates(), LockUrls.KEEP)
    assert plain.lock_path.name == "localize.lock"
    full = project.body(
        """
        videos: {}
        limits: {max_new: 0, max_cost: 1.5, max_concurrent_jobs: 2, max_attempts: null,
                 unknown_duration: allow, stuck_after: 60}
        rates: {speed: 0.03, precision: 0.07}
        lock: {urls: none}
        defaults:
        outputs:
        """
    )
    assert full.limits == Limits(0, 1.5, 2, 3, UnknownDuration.ALLOW, 60)
    assert (full.rates, full.lock_urls) == (Rates(0.03, 0.07), LockUrls.NONE)


def test_options_that_do_nothing_are_warned_of(project: Project) -> None:
    manifest = project.body(
        """
        languages: [ja]
        defaults: {fps_mode: cfr}
        videos:
          a: {source: asset:a, srt_role: input}
          b: {source: asset:b, audio: asset:c}
        """
    )
    ((warning),) = manifest.warnings
    assert (warning.code, warning.message, warning.where.path) == (
        "option_idle",
        "srt_role does nothing without srt",
        "videos.a.srt_role",
    )


def test_outputs(project: Project) -> None:
    def paths(text: str) -> list[tuple[str, str]]:
        head = "languages: [ja]\nvideos: {a: {source: asset:a, enable_caption: true}}\n"
        target = project.target(head + text)
        return [(output.kind, output.path) for output in target.outputs]

    standard = [("video", "localized/a/ja.mp4"), ("srt", "localized/a/ja.srt")]
    assert paths("") == paths("outputs: null") == standard
    assert paths("outputs: {}") == paths("outputs: {vtt: null}") == []
    given = "outputs: {audio: '{{ project }}/{{ language.name }}.mp3', vtt: x.vtt}"
    assert paths(given) == [("vtt", "x.vtt")]


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/tmp/x.mp4", "output_absolute"),
        ("C:/x.mp4", "output_absolute"),
        ("../x.mp4", "output_invalid"),
        ("a/../../x.mp4", "output_invalid"),
        ("a\\b.mp4", "output_invalid"),
        ("a//b.mp4", "output_invalid"),
        ("./b.mp4", "output_invalid"),
        ("a./b.mp4", "output_invalid"),
        ("a/", "output_invalid"),
        ("a/con.mp4", "output_invalid"),
        ("a/COM1", "output_invalid"),
        ("a/b?.mp4", "output_invalid"),
        ("é" * 200, "output_invalid"),
        ("localize.yaml", "output_twice"),
        ("LOCALIZE.lock", "output_twice"),
        ("videos/Ä.mp4", "output_twice"),
    ],
)
def test_outputs_that_are_refused(project: Project, path: str, code: str) -> None:
    project.write(media_samples.mp4(), "videos/a\u0308.mp4")
    problem = project.mistake(
        "languages: [ja]\nvideos: {a: {source: 'videos/a\u0308.mp4', enable_caption: true}}\n"
        f"outputs: {{srt: '{path}'}}\n"
    )
    assert (problem.code, problem.where.path) == (code, "outputs.srt")
    assert problem.hint


MANY = "languages: [ja, fr-FR]\nvideos: {a: {source: asset:a}, b: {source: asset:b}}\n"


@pytest.mark.parametrize(
    ("place", "message"),
    [
        ("outputs: {video: 'out?/%s'}", "holds '?', which not every system allows in names"),
        ("outputs: {public_url: 'http://x.example/%s'}", "https"),
        ("defaults: {proofread: {srt: '%s.vtt'}}", "should end in .srt"),
        ("defaults: {srt: '/tmp/%s'}", "is an absolute path"),
        ("defaults: {audio: 'ftp://x.example/%s'}", "ftp:// cannot be used here"),
        ("defaults: {callback_url: 'http://x.example/%s'}", "https"),
        ("defaults: {callback_id: '" + "x" * 300 + "%s'}", "of at most 200 characters"),
    ],
)
def test_a_wrong_template_is_told_once(project: Project, place: str, message: str) -> None:
    problem = project.mistake(MANY + place % "{{ video.id }}/{{ language.tag }}" + "\n")
    assert message in problem.message
    assert problem.message.endswith(" (and 3 more targets)")


def test_files_that_are_missing_are_told_one_by_one(project: Project) -> None:
    problems = project.mistakes(MANY + "defaults: {srt: '{{ video.id }}.srt'}\n")
    assert [problem.message.partition(",")[0] for problem in problems] == [
        "there is no file 'a.srt'",
        "there is no file 'b.srt'",
    ]


def test_two_targets_may_not_share_a_file(project: Project) -> None:
    problems = project.mistakes(
        """
        languages: [ja, de-DE]
        defaults: {enable_caption: true}
        videos: {a: {source: asset:a}, b: {source: asset:b}}
        outputs:
          video: "out/{{ video.id }}"
          srt: "out/{{ video.id }}"
        """
    )
    assert [(problem.message, problem.where.path) for problem in problems] == [
        ("a/de-DE (video) and a/ja (video) would both be written to 'out/a'", "outputs.video"),
        ("a/de-DE (video) and a/de-DE (srt) would both be written to 'out/a'", "outputs.srt"),
    ]
    assert problems[0].hint == "let the path hold {{ video.id }} and {{ language.tag }}"
