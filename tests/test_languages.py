from __future__ import annotations

import pickle
import random
import subprocess
import sys
import unicodedata
from typing import Literal, get_args

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from heygen_localize.core.languages import (
    AmbiguousLanguage,
    Language,
    LanguageCatalog,
    UnknownLanguage,
    fits,
)
from heygen_localize.system.resources import language_names

NAMES = language_names()
CATALOG = LanguageCatalog(NAMES)

Form = Literal["NFC", "NFD", "NFKC", "NFKD"]

NO_VARIETY = "BCP-47 registers no subtag for this variety of Mandarin"
UNTAGGED = {
    "Chinese (Jilu Mandarin, Simplified)": NO_VARIETY,
    "Chinese (Northeastern Mandarin, Simplified)": NO_VARIETY,
    "Chinese (Southwestern Mandarin, Simplified)": NO_VARIETY,
    "Chinese (Zhongyuan Mandarin Henan, Simplified)": NO_VARIETY,
    "Chinese (Zhongyuan Mandarin Shaanxi, Simplified)": NO_VARIETY,
    "English - American Accent": "a voice rather than a language: en-US is another name",
    "English - Your Accent": "a voice rather than a language",
}


def tags(languages: tuple[Language, ...]) -> list[str]:
    return [language.tag for language in languages]


def refusal(text: str, catalog: LanguageCatalog = CATALOG) -> UnknownLanguage:
    with pytest.raises(UnknownLanguage) as caught:
        catalog.resolve(text)
    return caught.value


class TestTheVendorsList:
    def test_is_the_whole_list_sorted_by_name(self) -> None:
        assert len(NAMES) == 178
        assert [language.name for language in CATALOG.languages] == sorted(NAMES)

    @pytest.mark.parametrize("language", CATALOG.languages, ids=lambda language: language.tag)
    def test_each_name_and_each_tag_leads_back_to_it(self, language: Language) -> None:
        for text in (language.name, language.tag):
            for written in (text, text.upper(), text.lower(), text.swapcase(), f" {text}\n"):
                assert CATALOG.resolve(written) == language
        assert CATALOG.resolve(language.tag.replace("-", "_")) == language

    def test_all_have_a_tag_but_the_known_few(self) -> None:
        assert {language.name for language in CATALOG.languages if not language.tagged} == set(
            UNTAGGED
        )

    def test_no_two_share_a_tag_in_any_case(self) -> None:
        assert len({tag.lower() for tag in tags(CATALOG.languages)}) == len(NAMES)

    @pytest.mark.parametrize(
        ("name", "slug"),
        [
            ("Chinese (Jilu Mandarin, Simplified)", "chinese-jilu-mandarin-simplified"),
            ("English - Your Accent", "english-your-accent"),
        ],
    )
    def test_a_slug_stands_in_for_a_tag(self, name: str, slug: str) -> None:
        assert CATALOG.resolve(slug) == Language(name, slug, tagged=False)

    @pytest.mark.parametrize("form", get_args(Form))
    @pytest.mark.parametrize("name", ["Turkish (Türkiye)", "Norwegian Bokmål (Norway)"])
    def test_the_unicode_form_of_a_name_does_not_matter(self, name: str, form: Form) -> None:
        assert CATALOG.resolve(unicodedata.normalize(form, name)).name == name
        catalog = LanguageCatalog([unicodedata.normalize(form, name)])
        assert tags(catalog.languages) == [CATALOG.resolve(name).tag]


