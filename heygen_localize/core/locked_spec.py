"""What a job was ordered as, sparse as it was hashed: what a later plan compares with. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct, field
from msgspec.structs import replace

from heygen_localize.core.fingerprint import (
    Spec,
    changed_options,
    fingerprint,
    older_fingerprints,
)
from heygen_localize.core.job_kind import JobKind
from heygen_localize.core.kinds import Sha256

_Name = Annotated[str, Meta(pattern=r"\A[a-z][a-z_]{0,99}\Z")]


class LockedSpec(Struct, frozen=True, forbid_unknown_fields=True):
    """A spec without what goes without saying: the language, and options at their defaults.

    `kind` stands there where it is not a translation.
    """

    source: Annotated[str, Meta(min_length=1)]
    options: Mapping[_Name, Any] = field(default_factory=dict)
    revision: int | None = None
    proofread: Sha256 | None = None
    kind: Literal["lipsync"] | None = None

    @property
    def job_kind(self) -> JobKind:
        """The kind of job that it was ordered as."""
        return JobKind.LIPSYNC if self.kind == "lipsync" else JobKind.TRANSLATION

    @classmethod
    def of(cls, spec: Spec) -> LockedSpec:
        """Return what the lock keeps of a spec."""
        revision = None if spec.revision == 1 else spec.revision
        options = changed_options(spec.options, spec.kind)
        found = cls(spec.source, options, revision, spec.proofread)
        return replace(found, kind="lipsync") if spec.kind is JobKind.LIPSYNC else found

    def stands_for(self, digest: str, language: str) -> bool:
        """Return whether it hashes to a fingerprint in a language (its tag).

        One that does not was written by hand, or by a version that knows more options: it is
        not believed.
        """
        revision, kind = self.revision or 1, self.job_kind
        spec = Spec(language, self.source, revision, self.options, self.proofread, kind)
        try:
            return digest in (fingerprint(spec), *older_fingerprints(spec))
        except ValueError:
            return False
