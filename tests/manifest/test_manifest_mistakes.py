"""What a manifest may not say: each mistake with its place and its remedy."""

from __future__ import annotations

from pathlib import Path

import pytest
from manifest_project import HEAD, Project

from heygen_localize.core.errors import Where

TOP = "languages: [es-MX]\nvideos: {a: {source: https://x.example/a.mp4}}\n"


@pytest.mark.parametrize(
    ("text", "path", "message", "hint"),
    [
        (
            "langauges: [ja]\n" + TOP,
            "langauges",
            "there is no key 'langauges' here",
            "did you mean languages?",
        ),
        ("zzz: 1\n" + TOP, "zzz", "there is no key 'zzz' here", "known here: version, project"),
        (
            "languages: [ja]\nvideos: {a: {source: asset:b, output_languages: [ja]}}\n",
            "videos.a.output_languages",
            "there is no key",
            "did you mean languages?",
        ),
        (
            TOP + "defaults: {mod: speed}\n",
            "defaults.mod",
            "there is no key 'mod' here",
            "did you mean mode",
        ),
        (
            TOP + "defaults: {mode: fast}\n",
            "defaults.mode",
            "mode: expected speed or precision, found the text 'fast'",
            None,
        ),
        (
            TOP + "defaults: {mode: precison}\n",
            "defaults.mode",
            "found the text 'precison'",
            "did you mean precision?",
        ),
        (
            TOP + "defaults: {enable_caption: yes}\n",
            "defaults.enable_caption",
            "enable_caption: expected true or false, found the text 'yes'",
            "YAML 1.2 knows true and false only",
        ),
        (
            TOP + "defaults: {title: 12}\n",
            "defaults.title",
            "title: expected a text, found the number 12",
            'put it in quotes to make it a text: "12"',
        ),
        (
            TOP + "defaults: {title: true}\n",
            "defaults.title",
            "title: expected a text, found true",
            'put it in quotes to make it a text: "true"',
        ),
        (
            TOP + "defaults: {title: ''}\n",
            "defaults.title",
            "title: expected a text that is not empty, found an empty text",
            None,
        ),
        (
            TOP + "defaults: {title: [a]}\n",
            "defaults.title",
            "title: expected a text, found a list",
            None,
        ),
        (
            TOP + "defaults: {identity: a}\n",
            "defaults.identity",
            "there is no key 'identity' here",
            None,
        ),
        (
            TOP + "defaults: {speaker_num: 0}\n",
            "defaults.speaker_num",
            "speaker_num: expected at least 1, found 0",
            None,
        ),
        (
            TOP + "defaults: {speaker_num: 1.5}\n",
            "defaults.speaker_num",
            "speaker_num: expected a whole number, found the number 1.5",
            None,
        ),
        (
            TOP + "defaults: {revision: 99999999999}\n",
            "defaults.revision",
            "revision: expected at most 1,000,000,000",
            None,
        ),
        (
            TOP + "defaults: {duration: 0}\n",
            "defaults.duration",
            "duration: expected more than 0, found 0",
            None,
        ),
        (
            TOP + "defaults: {start_time: -1}\n",
            "defaults.start_time",
            "start_time: expected at least 0, found -1",
            None,
        ),
        (
            TOP + "defaults: {skip: 3}\n",
            "defaults.skip",
            "skip: expected a text or true or false, found the number 3",
            None,
        ),
        (
            TOP + "defaults: {stock_voice_config: {voices: []}}\n",
            "defaults.stock_voice_config.voices",
            "there is no key",
            "known here",
        ),
        (
            TOP + "defaults: {title: " + "a" * 99 + ", mode: " + "b" * 99 + "}\n",
            "defaults.mode",
            "b…'",
            None,
        ),
        (
            TOP + "defaults: []\n",
            "defaults",
            "defaults: expected a mapping, found an empty list",
            None,
        ),
        (TOP + "limits: {max_new: -1}\n", "limits.max_new", "max_new: expected at least 0", None),
        (
            TOP + "limits: {unknown_duration: ask}\n",
            "limits.unknown_duration",
            "refuse or allow",
            None,
        ),
        (TOP + "rates: {speed: a}\n", "rates.speed", "speed: expected a number", None),
        (
            TOP + "lock: {urls: no}\n",
            "lock.urls",
            "urls: expected keep or none, found the text 'no'",
            "did you mean none?",
        ),
        (
            TOP + "outputs: {mp4: a}\n",
            "outputs.mp4",
            "there is no key 'mp4' here",
            "known here: video, audio",
        ),
        (
            TOP + "groups: {latam: []}\n",
            "groups.latam",
            "latam: expected a list that is not empty, found an empty list",
            None,
        ),
        (
            TOP + "groups: {latam: [1]}\n",
            "groups.latam[0]",
            "item 1 of latam: expected a text, found the number 1",
            "put it in quotes",
        ),
        (
            TOP + "groups: {'a b': [ja]}\n",
            'groups["a b"]',
            "'a b' cannot be used here",
            "a group's name is of letters",
        ),
        (
            "languages: ja\nvideos: {a: {source: https://x.example/a}}\n",
            "languages",
            "languages: expected a list or a mapping, found the text 'ja'",
            "write a list, even of one",
        ),
        (
            "languages: [ja]\nvideos: {A: {source: https://x.example/a}}\n",
            "videos.A",
            "'A' cannot be used here",
            "a video id is of a-z",
        ),
        (
            "languages: [ja]\nvideos: {con.mp4: {source: https://x.example/a}}\n",
            'videos["con.mp4"]',
            "cannot be used here",
            "Windows keeps for a device",
        ),
        (
            "languages: [ja]\nvideos: {nul: {source: https://x.example/a}}\n",
            "videos.nul",
            "cannot be used here",
            "Windows keeps for a device",
        ),
        (
            "languages: [ja]\nvideos: {a: {video: https://x.example/a, source: asset:b}}\n",
            "videos.a.video",
            "there is no key 'video' here",
            "did you mean source?",
        ),
        ("languages: [ja]\nvideos: {a: {}}\n", "videos.a", "source is missing in a", "add source:"),
        ("languages: [ja]\n", None, "the manifest names no videos", "add videos: here"),
        (
            "languages: [ja]\nvideos: {a: }\n",
            "videos.a",
            "a: expected a mapping, found nothing",
            None,
        ),
    ],
)
def test_what_does_not_fit_the_schema(
    project: Project, text: str, path: str | None, message: str, hint: str | None
) -> None:
    problem = project.mistake(text)
    assert problem.where.path == path
    assert message in problem.message
    if hint is not None:
        assert hint in (problem.hint or "")


