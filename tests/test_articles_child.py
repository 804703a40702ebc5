from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.articles import child
from rag.articles.child import call
from rag.errors import ArticleError

FILE = Path("/bai/cầu.pdf")


@pytest.fixture(autouse=True)
def tasks(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Children of this test alone, which find `child_tasks`."""
    child.close()
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent))
    yield
    child.close()


def refused(function: str, **arguments: object) -> ArticleError:
    with pytest.raises(ArticleError) as error:
        list(call(f"child_tasks:{function}", FILE, **arguments))
    return error.value


def test_values_come_one_by_one() -> None:
    assert list(call("child_tasks:count", FILE, to=3)) == [0, 1, 2]


def test_a_child_reads_many_files_and_then_makes_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child, "FILES", 2)
    first, second, third = (next(iter(list(call("child_tasks:process", FILE)))) for _ in range(3))
    assert first == second != third
    assert os.getpid() not in (first, third)


def test_two_at_once_have_a_child_each() -> None:
    first, second = call("child_tasks:process", FILE), call("child_tasks:process", FILE)
    assert next(first) != next(second)


def test_a_call_that_is_given_up_takes_its_child_along() -> None:
    values = call("child_tasks:process", FILE)
    gone = next(values)
    values.close()
    assert list(call("child_tasks:process", FILE)) != [gone]


def test_an_error_of_ours_comes_through_and_the_child_goes_on() -> None:
    (before,) = call("child_tasks:process", FILE)
    error = refused("refuse")
    assert (error.key, error.values) == ("articles.large_file", {"path": str(FILE), "limit": 7})
    assert list(call("child_tasks:process", FILE)) == [before]


@pytest.mark.parametrize("function", ["hang", "spin"])
def test_a_file_that_does_not_end_is_stopped(function: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child, "SECONDS", 1)
    error = refused(function)
    assert error.key == "articles.child_time"
    assert str(error).startswith(f"{FILE}: đọc quá 1 giây chưa xong nên đã dừng. Hãy ")


def test_who_does_not_get_the_processor_has_more_time() -> None:
    assert child._overdue(24, 24) is False
    assert child._overdue(26, 25.5) is True
    assert child._overdue(26, 0.1) is True  # it sleeps
    assert child._overdue(60, 20) is False
    assert child._overdue(76, 20) is True


def test_a_file_that_needs_too_much_memory_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child, "MEMORY", 300_000_000)
    assert str(refused("eat")).startswith(f"{FILE}: cần hơn 300 MB bộ nhớ để đọc nên đã dừng. Hãy ")


def test_memory_is_watched_where_the_system_does_not_limit_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child, "MEMORY", 300_000_000)
    monkeypatch.setattr(child, "WATCH", 0.01)
    assert refused("eat_unlimited").key == "articles.child_memory"


def test_a_value_that_is_too_long_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child, "MAX_VALUE", 2_000_000)
    assert len(next(call("child_tasks:talk", FILE, size=1_900_000))) == 1_900_000
    assert str(refused("talk", size=50_000_000)).startswith(f"{FILE}: chứa một văn bản dài quá 2 MB.")


def test_a_crash_names_the_file_and_the_next_one_is_read() -> None:
    error = refused("crash")
    assert error.key == "articles.child_crash"
    assert str(error).startswith(f"{FILE}: tệp làm chương trình đọc dừng đột ngột (")
    assert list(call("child_tasks:count", FILE, to=1)) == [0]


def test_an_error_that_nobody_foresaw_keeps_its_traceback(caplog: pytest.LogCaptureFixture) -> None:
    error = refused("stumble")
    assert (error.key, error.values["reason"]) == ("articles.child_crash", "magic")
    assert "in stumble" in caplog.text


def test_what_a_killed_child_left_on_the_disk_is_removed() -> None:
    values = call("child_tasks:litter", FILE)
    folder = Path(next(values))
    assert folder.is_dir()
    with pytest.raises(ArticleError):
        next(values)
    assert not folder.exists()


def test_the_child_starts_without_what_is_slow_to_load() -> None:
    (loaded,) = call("child_tasks:loaded", FILE)
    assert {"torch", "gradio", "transformers", "sqlite3", "faiss"} & set(loaded) == set()
