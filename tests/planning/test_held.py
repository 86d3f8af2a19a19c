"""What is held is seen by nobody but the check, and costs nothing, whatever the lock holds."""

from __future__ import annotations

from core_builders import ADDRESS, PROJECT, digest, entry, job, locked, plan_of, target
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from heygen_localize.core.gates import release, sync_gates
from heygen_localize.core.lock import Lock, LockEntry, PulledFile
from heygen_localize.core.locked_check import LockedCheck
from heygen_localize.core.measurement import MEASURING
from heygen_localize.core.model import JobStatus, Output
from heygen_localize.planning.check import CheckState, files_to_check
from heygen_localize.planning.checked import checked, rejected
from heygen_localize.planning.pull import files_to_pull
from heygen_localize.planning.status import TargetStatus, target_statuses

GATED = target(
    outputs=(Output("video", "out/a.mp4"), Output("srt", "out/a.srt")),
    settings={"publish_after": "check"},
)
FILES = {"video": PulledFile(digest("V"), 1)}
FAILED = LockedCheck(digest("V"), MEASURING, problem="media_encrypted")

checks = st.none() | st.just(FAILED) | st.just(replace(FAILED, sha256=digest("Z")))
entries = st.builds(
    lambda job, serving: LockEntry("Spanish (Mexico)", job, serving=serving),
    st.builds(
        locked,
        st.just("j2"),
        st.just("A"),
        st.sampled_from(JobStatus),
        held=st.booleans(),
        files=st.just(FILES) | st.just({}),
        check=checks,
    ),
    st.none() | st.just(locked("j1", "B", public_url="https://media.acme.com/old.mp4")),
)


@given(entries)
def test_what_is_held_is_pulled_aside_and_checked_there(known: LockEntry) -> None:
    found = files_to_pull([GATED], Lock(PROJECT, {ADDRESS: known}), None, "aside")
    for file in found.files:
        assert file.staged is file.path.startswith("aside/") is (file.job is known.held)
        assert file.staged or (file.job is known.served and not file.job.held)
        assert file.job.status is JobStatus.COMPLETED
    assert len({file.path for file in found.files}) == len(found.files)
    assert (ADDRESS in found.unrendered) is (not found.files)
    looked_at = {files.media.job.translation_id for files in files_to_check([GATED], found)}
    newest = known.held or known.served
    assert looked_at == ({newest.translation_id} if newest is not None else set())
    if known.held is not None:
        later = files_to_pull([GATED], Lock(PROJECT, {ADDRESS: release(known)}), None, "aside")
        stages = {file.path for file in found.files if file.staged}
        assert {file.stage for file in later.files} == stages


@given(entries)
def test_status_gives_out_nothing_that_is_held(known: LockEntry) -> None:
    (row,) = target_statuses([GATED], Lock(PROJECT, {ADDRESS: known}))
    served = known.served
    assert served is None or not served.held
    assert row.public_url == (served.public_url if served is not None else None)
    assert (row.standing is TargetStatus.REJECTED) is rejected(GATED, known)
    assert row.held is (known.held is not None)
    if row.held:
        assert row.incomplete
        assert row.check == checked(GATED, known.job)


@given(entries)
def test_a_plan_is_the_same_whether_a_render_is_held_or_not(known: LockEntry) -> None:
    jobs = [job("j2", "A", known.job.status.value), job("j1", "B")]
    (held,) = plan_of([GATED], {ADDRESS: known}, jobs).actions
    free = replace(known, job=replace(known.job, held=False))
    (other,) = plan_of([GATED], {ADDRESS: free}, jobs).actions
    assert (held.kind, held.costs) == (other.kind, other.costs)
    if rejected(GATED, known):
        assert (held.kind.value, held.reason.value) == ("none", "check_failed")


def test_a_render_is_rejected_by_the_check_of_its_very_files_alone() -> None:
    waiting = entry("j2", files=FILES, check=FAILED, held=True)
    assert rejected(GATED, waiting)
    assert not rejected(GATED, entry("j2", files=FILES, check=FAILED))
    assert not rejected(GATED, entry("j2", files=FILES, held=True))
    assert not rejected(GATED, entry("j2", check=FAILED, held=True))
    assert not rejected(GATED, entry("j2", "A", "running", files=FILES, check=FAILED, held=True))
    (row,) = target_statuses([GATED], Lock(PROJECT, {ADDRESS: waiting}))
    assert row.check is not None
    assert (row.standing, row.check.state) == (TargetStatus.REJECTED, CheckState.FAILED)
    stale = replace(GATED, fingerprint=digest("C"))
    (row,) = target_statuses([stale], Lock(PROJECT, {ADDRESS: waiting}))
    assert row.standing is TargetStatus.COMPLETED


@given(entries)
def test_gates_are_brought_up_to_the_manifest_once(known: LockEntry) -> None:
    for made in (GATED, target()):
        once = sync_gates([made], Lock(PROJECT, {ADDRESS: known}))
        assert sync_gates([made], once) == once
        assert once.entries[ADDRESS].ids() | set(once.entries[ADDRESS].superseded) >= {"j2"}
        assert known.served is None or once.entries[ADDRESS].served is not None