def test_head(project: Project) -> None:
    def told(text: str) -> list[tuple[str, str | None]]:
        return [(p.message, p.hint) for p in project.problems(text + TOP)]

    assert told("version: 2\nproject: a\n") == [
        ("version: expected the number 1, found the number 2", None)
    ]
    assert told("version: 1\n") == [("project is missing in localize.yaml", "add project:")]
    assert told("")[:2] == [
        ("version is missing in localize.yaml", "add version:"),
        ("project is missing in localize.yaml", "add project:"),
    ]
    rule = "a project is of a-z, 0-9 and hyphen, and has at most 40 characters"
    assert told("version: 1\nproject: My Docs\n") == [
        ("project cannot be the text 'My Docs'", rule)
    ]
    assert told('version: 1\nproject: "docs\\n"\n')[0][1] == rule


def test_the_place_is_the_value_or_the_unknown_key(project: Project) -> None:
    problems = project.mistakes(TOP + "defaults:\n  mode: fast\n  mod: speed\n")
    assert [problem.where for problem in problems] == [
        Where("localize.yaml", 6, 9, "defaults.mode"),
        Where("localize.yaml", 7, 3, "defaults.mod"),
    ]


def test_many_mistakes_are_told_together_and_in_order(project: Project) -> None:
    project.write(
        "videos:\n"
        "  b: {source: ftp://x.example/b.mp4, mode: fast}\n"
        "  a: {source: https://x.example/a.mp4}\n",
        "videos/more.yaml",
    )
    problems = project.mistakes(
        """\
        include: [videos/*.yaml, missing.yaml]
        languages: [es-MX, klingonish]
        defaults: {title: "{{ video.name }}", modus: speed}
        outputs: {video: "{{ language.tag }}.mp4", srt: "{% for a in b %}{% endfor %}"}
        videos:
          a: {source: ./nowhere.mp4}
          z: {source: http://x.example/z.mp4, speaker_num: two}
        """
    )
    assert [(problem.where.file, problem.where.line, problem.code) for problem in problems] == [
        ("localize.yaml", 3, "include_no_match"),
        ("localize.yaml", 4, "language_unknown"),
        ("localize.yaml", 5, "template_variable"),
        ("localize.yaml", 5, "unknown_key"),
        ("localize.yaml", 6, "template_statement"),
        ("localize.yaml", 8, "source_missing"),
        ("localize.yaml", 9, "url_scheme"),
        ("localize.yaml", 9, "wrong_type"),
        ("videos/more.yaml", 2, "source_form"),
        ("videos/more.yaml", 2, "invalid_value"),
        ("videos/more.yaml", 3, "video_twice"),
    ]
    assert problems[-1].message == ("the video 'a' is here and at localize.yaml:8:3 (videos.a)")


