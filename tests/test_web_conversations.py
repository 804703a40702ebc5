from __future__ import annotations

import sqlite3
import stat
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from web_fakes import LENGTH, answer

from rag.errors import StoreError
from rag.web.conversations import Conversations
from rag.web.records import Record, record
from rag.web.turn import Turn


def said(question: str) -> Record:
    return record(Turn(question, answer=answer(question, [("Dài.", (LENGTH,))])))


@pytest.fixture
def talks(tmp_path: Path) -> Conversations:
    return Conversations(tmp_path / "dữ liệu" / "cuộc hỏi.db")


def test_nothing_is_made_until_something_is_kept(talks: Conversations) -> None:
    assert not talks.file.parent.exists()


def test_conversations_survive_a_restart_newest_first(talks: Conversations) -> None:
    bridge, ferry = said("Cầu dài bao nhiêu?"), said("Phà có từ năm nào?")
    first = talks.append("an", None, bridge)
    second = talks.append("an", None, ferry)
    after = said("Còn phà?")
    talks.append("an", first, after)
    again = Conversations(talks.file)
    assert [(one.id, one.title) for one in again.all("an")] == [
        (first, "Cầu dài bao nhiêu?"),
        (second, "Phà có từ năm nào?"),
    ]
    assert again.records("an", first) == (bridge, after)
    assert again.records("an", second) == (ferry,)


def test_everybody_sees_their_own(talks: Conversations) -> None:
    mine = talks.append("an", None, said("Cầu?"))
    assert talks.all("binh") == ()
    for peek in (
        lambda: talks.records("binh", mine),
        lambda: talks.append("binh", mine, said("Phà?")),
        lambda: talks.cut("binh", mine, "x"),
        lambda: talks.rename("binh", mine, "Tên khác"),
        lambda: talks.delete("binh", mine),
        lambda: talks.judge("binh", mine, "x", "good"),
    ):
        with pytest.raises(KeyError):
            peek()
    assert [one.title for one in talks.all("an")] == ["Cầu?"]


def test_asking_anew_cuts_the_record_and_all_after_it(talks: Conversations) -> None:
    kept = [said(question) for question in ("Một?", "Hai?", "Ba?")]
    talk = None
    for one in kept:
        talk = talks.append("", talk, one)
    assert talk is not None
    talks.cut("", talk, kept[1].id)
    assert talks.records("", talk) == (kept[0],)
    other = said("Bốn?")
    talks.append("", talk, other)
    assert talks.records("", talk) == (kept[0], other)


def test_opinion_is_kept_and_taken_back(talks: Conversations) -> None:
    one = said("Cầu?")
    talk = talks.append("", None, one)
    talks.judge("", talk, one.id, "bad", "Thiếu năm")
    assert talks.records("", talk) == (replace(one, opinion="bad", reason="Thiếu năm"),)
    assert talks.judged("") == ((replace(one, opinion="bad", reason="Thiếu năm"),),)
    talks.judge("", talk, one.id, None)
    assert talks.records("", talk) == (one,)
    assert talks.judged("") == ()
    with pytest.raises(KeyError):
        talks.judge("", talk, "không có", "good")


def test_titles(talks: Conversations) -> None:
    talk = talks.append("", None, said("  Cầu\n" + "dài " * 60))
    assert talks.one("", talk).title == f"Cầu {'dài ' * 28}dài…"
    talks.rename("", talk, "  Cầu   Bạch Lạp ")
    assert talks.one("", talk).title == "Cầu Bạch Lạp"
    talks.rename("", talk, "  ")
    assert talks.one("", talk).title == "Cầu Bạch Lạp"


def test_deletion_can_be_taken_back_once(talks: Conversations) -> None:
    first, second = talks.append("", None, said("Một?")), talks.append("", None, said("Hai?"))
    talks.delete("", first)
    with pytest.raises(KeyError):
        talks.records("", first)
    assert talks.restore("") == first
    assert talks.restore("") is None
    talks.delete("", first)
    talks.delete("", second)
    assert talks.restore("") == second
    assert [one.title for one in talks.all("")] == ["Hai?"]


def test_what_is_deleted_leaves_no_byte_after_a_restart(talks: Conversations) -> None:
    secret = "cầu nguyện ở đâu".encode()
    talk = talks.append("", None, said(secret.decode()))
    assert secret in talks.file.read_bytes()
    talks.delete("", talk)
    Conversations(talks.file)
    assert secret not in talks.file.read_bytes()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps other permissions")
def test_nobody_else_can_read_the_file(talks: Conversations) -> None:
    talks.append("", None, said("Cầu?"))
    assert stat.S_IMODE(talks.file.stat().st_mode) == 0o600


def test_threads_write_at_once(talks: Conversations) -> None:
    def write(reader: str) -> None:
        talk = None
        for number in range(5):
            talk = talks.append(reader, talk, said(f"Câu {number}?"))

    threads = [threading.Thread(target=write, args=(f"r{n}",)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for n in range(8):
        (talk,) = talks.all(f"r{n}")
        asked = [one.question for one in talks.records(f"r{n}", talk.id)]
        assert asked == [f"Câu {number}?" for number in range(5)]


def test_damaged_and_newer_files_are_named(tmp_path: Path) -> None:
    damaged = tmp_path / "hỏng.db"
    damaged.write_bytes(b"not a database at all" * 100)
    with pytest.raises(StoreError) as raised:
        Conversations(damaged)
    assert raised.value.key == "web.conversations_unwritable"
    assert str(damaged) in str(raised.value)
    newer = tmp_path / "mới.db"
    with sqlite3.connect(newer) as database:
        database.execute("PRAGMA user_version = 7")
    database.close()
    with pytest.raises(StoreError) as raised:
        Conversations(newer)
    assert "dạng 7, bản này biết đến 1" in str(raised.value)
