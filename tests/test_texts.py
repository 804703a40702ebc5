from __future__ import annotations

import ast
import string
from pathlib import Path

import pytest

from rag.texts import catalogue, current_language, speak, text

PACKAGE = Path(__file__).parent.parent / "rag"


def placeholders(template: str) -> set[str]:
    return {field for _, field, _, _ in string.Formatter().parse(template) if field}


def string_constants() -> set[str]:
    """Every string literal of the package; an f-string contributes its constant parts."""
    return {
        node.value
        for file in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def test_every_text_is_in_both_languages_with_the_same_placeholders() -> None:
    for key, entry in catalogue().items():
        assert set(entry) == {"vi", "en"}, key
        assert placeholders(entry["vi"]) == placeholders(entry["en"]), key


def test_every_text_is_used() -> None:
    constants = string_constants()
    stems = tuple(constant for constant in constants if constant.endswith("_") and "." in constant)
    unused = [key for key in catalogue() if key not in constants and not key.startswith(stems)]
    assert unused == []


def test_every_key_that_is_used_exists() -> None:
    rooms = {key.split(".")[0] for key in catalogue()}
    looks_like_a_key = {
        constant
        for constant in string_constants()
        if constant.count(".") == 1 and constant.split(".")[0] in rooms and constant.isidentifier() is False
        if constant.replace(".", "_").isidentifier() and not constant.endswith("_")
    }
    assert looks_like_a_key - set(catalogue()) <= NOT_TEXTS


NOT_TEXTS = {
    "articles.sqlite",  # a file of the index
    # metric names share their first word with rooms of the catalogue
    "answer.correct",
    "answer.contains",
    "answer.exact",
    "answer.f1",
    "language.vietnamese",
}


def test_vietnamese_unless_told_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HOIBAO_LANG", raising=False)
    assert current_language() == "vi"
    assert text("answer.understood", query="a") == "Hiểu là: a"
    monkeypatch.setenv("HOIBAO_LANG", "en_GB")
    assert text("answer.understood", query="a") == "Understood as: a"


def test_the_settings_choose_the_language_where_the_environment_does_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("HOIBAO_LANG", raising=False)
    speak("en")
    assert text("answer.understood", query="a") == "Understood as: a"
    monkeypatch.setenv("HOIBAO_LANG", "vi")
    assert current_language() == "vi"
    monkeypatch.delenv("HOIBAO_LANG")
    speak("vi")
    assert current_language() == "vi"


def test_a_missing_placeholder_is_a_bug() -> None:
    with pytest.raises(KeyError):
        text("answer.understood")