def test_an_id_in_two_included_files(project: Project) -> None:
    for name in ("one", "two"):
        project.write("videos: {a: {source: https://x.example/a.mp4}}\n", f"v/{name}.yaml")
    problem = project.mistake("languages: [ja]\ninclude: ['v/*.yaml']\n")
    assert problem.where == Where("v/two.yaml", 1, 10, "videos.a")
    assert problem.message == "the video 'a' is here and at v/one.yaml:1:10 (videos.a)"


def test_an_included_file_holds_videos_only(project: Project) -> None:
    project.write("videos: {}\ndefaults: {}\n", "more.yaml")
    project.write("- a\n", "other.yaml")
    problems = project.mistakes("include: [more.yaml, other.yaml]\n")
    assert [(p.code, p.where.file) for p in problems] == [
        ("unknown_key", "more.yaml"),
        ("manifest_no_mapping", "other.yaml"),
    ]


def test_an_include_that_leaves_the_folder(project: Project, tmp_path: Path) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    project.path = inside / "localize.yaml"
    project.write("videos: {}\n", "outside.yaml")
    (inside / "link.yaml").symlink_to(tmp_path / "outside.yaml")
    text = HEAD + (
        f"include: [../outside.yaml, {tmp_path}/outside.yaml, link.yaml, '**x', 'a\\b', "
        f"'C:/x.yaml', {'a' * 300}.yaml]\n"
    )
    project.path.write_text(text)
    assert [problem.code for problem in project.problems()] == [
        "path_leaves_root",
        "path_absolute",
        "path_leaves_root",
        "include_invalid",
        "path_invalid",
        "path_absolute",
        "include_no_match",
    ]
    (tmp_path / ".git").mkdir()
    project.path.write_text(HEAD + "include: [../outside.yaml, link.yaml]\n")
    assert project.load().targets == ()


@pytest.mark.parametrize(
    ("template", "code", "hint"),
    [
        ("{{ video.idd }}", "template_variable", "did you mean video.id?"),
        ("{{ environment }}", "template_variable", "what may stand: {{ project }}"),
        ("{{ video }}", "template_variable", None),
        ("{{ video.__class__ }}", "template_variable", None),
        ("{{ ''.__class__ }}", "template_expression", "what may stand"),
        ("{{ ''.__class__.__mro__ }}", "template_expression", None),
        ("{{ video.id.upper() }}", "template_expression", None),
        ("{{ video['id'] }}", "template_expression", None),
        ("{{ video.id | upper }}", "template_expression", None),
        ("{{ 7 * 7 }}", "template_expression", None),
        ("{% for x in y %}{% endfor %}", "template_statement", "what may stand"),
        ("{% include 'x' %}", "template_statement", None),
        ("{% set x = 1 %}", "template_statement", None),
        ("{{ video.id", "template_invalid", "what may stand"),
        ("{{ }}", "template_invalid", None),
        ("{{ " + "(" * 900 + " }}", "template_invalid", None),
        ("{{ video.id }}" * 1000, "template_invalid", None),
    ],
)
def test_templates_that_are_refused(
    project: Project, template: str, code: str, hint: str | None
) -> None:
    for option in ("title", "callback_url", "callback_id", "audio", "srt"):
        problem = project.video_mistake(f'{option}: "{template}"\n')
        assert (problem.code, problem.where.path) == (code, f"videos.intro.{option}")
        assert hint is None or hint in (problem.hint or "")
    problem = project.mistake(TOP + f'outputs: {{vtt: "{template}"}}\n')
    assert (problem.code, problem.where.path) == (code, "outputs.vtt")


