from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from rag import errors
from rag.errors import HoiBaoError, InputError
from rag.texts import catalogue, text

PACKAGE = Path(__file__).parent.parent / "rag"
ROOMS_OF_MESSAGES = ("errors.", "articles.", "models.", "index.", "eval.")
CURE = re.compile(
    # Vietnamese says what to do with "hãy", or names the command, the form that is wanted, or where to look.
    r"\b[Hh]ãy \w|hoibao |--accept-terms|phải |cần |docs/|Các (?:tên|số đo)",
)
CLASSES = {
    name for name, value in vars(errors).items() if isinstance(value, type) and issubclass(value, Exception)
}


def drawn() -> dict[str, str]:
    """Child → parent, read off the tree in the docstring."""
    parents: dict[str, str] = {}
    path: list[str] = []
    for line in (errors.__doc__ or "").splitlines():
        match = re.match(r"( {4}(?:[│ ] {3})*(?:[├└]── )?)([A-Z]\w+)(?: {2,}|$)", line)
        if match:
            depth = len(match[1]) // 4 - 1
            path[depth:] = [match[2]]
            if depth:
                parents[match[2]] = path[depth - 1]
    return parents


def raised_keys() -> dict[str, str]:
    """Every key that an error of ours is made with in the package, and where."""
    found: dict[str, str] = {}
    for file in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name in CLASSES and node.args and isinstance(node.args[0], ast.Constant):
                found[str(node.args[0].value)] = f"{file.name}:{node.lineno}"
    return found


def test_the_tree_that_is_drawn_is_the_tree_of_the_classes() -> None:
    classes = [
        value
        for value in vars(errors).values()
        if isinstance(value, type) and issubclass(value, Exception) and value is not HoiBaoError
    ]
    assert drawn() == {value.__name__: value.__bases__[0].__name__ for value in classes}
    assert len(classes) == 9


def test_an_error_keeps_its_key_and_values() -> None:
    error = InputError("errors.long_question", length=3000, limit=2000)
    assert (error.key, error.values) == ("errors.long_question", {"length": 3000, "limit": 2000})
    assert str(error) == "Câu hỏi dài 3000 ký tự, quá mức 2000. Hãy rút gọn câu hỏi."


def test_an_unknown_key_is_a_bug() -> None:
    with pytest.raises(KeyError):
        InputError("errors.no_such_key")


def test_a_reason_of_several_lines_still_makes_one_line() -> None:
    error = InputError("errors.settings_file", file="a.toml", reason="first\nsecond\r\nthird\u2028fourth")
    assert str(error) == (
        "Tệp cài đặt a.toml không đọc được: first second third fourth. Hãy sửa hoặc xóa tệp."
    )


def test_errors_are_found_in_the_code() -> None:
    found = raised_keys()
    assert {"errors.empty_question", "articles.empty_file", "models.missing", "index.missing"} <= set(found)
    assert set(found) <= set(catalogue())


@pytest.mark.parametrize("key", sorted(raised_keys()))
def test_every_error_that_is_raised_names_the_cure(key: str) -> None:
    message = catalogue()[key]["vi"]
    assert CURE.search(message), f"{raised_keys()[key]}: {message}"


@pytest.mark.parametrize("key", sorted(key for key in catalogue() if key.startswith(ROOMS_OF_MESSAGES)))
def test_every_message_is_one_line(key: str) -> None:
    for message in catalogue()[key].values():
        assert message == " ".join(message.splitlines()).strip()
        assert len(message) < 300


def test_errors_speak_english_when_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOIBAO_LANG", "en")
    assert str(InputError("errors.empty_question")) == text("errors.empty_question", language="en")