@pytest.mark.parametrize(
    ("text", "name", "tag"),
    [
        # The plain name where there is one, else the only region.
        ("es", "Spanish", "es"),
        ("en", "English", "en"),
        ("fil", "Filipino", "fil"),
        ("th", "Thai (Thailand)", "th-TH"),
        ("az", "Azerbaijani (Latin, Azerbaijan)", "az-Latn-AZ"),
        ("sr", "Serbian (Latin, Serbia)", "sr-Latn-RS"),
        # Any case, either separator.
        ("es-mx", "Spanish (Mexico)", "es-MX"),
        ("ES_MX", "Spanish (Mexico)", "es-MX"),
        ("sR_lAtN_rs", "Serbian (Latin, Serbia)", "sr-Latn-RS"),
        ("sPANISH (mexico)", "Spanish (Mexico)", "es-MX"),
        ("  Spanish  (Mexico) ", "Spanish (Mexico)", "es-MX"),
        # The vendor's own spellings.
        ("en-GB", "English (UK)", "en-GB"),
        ("cy-GB", "Welsh (United Kingdom)", "cy-GB"),
        ("en-HK", "English (Hong Kong SAR)", "en-HK"),
        ("ko-KR", "Korean (Korea)", "ko-KR"),
        ("my-MM", "Burmese (Myanmar)", "my-MM"),
        ("tr-TR", "Turkish (Türkiye)", "tr-TR"),
        ("bs-BA", "Bosnian (Bosnia and Herzegovina)", "bs-BA"),
        ("bn-BD", "Bangla (Bangladesh)", "bn-BD"),
        ("bn-IN", "Bengali (India)", "bn-IN"),
        # A script that goes without saying may be left out, or added.
        ("az-AZ", "Azerbaijani (Latin, Azerbaijan)", "az-Latn-AZ"),
        ("uz-UZ", "Uzbek (Latin, Uzbekistan)", "uz-Latn-UZ"),
        ("jv-ID", "Javanese (Latin, Indonesia)", "jv-Latn-ID"),
        ("es-Latn", "Spanish", "es"),
        ("es-Latn-MX", "Spanish (Mexico)", "es-MX"),
        ("sr-Latn", "Serbian (Latin, Serbia)", "sr-Latn-RS"),
        # Codes that others replaced, and Norwegian.
        ("no", "Norwegian Bokmål (Norway)", "nb-NO"),
        ("nb", "Norwegian Bokmål (Norway)", "nb-NO"),
        ("nb-NO", "Norwegian Bokmål (Norway)", "nb-NO"),
        ("no-NO", "Norwegian Bokmål (Norway)", "nb-NO"),
        ("nor", "Norwegian Bokmål (Norway)", "nb-NO"),
        ("tl", "Filipino", "fil"),
        ("tl-PH", "Filipino (Philippines)", "fil-PH"),
        ("iw", "Hebrew (Israel)", "he-IL"),
        ("in", "Indonesian", "id"),
        ("in-ID", "Indonesian (Indonesia)", "id-ID"),
        ("sh", "Serbian (Latin, Serbia)", "sr-Latn-RS"),
        ("sh-RS", "Serbian (Latin, Serbia)", "sr-Latn-RS"),
        ("deu", "German", "de"),
        ("en-UK", "English (UK)", "en-GB"),
        # Chinese.
        ("zh", "Chinese", "zh"),
        ("zho", "Chinese", "zh"),
        ("cmn", "Mandarin", "cmn"),
        ("zh-cmn", "Mandarin", "cmn"),
        *(
            (text, "Chinese (Mandarin, Simplified)", "zh-CN")
            for text in ("zh-CN", "zh-Hans", "zh-Hans-CN", "cmn-CN", "cmn-Hans", "cmn-Hans-CN")
        ),
        *(
            (text, "Chinese (Taiwanese Mandarin, Traditional)", "zh-TW")
            for text in ("zh-TW", "zh-Hant", "zh-Hant-TW", "cmn-TW", "cmn-Hant", "cmn-Hant-TW")
        ),
        *(
            (text, "Chinese (Cantonese, Traditional)", "zh-HK")
            for text in ("zh-HK", "zh-Hant-HK", "yue", "yue-HK", "yue-Hant", "zh-yue-Hant-HK")
        ),
        *(
            (text, "Chinese (Wu, Simplified)", "wuu")
            for text in ("wuu", "wuu-CN", "wuu-Hans", "wuu-Hans-CN")
        ),
    ],
)
def test_what_people_write(text: str, name: str, tag: str) -> None:
    assert CATALOG.resolve(text) == Language(name, tag, tagged=True)


