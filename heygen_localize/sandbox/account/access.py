"""What an account may not do: resources of others, and features that its plan lacks.

Source: docs/vendor/behaviour.md, "Money": a 403 `resource_access_denied` is
about one resource or one feature, never about the key.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from heygen_localize.sandbox.errors import Refusal, access_denied

# Features of a plan, with what asks for them: a field of a body, or the start of a path.
FEATURES = {
    "captions_of_ones_own": "srt",
    "lipsync": "/v3/lipsyncs",
    "proofreading": "/v3/video-translations/proofreads",
    "stock_voices": "stock_voice_config",
    "webhooks": "/v3/webhooks",
}
_NAMED = ("video", "audio", "srt")
_IDS = ("folder_id", "brand_glossary_id", "brand_voice_id")


def checked_features(names: Iterable[str]) -> frozenset[str]:
    """Return the names of features as a set.

    Raises:
        ValueError: If one is none; the message lists them.
    """
    wanted = frozenset(names)
    unknown = sorted(wanted - FEATURES.keys())
    if unknown:
        raise ValueError(f"no feature is called '{unknown[0]}'; there are {', '.join(FEATURES)}")
    return wanted


class Access:
    """What is denied now; may be changed while requests run.

    Args:
        resources: The ids of assets, glossaries, folders, jobs and so on that
            belong to somebody else.
        without: The features that the plan lacks, keys of `FEATURES`.

    Raises:
        ValueError: If a feature is none.
    """

    def __init__(self, resources: Iterable[str], without: Iterable[str]) -> None:
        self.resources = frozenset(resources)
        self.without = checked_features(without)

    def check_call(self, path: str, arguments: Mapping[str, str]) -> None:
        """Refuse a call about what is denied.

        Args:
            path: Its path.
            arguments: The variable parts of it.

        Raises:
            Refusal: 403.
        """
        for name in self.without:
            start = FEATURES[name]
            if path == start or path.startswith(f"{start}/"):
                raise _lacking(name)
        for value in arguments.values():
            if value in self.resources:
                raise access_denied(f"You do not have access to '{value}'.")

    def check_features(self, order: Mapping[str, Any]) -> None:
        """Refuse an order that asks for a feature that the plan lacks.

        Args:
            order: A request body that fits the contract.

        Raises:
            Refusal: 403, naming the field.
        """
        for name in self.without:
            field = FEATURES[name]
            if order.get(field) is not None:
                raise _lacking(name, field)

    def check_resources(self, order: Mapping[str, Any]) -> None:
        """Refuse an order that names what belongs to somebody else.

        Args:
            order: A request body that fits the contract.

        Raises:
            Refusal: 403, naming the field.
        """
        if not self.resources:
            return
        named = {field: (order.get(field) or {}).get("asset_id") for field in _NAMED}
        for field, value in {**named, **{name: order.get(name) for name in _IDS}}.items():
            if value in self.resources:
                raise access_denied(f"You do not have access to '{value}'.", field)


def _lacking(feature: str, param: str | None = None) -> Refusal:
    return access_denied(f"Your plan does not include {feature.replace('_', ' ')}.", param)
