from __future__ import annotations

import pytest

from rag.language.patterns import any_of, compile_vietnamese, is_bare, is_name_in_nam


def test_accents_are_optional_only_in_bare_patterns() -> None:
    assert compile_vietnamese("tuần trước", bare=False).search("tuan truoc") is None
    assert compile_vietnamese("tuần trước", bare=True).fullmatch("tuan trước") is not None


@pytest.mark.parametrize("text", ["tuần trước", "tuần  trước", "tuần\u00a0trước"])
def test_a_blank_is_one_or_two_blanks(text: str) -> None:
    assert compile_vietnamese("tuần trước", bare=False).fullmatch(text) is not None


def test_any_of_names_the_alternative() -> None:
    match = compile_vietnamese(any_of({"day": r"ngày \d+", "week": "tuần"}), bare=True).search("vao ngay 5")
    assert match is not None
    assert (match.lastgroup, match.group()) == ("day", "ngay 5")


@pytest.mark.parametrize(
    ("text", "bare"), [("nam 2020 co gi", True), ("năm 2020 có gì", False), ("hôm nay", False)]
)
def test_is_bare(text: str, bare: bool) -> None:
    assert is_bare(text) is bare


@pytest.mark.parametrize(
    ("form", "start", "name"), [("viet nam nay", 5, True), ("ca nam nay", 3, False), ("năm", 0, False)]
)
def test_is_name_in_nam(form: str, start: int, name: bool) -> None:
    assert is_name_in_nam(form, start) is name