class TestWhatCannotBeResolved:
    @pytest.mark.parametrize(
        ("text", "candidates"),
        [
            ("ur", ["ur-IN", "ur-PK"]),
            ("sw", ["sw-KE", "sw-TZ"]),
            ("bn", ["bn-BD", "bn-IN"]),
        ],
    )
    def test_several_regions_and_no_plain_name(self, text: str, candidates: list[str]) -> None:
        error = refusal(text)
        assert type(error) is AmbiguousLanguage
        assert error.text == text
        assert tags(error.candidates) == candidates

    def test_all_regions_are_named_however_many(self) -> None:
        catalog = LanguageCatalog(name for name in NAMES if name != "Spanish")
        error = refusal("es", catalog)
        assert type(error) is AmbiguousLanguage
        assert len(error.candidates) == sum(name.startswith("Spanish (") for name in NAMES) > 5

    @pytest.mark.parametrize(
        ("text", "candidates"),
        [
            ("fr-LU", ["fr", "fr-CA", "fr-CH", "fr-BE", "fr-FR"]),
            ("es-419", ["es-MX", "es-AR", "es-BO", "es-CL", "es-CO"]),
            ("spa-419", ["es-MX", "es-AR", "es-BO", "es-CL", "es-CO"]),
            ("ru-SU", ["ru", "ru-RU"]),  # The Soviet Union has fifteen successors.
            ("sr-RS", ["sr-Latn-RS"]),  # Serbian in Serbia is Cyrillic unless it says otherwise.
            ("sr-Cyrl", ["sr-Latn-RS"]),
            ("uz-AF", ["uz-Latn-UZ"]),
            ("prs", ["fa-IR"]),  # Dari is no Iranian Persian, though CLDR says fa for both.
            ("cmn-HK", ["cmn"]),  # Mandarin in Hong Kong is no Cantonese.
            ("yue-CN", ["zh-HK"]),
            ("zh-SG", ["zh", "zh-CN", "zh-HK", "zh-TW"]),
            ("ca-valencia", ["ca"]),
            ("no-SE", ["nb-NO"]),
            ("Thai", ["th-TH"]),
            ("Urdu", ["ur-IN", "ur-PK"]),
            ("zz", []),
            ("nn", []),
            ("", []),
            (" ", []),
            ("-", []),
            ("\ud800", []),
        ],
    )
    def test_no_language_of_the_vendor(self, text: str, candidates: list[str]) -> None:
        error = refusal(text)
        assert type(error) is UnknownLanguage
        assert error.text == text
        assert tags(error.candidates) == candidates

    @pytest.mark.parametrize(
        ("text", "best"),
        [
            ("Spansih", "es"),
            ("Spanihs (Mexico)", "es-MX"),
            ("spanish-mexico", "es-MX"),
            ("mexico", "es-MX"),
            ("Spanish (Latin America)", "es-MX"),
            ("English (US)", "en-US"),
            ("English (United Kingdom)", "en-GB"),
            ("Norwegian Bokmal (Norway)", "nb-NO"),
            ("en-US-u-ca-gregory", "en-US"),
            ("english-your-acent", "english-your-accent"),
        ],
    )
    def test_the_best_guess_comes_first(self, text: str, best: str) -> None:
        assert refusal(text).candidates[0].tag == best

    @pytest.mark.parametrize(
        ("text", "sentence"),
        [
            (
                "ur",
                '\'ur\' can mean ur-IN "Urdu (India)" or ur-PK "Urdu (Pakistan)"; '
                "write the one you want",
            ),
            (
                "sr-RS",
                "'sr-RS' is not a language that HeyGen offers; "
                'did you mean sr-Latn-RS "Serbian (Latin, Serbia)"?',
            ),
            (
                "zh-SG",
                "'zh-SG' is not a language that HeyGen offers; did you mean "
                'zh "Chinese", zh-CN "Chinese (Mandarin, Simplified)", '
                'zh-HK "Chinese (Cantonese, Traditional)" or '
                'zh-TW "Chinese (Taiwanese Mandarin, Traditional)"?',
            ),
            (
                "zz",
                "'zz' is not a language that HeyGen offers; `localize languages` lists them all",
            ),
        ],
    )
    def test_says_so_in_a_sentence(self, text: str, sentence: str) -> None:
        assert str(refusal(text)) == sentence

    def test_an_error_survives_the_way_between_processes(self) -> None:
        error = refusal("ur")
        copy = pickle.loads(pickle.dumps(error))
        assert (type(copy), str(copy)) == (type(error), str(error))

    @given(st.text() | st.from_regex(r"[a-zA-Z]{2,8}([-_][a-zA-Z0-9]{1,8}){0,4}", fullmatch=True))
    @example("es-\n")
    @example("ES-x-private")
    @example("i-klingon")
    @example("Spanish (")
    @example("Spanish (, )")
    @example("\ud800 (Mexico)")
    def test_any_text_is_resolved_or_refused(self, text: str) -> None:
        try:
            outcome: Language | UnknownLanguage = CATALOG.resolve(text)
        except UnknownLanguage as error:
            outcome = error
        if isinstance(outcome, Language):
            assert outcome in CATALOG.languages
        else:
            assert outcome.text == text
            assert str(outcome).endswith(("all", "?", "want"))
            assert set(outcome.candidates) <= set(CATALOG.languages)
            assert len(outcome.candidates) <= 5 or isinstance(outcome, AmbiguousLanguage)


