from __future__ import annotations

import pytest

from rag.language.telex import fix_telex, telex_reading, telex_readings


def nowhere(word: str) -> int:
    """An index without a word."""
    return 0


@pytest.mark.parametrize(
    ("typed", "reading"),
    [
        ("tinhr", "tỉnh"),
        ("tirnh", "tỉnh"),
        ("uyr", "ủy"),
        ("Vieejt", "việt"),
        ("ddoongf", "đồng"),
        ("nguwowif", "người"),
        ("dduowcj", "được"),
        ("quyeets", "quyết"),
        ("khoong", "không"),
        ("hoaf", "hòa"),
        ("Viet65", "việt"),
        ("nguoi72", "người"),
        ("d9uo75c", "được"),
        ("Nguye64n", "nguyễn"),
        ("tỉnhh", None),
        ("tinh", None),
        ("U20", None),
        ("B52", None),
        ("2021", None),
        ("window", None),
        ("class", None),
        ("Facebook", None),
    ],
)
def test_reading(typed: str, reading: str | None) -> None:
    assert telex_reading(typed) == reading


def test_fixed_only_when_the_samples_know_the_word() -> None:
    samples = ["Bí thư Tỉnh ủy dự hội nghị.", "Việt Nam"]
    typed, meant = "bi thu tinhr uyr, Vieejt Nam va tax?", "bi thu tỉnh ủy, Việt Nam va tax?"
    assert fix_telex(typed, samples, nowhere) == meant
    assert fix_telex("Viet65 Nam", samples, nowhere) == "Việt Nam"
    assert fix_telex("VIEEJT tinhr", samples, nowhere) == "VIỆT tỉnh"
    assert fix_telex("tỉnhh uyr", [], nowhere) == "tỉnhh uyr"


def test_what_the_index_has_as_it_was_typed_stays() -> None:
    samples = ["Ông Lê Sách đến."]
    assert fix_telex("Lee Sachs", samples, nowhere) == "Lê Sách"
    assert fix_telex("Lee Sachs", samples, {"lee": 2, "sachs": 1}.__getitem__) == "Lee Sachs"


def test_readings_to_search_with() -> None:
    assert telex_readings("tinhr Vinhx phucs 2021 la ai") == {
        "tinhr": "tỉnh",
        "Vinhx": "vĩnh",
        "phucs": "phúc",
    }


def test_hostile_words() -> None:
    assert fix_telex("s" * 50_000 + " " + "a1" * 20_000, ["a"], nowhere) == "s" * 50_000 + " " + "a1" * 20_000
