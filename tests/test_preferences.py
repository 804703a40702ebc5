from __future__ import annotations

from pathlib import Path

import pytest

from rag.errors import InputError, ModelError
from rag.preferences import AT_ONCE, AT_START, preferences, reset, save
from rag.settings import Settings

WRITTEN = """# của tòa soạn
strictness = 0.3 # dễ hơn mặc định

# bài ở ổ đĩa lớn
index = "/o-dia/chi-muc"
hits = 7
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / "cấu hình" / "settings.toml"
    made.parent.mkdir()
    made.write_text(WRITTEN, encoding="utf-8")
    return made


def test_comments_and_other_settings_stay(file: Path) -> None:
    saved = save({"strictness": "0.8", "answer_tokens": "128", "language": "vi"}, file, {})
    assert file.read_text(encoding="utf-8") == (
        WRITTEN.replace("strictness = 0.3", "strictness = 0.8") + "answer_tokens = 128\n"
    )
    assert saved.settings == Settings.load({}, file)
    assert (saved.settings.strictness, saved.settings.answer_tokens) == (0.8, 128)
    assert list(file.parent.iterdir()) == [file]  # nothing is left beside it


def test_the_file_is_made_when_there_is_none(tmp_path: Path) -> None:
    file = tmp_path / "mới" / "settings.toml"
    save({"hits": "12"}, file, {})
    assert file.read_text(encoding="utf-8") == "hits = 12\n"


def test_what_is_the_default_is_not_written_unless_it_stood_there(file: Path) -> None:
    save({"hits": "10", "answer_tokens": "256"}, file, {})
    assert "hits = 10\n" in file.read_text(encoding="utf-8")
    assert "answer_tokens" not in file.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("strictness", "1.01", "phải từ 0 đến 1"),
        ("strictness", "nan", "phải từ 0 đến 1"),
        ("strictness", "chặt", "phải là float"),
        ("hits", "0", "phải từ 1 đến 50"),
        ("hits", "3.5", "phải là int"),
        ("answer_tokens", "100000", "phải từ 32 đến 2048"),
        ("language", "fr", "chỉ có thể là: vi, en"),
        ("index", "/etc", "index"),
        ("llm", "http://", "http://"),
        ("llm", "multilingual-e5-small", "multilingual-e5-small"),
    ],
)
def test_a_bad_value_is_refused_with_the_cure_and_nothing_is_saved(
    file: Path, name: str, value: str, message: str
) -> None:
    with pytest.raises(InputError) as refused:
        save({"hits": "3", name: value}, file, {})
    assert message in str(refused.value)
    assert "\n" not in str(refused.value)
    assert file.read_text(encoding="utf-8") == WRITTEN


def test_a_model_must_be_there(file: Path, tmp_path: Path) -> None:
    environ = {"HOIBAO_MODELS": str(tmp_path / "models")}
    with pytest.raises(ModelError, match=r"hoibao setup|không"):
        save({"llm": "qwen2.5-coder-0.5b-instruct-q4_k_m"}, file, environ)
    with pytest.raises(ModelError, match="khong-co"):
        save({"llm": str(tmp_path / "khong-co.gguf")}, file, environ)
    other = tmp_path / "ghi chú.gguf"
    other.write_text("không phải mô hình", encoding="utf-8")
    with pytest.raises(InputError, match="GGUF"):
        save({"llm": str(other)}, file, environ)
    weights = tmp_path / "mô hình.gguf"
    weights.write_bytes(b"GGUF\x03\x00\x00\x00")
    assert save({"llm": str(weights)}, file, environ).settings.llm == str(weights)
    assert save({"llm": "http://127.0.0.1:8080/v1#qwen"}, file, environ).settings.llm.endswith("#qwen")


def test_the_environment_holds_fast(file: Path) -> None:
    environ = {"HOIBAO_STRICTNESS": "0.9", "HOIBAO_LANG": "en"}
    found = preferences(file, environ)
    assert found.locked == {"strictness": "HOIBAO_STRICTNESS", "language": "HOIBAO_LANG"}
    assert (found.settings.strictness, found.settings.hits) == (0.9, 7)
    assert found.settings.language == "en"
    with pytest.raises(InputError, match="HOIBAO_STRICTNESS"):
        save({"strictness": "0.1"}, file, environ)
    assert save({"hits": "4"}, file, environ).settings.strictness == 0.9


def test_reset_takes_out_only_what_can_be_changed_here(file: Path) -> None:
    found = reset(file, {})
    assert (found.settings.strictness, found.settings.hits) == (0.5, 10)
    assert found.settings.index == Path("/o-dia/chi-muc")
    kept = file.read_text(encoding="utf-8")
    assert kept.startswith("# của tòa soạn\n")
    assert "# bài ở ổ đĩa lớn\nindex" in kept


def test_a_broken_file_is_named_and_kept(file: Path) -> None:
    file.write_text("hits = \n", encoding="utf-8")
    with pytest.raises(InputError, match=r"settings\.toml"):
        save({"hits": "3"}, file, {})
    with pytest.raises(InputError, match=r"settings\.toml"):
        reset(file, {})
    assert file.read_text(encoding="utf-8") == "hits = \n"


def test_a_folder_that_takes_no_file_is_said(tmp_path: Path) -> None:
    taken = tmp_path / "tệp"
    taken.write_text("", encoding="utf-8")
    with pytest.raises(InputError, match=r"settings\.toml"):
        save({"hits": "3"}, taken / "settings.toml", {})


def test_what_is_heard_when(tmp_path: Path) -> None:
    assert set(AT_ONCE).isdisjoint(AT_START)
    settings = Settings()
    assert all(hasattr(settings, name) for name in (*AT_ONCE, *AT_START))