class TestPins:
    def test_a_pinned_tag_keeps_its_name_when_the_vendor_adds_names(self) -> None:
        grown = LanguageCatalog([*NAMES, "Thai"])
        assert grown.resolve("th").name == "Thai"
        pinned = {"th": "Thai (Thailand)"}
        for text in ("th", "TH"):
            assert grown.resolve(text, pinned) == Language("Thai (Thailand)", "th", tagged=True)

    def test_a_pinned_name_keeps_its_tag(self) -> None:
        pinned = {"es": "Spanish (Mexico)"}
        expected = Language("Spanish (Mexico)", "es", tagged=True)
        for text in ("spanish (mexico)", "es_MX", "ES"):
            assert CATALOG.resolve(text, pinned) == expected

    def test_a_pinned_slug_outlives_the_tag_that_came_later(self) -> None:
        pinned = {"welsh-united-kingdom": "Welsh (United Kingdom)"}
        expected = Language("Welsh (United Kingdom)", "welsh-united-kingdom", tagged=False)
        for text in ("cy", "cy-GB", "Welsh (United Kingdom)", "Welsh-United-Kingdom"):
            assert CATALOG.resolve(text, pinned) == expected

    def test_a_name_that_the_vendor_dropped_resolves_anew(self) -> None:
        pinned = {"es": "Castilian", "fr-LU": "French (Luxembourg)"}
        assert CATALOG.resolve("es", pinned) == CATALOG.resolve("es")
        with pytest.raises(UnknownLanguage):
            CATALOG.resolve("fr-LU", pinned)

    def test_a_name_that_the_vendor_recased_is_sent_in_the_new_case(self) -> None:
        catalog = LanguageCatalog(["SPANISH"])
        assert catalog.resolve("es", {"es": "Spanish"}) == Language("SPANISH", "es", tagged=True)

    def test_a_name_pinned_twice_keeps_the_tag_it_would_have_anyway(self) -> None:
        name = "Spanish (Mexico)"
        for other in ("es", "spanish-mexico"):
            assert CATALOG.resolve(name, {other: name, "es-MX": name}).tag == "es-MX"
        assert CATALOG.resolve(name, {"spanish-mexico": name, "es": name}).tag == "es"

    @pytest.mark.parametrize(
        ("tag", "name"),
        [
            ("es-MX", "French"),
            ("es-MX", "Spanish (Spain)"),
            ("es-419", "Spanish (Mexico)"),
            ("zz", "Spanish (Mexico)"),
            ("spanish-mexico", "French"),
        ],
    )
    def test_a_tag_is_never_another_language_than_it_says(self, tag: str, name: str) -> None:
        assert not fits(tag, name)
        for text in ("es-MX", "fr", "Spanish (Mexico)", "French"):
            assert CATALOG.resolve(text, {tag: name}) == CATALOG.resolve(text)

    def test_every_tag_fits_its_own_name(self) -> None:
        assert all(fits(language.tag, language.name) for language in CATALOG.languages)

    def test_two_names_never_come_to_share_a_tag(self) -> None:
        pinned = {"ES": "Spanish (Spain)"}
        plain = Language("Spanish", "spanish", tagged=False)
        assert CATALOG.resolve("es", pinned).name == "Spanish (Spain)"
        assert CATALOG.resolve("Spanish", pinned) == plain

    def test_others_are_left_alone(self) -> None:
        assert CATALOG.resolve("fr-CA", {"es": "Spanish"}) == CATALOG.resolve("fr-CA")

    def test_pins_of_the_whole_catalog_change_nothing(self) -> None:
        pinned = {language.tag: language.name for language in CATALOG.languages}
        for language in CATALOG.languages:
            assert CATALOG.resolve(language.tag, pinned) == language
            assert CATALOG.resolve(language.name, pinned) == language


