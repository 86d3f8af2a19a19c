"""What is judged from the lock's summary is what is judged from the whole measurement."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec
from core_builders import ADDRESS, digest, entry, target
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec.structs import replace

from heygen_localize.core.checks import Rule, rules_of
from heygen_localize.core.errors import Where
from heygen_localize.core.lock import Lock, PulledFile
from heygen_localize.core.locked_check import LockedCheck
from heygen_localize.core.measurement import (
    MEASURING,
    SUMMARY_MOMENTS,
    SUMMARY_STRETCHES,
    AudioStream,
    CaptionMeasurement,
    Clipping,
    Loudness,
    Measurement,
    Stretch,
    VideoStream,
)
from heygen_localize.core.model import Output
from heygen_localize.planning.check import CheckState, Expected, Subject, state_of
from heygen_localize.planning.check_rules import findings
from heygen_localize.planning.checked import checked
from heygen_localize.planning.comparison import only_here, outline, scale_of, told_of
from heygen_localize.planning.judging import beside
from heygen_localize.project.lockfile.reader import decode_lock
from heygen_localize.project.lockfile.store import lock_text

FILES = {"video": PulledFile(digest("V"), 1), "srt": PulledFile(digest("S"), 1)}
TARGET = target(
    outputs=(Output("video", "a.mp4"), Output("srt", "a.srt")), settings={"duration": 60}
)

tenths = st.integers(0, 700).map(lambda number: number / 10)


@st.composite
def stretches(draw: st.DrawFn) -> tuple[Stretch, ...]:
    """Give stretches one after the other, as filters tell them; some behind the end."""
    edges = sorted(draw(st.sets(tenths, max_size=60)))
    return tuple(map(Stretch, edges[::2], edges[1::2]))


measurements = st.builds(
    Measurement,
    tenths,
    video=st.none()
    | st.builds(
        VideoStream,
        st.just("h264"),
        st.integers(1, 4000),
        st.integers(1, 4000),
        st.integers(0, 9),
        tenths,
        st.none() | st.sampled_from((12.5, 25.0, 59.94)),
    ),
    audio=st.none() | st.builds(AudioStream, st.just("aac"), st.just(48000), st.just(2), tenths),
    broke_at=st.none() | tenths,
    errors=st.integers(0, 3),
    loudness=st.none()
    | st.builds(Loudness, st.none() | st.floats(-70, 0), st.none(), st.floats(-9, 3)),
    clipping=st.none()
    | st.builds(
        Clipping,
        st.floats(0, 0.01),
        st.integers(0, 30),
        st.lists(tenths, max_size=20, unique=True).map(sorted).map(tuple),
    ),
    silence=stretches(),
    black=stretches(),
    frozen=stretches(),
    speech=stretches(),
    waveform=st.lists(st.integers(0, 100), max_size=600).map(tuple),
)
captions = st.builds(
    CaptionMeasurement,
    st.integers(0, 90),
    first_cue=st.none() | tenths,
    last_cue=st.none() | tenths,
    offset=st.none() | st.floats(-9, 9),
    in_silence=st.none() | st.floats(0, 1),
    fastest=st.none() | st.floats(0, 60),
    fastest_cue=st.integers(1, 90),
    longest_line=st.integers(0, 200),
    longest_line_cue=st.integers(1, 90),
    language=st.none() | st.sampled_from(("es", "en", "ja")),
    probability=st.none() | st.floats(0, 1),
)
given_rules = st.fixed_dictionaries(
    {},
    optional={
        **{rule.value: st.sampled_from(("error", "warn", "off")) for rule in Rule},
        "picture": st.just({"min_width": 1280, "max_frame_rate": 30}),
        "loudness": st.just({"target": -23, "max_true_peak": -1, "severity": "error"}),
        "silence": st.fixed_dictionaries(
            {"severity": st.sampled_from(("error", "warn"))},
            optional={name: st.sampled_from((0.5, 4, 30)) for name in ("start", "end", "within")},
        ),
    },
)


def read_back(check: LockedCheck) -> LockedCheck:
    """Give what a lockfile has of a check, written and read again."""
    text = lock_text(Lock("acme", {ADDRESS: entry("j1", files=FILES, check=check)}))
    found = decode_lock(text.encode(), Where()).entries[ADDRESS].job.check
    assert found is not None
    return found


def locked(
    found: Measurement, spoken: CaptionMeasurement | None, source: Measurement | None = None
) -> LockedCheck:
    return LockedCheck(
        digest("V"),
        MEASURING,
        told_of(found, source),
        source=outline(source),
        captions_sha256=digest("S"),
        captions=spoken,
    )


def alone(found: Measurement, source: Measurement | None) -> Measurement:
    """Give a whole measurement without the stretches that the source has too."""
    if source is None:
        return found
    scale = scale_of(source, found)
    return replace(
        found,
        silence=only_here(found.silence, source.silence, scale),
        black=only_here(found.black, source.black, scale),
        frozen=only_here(found.frozen, source.frozen, scale),
    )


BRIEF_EDGES = Measurement(
    60.0,
    silence=(
        Stretch(0.1, 1.0),
        *(Stretch(float(start), start + 3.0) for start in range(5, 50, 5)),
        Stretch(59.0, 59.9),
    ),
)


@given(
    found=measurements,
    spoken=st.none() | captions,
    rules=given_rules,
    source=st.none() | measurements,
)
@example(BRIEF_EDGES, None, {"silence": {"start": 0.5, "end": 30, "severity": "error"}}, None)
@example(BRIEF_EDGES, None, {"silence": {"start": 30, "end": 0.5, "severity": "error"}}, None)
def test_status_finds_what_check_finds(
    found: Measurement,
    spoken: CaptionMeasurement | None,
    rules: dict[str, Any],
    source: Measurement | None,
) -> None:
    made = target(outputs=TARGET.outputs, settings={"duration": 60, "checks": rules})
    subject = beside(Expected.of(made), found, spoken, source)
    check = read_back(locked(found, spoken, source))
    told = checked(made, entry("j1", files=FILES, check=check).job)
    assert told is not None
    assert told.findings == findings(subject, rules_of(rules))
    full = Subject(subject.expected, alone(found, source), spoken, source)
    whole = findings(full, rules_of(rules))
    assert told.state is state_of(whole, unmeasured=False)
    assert set(told.findings) <= set(whole)
    assert {one.rule for one in told.findings} == {one.rule for one in whole}


@given(found=measurements)
def test_a_summary_is_small_and_within_the_lockfiles_bounds(found: Measurement) -> None:
    kept = found.summary()
    assert max(map(len, (kept.silence, kept.black, kept.frozen))) <= SUMMARY_STRETCHES
    assert kept.clipping is None or len(kept.clipping.moments) <= SUMMARY_MOMENTS
    assert len(msgspec.json.encode(locked(found, None))) < 1500
    assert read_back(locked(found, None)) == locked(found, None)


@dataclass
class Case:
    check: LockedCheck | None
    state: CheckState | None


WHOLE = locked(Measurement(60.0), CaptionMeasurement(1))


def test_what_was_not_looked_at_as_it_is_now_counts_as_unchecked() -> None:
    cases = {
        "never": Case(None, CheckState.UNCHECKED),
        "another file": Case(replace(WHOLE, sha256=digest("Z")), CheckState.UNCHECKED),
        "other captions": Case(replace(WHOLE, captions_sha256=digest("Z")), CheckState.UNCHECKED),
        "no captions": Case(replace(WHOLE, captions_sha256=None), CheckState.UNCHECKED),
        "an earlier way": Case(replace(WHOLE, measuring=MEASURING + 1), CheckState.UNCHECKED),
        "no figures": Case(replace(WHOLE, media=None), CheckState.UNCHECKED),
        "these files": Case(WHOLE, CheckState.FAILED),  # no streams
        "not measurable": Case(
            replace(WHOLE, media=None, problem="media_encrypted"), CheckState.FAILED
        ),
    }
    for name, case in cases.items():
        told = checked(TARGET, entry("j1", files=FILES, check=case.check).job)
        assert told is not None, name
        assert told.state is case.state, name
    told = checked(TARGET, entry("j1", check=WHOLE).job)  # nothing is pulled
    assert told is not None
    assert told.state is CheckState.UNCHECKED
    for check in (None, WHOLE):  # captions alone are nothing to look at
        alone = replace(TARGET, outputs=TARGET.outputs[1:])
        assert checked(alone, entry("j1", files=FILES, check=check).job) is None
