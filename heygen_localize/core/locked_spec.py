"""What a job was ordered as, sparse as it was hashed: what a later plan compares with. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from msgspec import Meta, Struct, field

from heygen_localize.core.fingerprint import (
    Spec,
    changed_options,
    fingerprint,
    older_fingerprints,
)
from heygen_localize.core.kinds import Sha256

_Name = Annotated[str, Meta(pattern=r"\A[a-z][a-z_]{0,99}\Z")]


class LockedSpec(Struct, frozen=True, forbid_unknown_fields=True):
    """A spec without what goes without saying: the language, and options at their defaults."""

    source: Annotated[str, Meta(min_length=1)]
    options: Mapping[_Name, Any] = field(default_factory=dict)
    revision: int | None = None
    proofread: Sha256 | None = None

    @classmethod
    def of(cls, spec: Spec) -> LockedSpec:
        """Return what the lock keeps of a spec."""
        revision = None if spec.revision == 1 else spec.revision
        return cls(spec.source, changed_options(spec.options), revision, spec.proofread)

    def stands_for(self, digest: str, language: str) -> bool:
        """Return whether it hashes to a fingerprint in a language (its tag).

        One that does not was written by hand, or by a version that knows more options: it is
        not believed.
        """
        spec = Spec(language, self.source, self.revision or 1, self.options, self.proofread)
        try:
            return digest in (fingerprint(spec), *older_fingerprints(spec))
        except ValueError:
            return False