class TestSearch:
    def test_nothing_asked_lists_everything(self) -> None:
        assert CATALOG.search("") == CATALOG.languages

    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ("URDU", ["ur-IN", "ur-PK"]),
            ("turkiye", ["tr-TR"]),
            ("Türkiye", ["tr-TR"]),
            ("bokmal", ["nb-NO"]),
            ("es-m", ["es-MX"]),
            ("ES-M", ["es-MX"]),
            ("latn", ["az-Latn-AZ", "jv-Latn-ID", "sr-Latn-RS", "uz-Latn-UZ"]),
            ("your accent", ["english-your-accent"]),
            ("klingon", []),
        ],
    )
    def test_finds_a_part_of_a_name_or_tag(self, query: str, expected: list[str]) -> None:
        assert tags(CATALOG.search(query)) == expected


class TestNamesToCome:
    @pytest.mark.parametrize(
        ("name", "expected"),
        [
            ("Norwegian Nynorsk (Norway)", Language("", "nn-NO", tagged=True)),
            ("Serbian (Cyrillic, Serbia)", Language("", "sr-Cyrl-RS", tagged=True)),
            ("Chinese (Simplified)", Language("", "zh-Hans", tagged=True)),
            ("Flemish", Language("", "nl-BE", tagged=True)),
            ("Spanish (Latin America)", Language("", "es-419", tagged=True)),
            ("日本語", Language("", "language-77710aed", tagged=False)),
            ("Ido - Slow Voice", Language("", "ido-slow-voice", tagged=False)),
            ("Klingon (Qo'noS)", Language("", "klingon-qo-nos", tagged=False)),
            ("Spanish (Mexico, Slow)", Language("", "spanish-mexico-slow", tagged=False)),
            ("Spanish (Mexico) (Slow)", Language("", "spanish-mexico-slow", tagged=False)),
        ],
    )
    def test_get_a_tag_if_cldr_knows_them_else_a_slug(self, name: str, expected: Language) -> None:
        catalog = LanguageCatalog([name])
        assert catalog.languages == (Language(name, expected.tag, expected.tagged),)
        assert catalog.resolve(name.upper()).name == name
        assert catalog.resolve(expected.tag).name == name

    def test_a_code_of_their_own_comes_before_the_code_that_replaced_it(self) -> None:
        catalog = LanguageCatalog(["Filipino", "Tagalog (Philippines)"])
        assert catalog.resolve("tl").name == "Tagalog (Philippines)"
        assert tags(refusal("tl-US", catalog).candidates) == ["fil", "tl-PH"]

    def test_a_second_script_leaves_the_bare_region_to_the_likely_one(self) -> None:
        catalog = LanguageCatalog([*NAMES, "Serbian (Cyrillic, Serbia)"])
        assert catalog.resolve("sr-RS").tag == "sr-Cyrl-RS"
        assert type(refusal("sr", catalog)) is AmbiguousLanguage

    def test_two_names_for_one_tag_are_left_to_the_user(self) -> None:
        catalog = LanguageCatalog([*NAMES, "Korean (South Korea)"])
        error = refusal("ko-KR", catalog)
        assert type(error) is AmbiguousLanguage
        assert tags(error.candidates) == ["korean-korea", "korean-south-korea"]
        for language in error.candidates:
            assert catalog.resolve(language.tag) == catalog.resolve(language.name) == language
        assert catalog.resolve("ko-KR", {"ko-KR": "Korean (Korea)"}).name == "Korean (Korea)"

    @pytest.mark.parametrize(
        ("names", "slugs"),
        [
            (["Elvish (Slow)", "Elvish - Slow"], ["elvish-slow-56d3d296", "elvish-slow-5d5604e1"]),
            (["日本語", "語日本"], ["language-77710aed", "language-3ce7854b"]),
            (["French (Canada)", "fr - CA"], ["fr-CA", "fr-ca-aa565559"]),
            (["Con"], ["con-1143da2b"]),
        ],
    )
    def test_slugs_collide_neither_with_each_other_nor_with_tags(
        self, names: list[str], slugs: list[str]
    ) -> None:
        catalog = LanguageCatalog(names)
        assert catalog.languages == LanguageCatalog(reversed(names)).languages
        for language, slug in zip(catalog.languages, slugs, strict=True):
            assert language.tag == slug
            assert catalog.resolve(language.tag) == language

    def test_duplicates_and_blanks_are_passed_over(self) -> None:
        names = ["Spanish", " Spanish", "Spanish ", "SPANISH", "", "  ", "Spanish"]
        for _ in range(10):
            random.shuffle(names)
            catalog = LanguageCatalog(names)
            assert catalog.languages == (Language("Spanish", "es", tagged=True),)

    def test_a_catalog_may_be_empty(self) -> None:
        assert LanguageCatalog([]).languages == ()
        assert refusal("es", LanguageCatalog([])).candidates == ()

    @given(st.lists(st.text() | st.sampled_from(NAMES)), st.randoms(use_true_random=False))
    @example(["\ud800", "\ud801"], random.Random(0))
    @example(["a", "b "], random.Random(0))
    def test_any_list_gives_unique_tags_that_lead_back(
        self, names: list[str], shuffler: random.Random
    ) -> None:
        catalog = LanguageCatalog(names)
        assert list(catalog.languages) == sorted(catalog.languages)
        assert len(set(tags(catalog.languages))) == len(catalog.languages)
        for language in catalog.languages:
            assert language.name in names
            assert catalog.resolve(language.name) == language
        shuffler.shuffle(names)
        assert LanguageCatalog(names).languages == catalog.languages

    def test_the_order_of_the_list_does_not_matter(self) -> None:
        assert LanguageCatalog(reversed(NAMES)).languages == CATALOG.languages


def test_importing_the_room_does_not_load_babel() -> None:
    probe = "import sys, heygen_localize.core.languages; sys.exit('babel' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", probe], check=False).returncode == 0