def test_callback_ids_have_bounds(project: Project) -> None:
    assert project.video(f"callback_id: {'a' * 200}").callback_id == "a" * 200
    problem = project.video_mistake(f"callback_id: {'a' * 200}" + "{{ video.id }}")
    assert (problem.code, problem.where.path) == (
        "callback_id_invalid",
        "videos.intro.callback_id",
    )
    assert project.video_mistake('callback_id: "a\\tb"').code == "callback_id_invalid"


def test_callbacks_go_over_https(project: Project) -> None:
    assert project.video("callback_url: https://h.example/{{ video.id }}").setting(
        "callback_url"
    ) == ("https://h.example/intro")
    for address in ("http://h.example/", "ftp://h.example/", "http://127.0.0.1:1/", "hello"):
        assert project.video_mistake(f"callback_url: {address}").code in (
            "url_scheme",
            "url_invalid",
        )
    local = "http://127.0.0.1:1/"
    assert (
        project.video(f"callback_url: {local}", loopback_sources=True).setting("callback_url")
        == local
    )


def test_times(project: Project) -> None:
    assert project.video("start_time: 1\nend_time: 2").option("end_time") == 2
    for start, end in ((2, 2), (3, 2.5)):
        problem = project.video_mistake(f"start_time: {start}\nend_time: {end}")
        assert problem.message == (f"start_time ({start}) should be before end_time ({end})")
    far = project.mistake(TOP.replace("a.mp4", "a.mp4, end_time: 5") + "defaults: {start_time: 9}")
    assert far.where.path == "videos.a.end_time"


def test_both_names_of_the_glossary(project: Project) -> None:
    problem = project.video_mistake("brand_voice_id: a\nbrand_glossary_id: b\n")
    assert problem.code == "glossary_twice"
    far = project.mistake(
        TOP.replace("a.mp4", "a.mp4, brand_voice_id: v") + "defaults: {brand_glossary_id: g}"
    )
    assert (far.code, far.where.path) == ("glossary_twice", "videos.a.brand_voice_id")
    assert "localize.yaml:5:31 (defaults.brand_glossary_id)" in far.message


def test_repeated_mistakes_are_told_once(project: Project) -> None:
    text = "languages: [ja, de-DE, fr-FR]\nvideos: {a: {source: asset:b, srt: no.srt}}\n"
    assert project.mistake(text).code == "source_missing"


def test_mistakes_beyond_counting_end_early(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("heygen_localize.manifest.diagnostics.MOST_ERRORS", 50)
    wrong = ", ".join(["1"] * 200)
    unknown = ", ".join(f"x{number}" for number in range(60))
    lacking = "".join(f"  a{number}: {{}}\n" for number in range(60))
    for text in (
        f"languages: [{wrong}]\nvideos: {{}}\n",
        f"languages: [ja]\nvideos:\n{lacking}",
        f"groups: {{x: [{unknown}]}}\nvideos: {{}}\n",
    ):
        problems = project.mistakes(text)
        assert len(problems) == 51
        assert problems[-1].message == "there are more mistakes than these 50"


def test_mistakes_that_aliases_share(project: Project) -> None:
    videos = "".join(f"  a{number}: *a\n" for number in range(3))
    problems = project.mistakes(
        f"languages: [ja]\nvideos:\n  a: &a {{source: asset:a, mode: fast, x: y}}\n{videos}"
    )
    assert len(problems) == 8
