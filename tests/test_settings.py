from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from rag.errors import InputError
from rag.settings import Settings


def test_environment_wins_over_file_and_file_over_default(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text('llm = "a.gguf"\nhits = 7\nstrictness = 1\n', encoding="utf-8")
    settings = Settings.load({"HOIBAO_HITS": "3", "HOIBAO_INDEX": "/somewhere"}, file)
    assert (settings.llm, settings.hits, settings.strictness) == ("a.gguf", 3, 1.0)
    assert settings.index == Path("/somewhere")
    assert settings.port == 7860


def test_an_unknown_setting_is_named(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text("hitz = 7\n", encoding="utf-8")
    with pytest.raises(InputError, match="hitz"):
        Settings.load({}, file)


def test_a_value_of_the_wrong_type_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="HOIBAO_PORT"):
        Settings.load({"HOIBAO_PORT": "viii"}, tmp_path / "none.toml")


def test_a_broken_file_is_named(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text("llm = \n", encoding="utf-8")
    with pytest.raises(InputError, match=r"settings\.toml"):
        Settings.load({}, file)


def test_settings_that_are_none_unless_given(tmp_path: Path) -> None:
    none = tmp_path / "none.toml"
    plain = Settings.load({}, none)
    assert (plain.abbreviations, plain.today) == (None, None)
    given = Settings.load({"HOIBAO_TODAY": "2021-03-12", "HOIBAO_ABBREVIATIONS": "/a/tắt.txt"}, none)
    assert (given.abbreviations, given.today) == (Path("/a/tắt.txt"), date(2021, 3, 12))
    file = tmp_path / "settings.toml"
    file.write_text("today = 2021-03-12\n", encoding="utf-8")
    assert Settings.load({}, file).today == date(2021, 3, 12)
    with pytest.raises(InputError, match="HOIBAO_TODAY"):
        Settings.load({"HOIBAO_TODAY": "hôm nay"}, none)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [("STRICTNESS", "2", "từ 0 đến 1"), ("HITS", "-1", "từ 1 đến 50"), ("LANGUAGE", "de", "vi, en")],
)
def test_a_value_out_of_its_range_is_named(tmp_path: Path, name: str, value: str, message: str) -> None:
    with pytest.raises(InputError, match=f"HOIBAO_{name}.*{message}"):
        Settings.load({f"HOIBAO_{name}": value}, tmp_path / "none.toml")
