"""Terms that must stay, or must be translated as given."""

from __future__ import annotations

import pytest
from subtitle_samples import srt, transcript

from heygen_localize.core.terms import Term
from heygen_localize.subtitles import Cue, TermFinding, Transcript, check_terms, read
from heygen_localize.subtitles.alignment import shown_together
from heygen_localize.subtitles.timing import Times


def missed(source: str, reviewed: str, term: str, required: str | None = None) -> bool:
    translations = {} if required is None else {"xx": required}
    terms = [Term(term, translations)]
    return check_terms(transcript(source), transcript(reviewed), terms, "xx") != ()


@pytest.mark.parametrize(
    ("source", "term", "found"),
    [
        ("Use HeyGen now", "HeyGen", True),
        ("Use heygen now", "HeyGen", False),
        ("An Account is free", "account", True),
        ("ACCOUNT", "account", True),
        ("accounting", "account", False),
        ("re_account", "account", False),
        ("my-account", "account", True),
        ("<b>acc</b>ount", "account", True),
        ("New\nYork", "New York", True),
        ("New\n  York", "New  York", True),
        ("NewYork", "New York", False),
        ("C++ is", "C++", True),
        ("STRASSE", "straße", True),
        ("cafe\u0301", "café", True),
        ("\u200fHey\u200eGen", "HeyGen", True),
        ("東京タワーです", "東京", True),
        ("東\n京です", "東京", True),
        ("私はHeyGenを使う", "HeyGen", True),
        ("서울은 크다", "서울", True),
        ("สวัสดีครับ", "ครับ", True),
        ("का काम", "काम", True),
        ("काम", "का", False),
        ("הספר", "ספר", False),
        ("art start", "art", True),
        ("start", "art", False),
        ("anything", " \u200f", False),
    ],
)
def test_where_a_term_is_found(source: str, term: str, found: bool) -> None:
    assert missed(source, "…", term) is found


@pytest.mark.parametrize(
    ("reviewed", "required", "is_missed"),
    [
        ("Una Cuenta gratis", "cuenta", False),
        ("Usa heygen", "HeyGen", True),
        ("Käytä HeyGeniä", "HeyGen", False),
        ("無料の<i>口</i>\n座", "口座", False),
        ("ב\u200fHeyGen", "HeyGen", False),
        ("sin nada", "cuenta", True),
        ("cuen\nta", "cuenta", True),
        ("", "cuenta", True),
        ("", "", False),
    ],
)
def test_what_must_stand_instead(reviewed: str, required: str, is_missed: bool) -> None:
    assert missed("the account", reviewed, "account", required) is is_missed


def test_a_finding_names_cue_and_line_of_the_reviewed_file() -> None:
    source = transcript("Hello", "Your account\nat HeyGen", "HeyGen")
    reviewed = read(srt("Hola", "Su perfil\nen GenHey", "HeyGen"))
    terms = [Term("account", {"es": "cuenta"}), Term("HeyGen", {})]
    assert check_terms(source, reviewed, terms, "es-MX") == (
        TermFinding("HeyGen", "HeyGen", "'HeyGen' must stay as it is in cue 2", 5, 2),
        TermFinding("account", "cuenta", "'account' must be 'cuenta' in cue 2", 5, 2),
    )
    assert check_terms(None, reviewed, terms, "es-MX") == ()
    assert check_terms(source, reviewed, [], "es-MX") == ()


@pytest.mark.parametrize(
    ("tag", "required"),
    [
        ("es", "cuenta"),
        ("es-MX", "cuenta"),
        ("es-AR", "tu cuenta"),
        ("es_ar", "tu cuenta"),
        ("zh-Hant-TW", "帳戶"),
        ("zh", None),
        ("de", None),
    ],
)
def test_the_nearest_translation_counts(tag: str, required: str | None) -> None:
    translations = {"es": "cuenta", "es-ar": "tu cuenta", "zh-Hant": "帳戶"}
    assert Term("account", translations).required(tag) == required
    assert Term("account", {}).required(tag) == "account"


def test_cues_are_matched_by_time_then_by_number() -> None:
    source = Transcript((Cue(1, 0, 4000, "The account", 1), Cue(2, 90_000, 91_000, "HeyGen", 5)))
    reviewed = Transcript(
        (Cue(1, 0, 1000, "La", 1), Cue(2, 1000, 3900, "cuenta", 5), Cue(3, 5000, 6000, "x", 9))
    )
    terms = [Term("account", {"es": "cuenta"}), Term("HeyGen", {})]
    (found,) = check_terms(source, reviewed, terms, "es")
    assert (found.term, found.cue) == ("HeyGen", 2)
    elsewhere = Transcript(
        (Cue(None, 80_000, 81_000, "account", 1), Cue(8, 85_000, 85_001, "account", 1))
    )
    assert check_terms(elsewhere, reviewed, terms, "es") == ()


def test_the_longest_overlap_comes_first() -> None:
    cues = [Times(0, 10), Times(10, 20), Times(50, 60)]
    others = [Times(12, 30), Times(0, 11), Times(9, 13)]
    assert shown_together(cues, others) == [(1, 2), (0, 2, 1), ()]
    assert shown_together(cues, cues) == [(0,), (1,), (2,)]
