"""Languages by meaning: what stands for a country or is said in another language is proposed."""

from __future__ import annotations

import pytest

from heygen_localize.core.languages import LanguageCatalog, UnknownLanguage
from heygen_localize.system.resources import language_names

CATALOG = LanguageCatalog(language_names())


def proposals(text: str, catalog: LanguageCatalog = CATALOG) -> list[str]:
    with pytest.raises(UnknownLanguage) as caught:
        catalog.resolve(text)
    assert all(f'{one.tag} "{one.name}"' in str(caught.value) for one in caught.value.candidates)
    return [language.tag for language in caught.value.candidates]


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        # Where one language is spoken: plainly, and as spoken there.
        ("dk", ["da", "da-DK"]),
        ("jp", ["ja", "ja-JP"]),
        ("kr", ["ko", "ko-KR"]),
        ("cz", ["cs", "cs-CZ"]),
        ("gr", ["el", "el-GR"]),
        ("ua", ["uk", "uk-UA"]),
        ("vn", ["vi-VN"]),
        ("se", ["sv", "sv-SE"]),
        ("ge", ["ka-GE"]),
        # Where a language has several regions, that one first.
        ("mx", ["es-MX", "es"]),
        ("br", ["pt-BR", "pt"]),
        ("gb", ["en-GB", "en", "cy-GB"]),
        ("us", ["en-US", "en", "es-US", "es"]),
        ("be", ["nl-BE", "nl", "fr-BE", "fr", "de"]),
        ("cn", ["zh-CN", "zh"]),
        ("eg", ["ar-EG", "ar"]),
        # In any case, of three letters, and in the place of a language.
        ("DK", ["da", "da-DK"]),
        ("USA", ["en-US", "en", "es-US", "es"]),
        ("jp-JP", ["ja", "ja-JP"]),
        ("cz_CZ", ["cs", "cs-CZ"]),
    ],
)
def test_a_country_stands_for_what_is_spoken_there(text: str, tags: list[str]) -> None:
    assert proposals(text) == tags


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("Deutsch", "de"),
        ("deutsch", "de"),
        ("Français", "fr"),
        ("francais", "fr"),
        ("日本語", "ja"),
        ("한국어", "ko"),
        ("中文", "zh"),
        ("繁體中文", "zh-TW"),
        ("Русский", "ru"),
        ("العربية", "ar"),
        ("हिन्दी", "hi"),
        ("Tiếng Việt", "vi-VN"),
        ("cestina", "cs"),
        ("svenska", "sv"),
        ("português (Brasil)", "pt-BR"),
        ("Deutsch (Österreich)", "de-AT"),
        ("español de México", "es-MX"),
        # Said in others' languages, and by words of English.
        ("anglais", "en"),
        ("Englisch", "en"),
        ("alemán", "de"),
        ("brazilian", "pt-BR"),
        ("Mexican", "es-MX"),
        ("british", "en-GB"),
        ("Brasil", "pt-BR"),
        ("Österreich", "de-AT"),
    ],
)
def test_a_name_in_any_language_stands_for_its_own(text: str, first: str) -> None:
    assert proposals(text)[0] == first


def test_only_what_the_vendor_offers_is_proposed() -> None:
    few = LanguageCatalog(["Danish", "German (Austria)", "Portuguese (Portugal)"])
    assert proposals("dk", few) == ["da"]
    assert proposals("Deutsch", few) == ["de-AT"]
    assert proposals("brazilian", few) == ["pt-PT"]
    assert proposals("jp", few) == []


def test_a_tag_of_a_language_stays_that_language() -> None:
    assert [CATALOG.resolve(text).tag for text in ("uk", "ar", "ca", "no")] == [
        "uk",
        "ar",
        "ca",
        "nb-NO",
    ]
