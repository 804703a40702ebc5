"""What is refused as a file, whatever its format; what a format can do is tested with its reader."""

from __future__ import annotations

import json
import os
import threading
import unicodedata
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from test_articles_webpage import PAGE

from benchmarks.made_bombs import book_that_repeats, overlapping, symbolic_link
from rag.articles import child
from rag.articles.clean import clean
from rag.articles.draft import RawArticle
from rag.articles.files import MAX_CHARACTERS, MAX_MARKS, open_bytes, plain
from rag.articles.paragraphs import paragraphs
from rag.articles.read import HOPELESS, MAX_TOLD, READERS, SMALL, find_files, read_articles
from rag.articles.records import MAX_COLUMNS
from rag.errors import ArticleError, InputError
from rag.types import Article

ENGLISH = (
    "The bridge over the Luc Yen river was opened to traffic on Tuesday, two months ahead of schedule, "
    "officials said. It is 486 meters long and has replaced the ferry that people of both banks used."
)

MARK = "\u0323"
SENTENCE = "Cầu Sông Trà thông xe sáng nay, người dân hai xã ra xem từ rất sớm. "


@pytest.fixture(autouse=True, scope="module")
def children() -> Iterator[None]:
    yield
    child.close()


def read(path: Path) -> tuple[list[Article], list[str]]:
    """What was read, and the keys of what was reported."""
    problems: list[ArticleError] = []
    return list(read_articles(path, problems.append)), [problem.key for problem in problems]


@pytest.mark.parametrize("suffix", READERS)
def test_five_gigabytes_are_not_read(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    with path.open("wb") as file:
        file.truncate(5_000_000_000)  # of nothing: it takes no room
    articles, (problem,) = read(path)
    assert articles == []
    damaged = {".pdf": "broken_pdf", ".docx": "broken_zip", ".epub": "broken_zip", ".zip": "broken_zip"}
    expected = "unreadable_file" if suffix.endswith(".gz") else damaged.get(suffix, "large_file")
    assert problem == f"articles.{expected}"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has none")
@pytest.mark.parametrize("suffix", [".txt", ".html", ".pdf"])
def test_pipes_and_devices_are_named_and_not_opened(tmp_path: Path, suffix: str) -> None:
    pipe, device = tmp_path / f"a{suffix}", tmp_path / f"b{suffix}"
    os.mkfifo(pipe)
    device.symlink_to("/dev/zero")
    for path in (pipe, device):
        assert read(path) == ([], ["articles.no_file"])
        with pytest.raises(InputError) as caught:
            list(find_files([path]))
        assert caught.value.key == "articles.no_file"
    assert list(find_files([tmp_path])) == []


def test_links_in_circles_lead_nowhere(tmp_path: Path) -> None:
    (tmp_path / "a.txt").symlink_to(tmp_path / "b.txt")
    (tmp_path / "b.txt").symlink_to(tmp_path / "a.txt")
    (tmp_path / "c").symlink_to(tmp_path)
    assert list(find_files([tmp_path])) == []
    assert read(tmp_path / "a.txt") == ([], ["articles.unreadable_file"])


def test_a_page_that_takes_too_long_is_stopped_and_the_next_one_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "b.html").write_text(PAGE, encoding="utf-8")
    assert read(tmp_path / "b.html")[1] == []
    monkeypatch.setattr(child, "SECONDS", 1)
    sentence = "Một câu dài vừa đủ để được coi là văn xuôi của bài báo. "
    deep = "<div class='sapo author title'>" * 250 + f"<p class='sapo'>{sentence}</p>" * 100_000
    (tmp_path / "a.html").write_text(f"<html><body>{deep}", encoding="utf-8")
    assert read(tmp_path / "a.html") == ([], ["articles.child_time"])
    monkeypatch.undo()
    assert [article.title for article in read(tmp_path / "b.html")[0]] == ["Thông xe cầu Bạch Lạp"]


def test_a_file_that_grows_while_it_is_read_ends(tmp_path: Path) -> None:
    path, stop = tmp_path / "a.jsonl", threading.Event()
    path.write_text("", encoding="utf-8")

    def write() -> None:
        with path.open("a", encoding="utf-8") as file:
            while not stop.is_set() and file.tell() < 3_000_000:
                file.write('{"body": "Cầu Sông Trà thông xe sáng nay, người dân hai xã rất vui."}\n')

    writer = threading.Thread(target=write)
    writer.start()
    try:
        articles, problems = read(path)
    finally:
        stop.set()
        writer.join()
    assert {article.text for article in articles} <= {
        "Cầu Sông Trà thông xe sáng nay, người dân hai xã rất vui."
    }
    assert set(problems) <= {"articles.empty_file", "articles.broken_line"}


def test_an_english_article_is_read_and_said_to_be_one(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text(f"Bridge opens two months early\n\n{ENGLISH}\n", encoding="utf-8")
    (article,), problems = read(path)
    assert (article.text, problems) == (ENGLISH, ["articles.english_article"])


def test_a_letter_keeps_thirty_marks(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text(f"Cầu e{MARK * 90_000} thông xe sáng nay, người dân rất vui.\n", encoding="utf-8")
    (article,), _ = read(path)
    assert article.text.count(MARK) == MAX_MARKS - 1  # one is in the letter
    assert plain("e" + MARK * 90_000) == unicodedata.normalize("NFC", "e" + MARK * MAX_MARKS)
    assert plain("“" * 90 + "…" * 90) == "“" * 90 + "…" * 90


def test_half_a_million_broken_lines_become_a_paragraph() -> None:
    lines = ["Dòng mở đầu của một đoạn dài hơn bốn mươi ký tự"] + ["nước lên"] * 500_000
    assert paragraphs("\n".join(lines)) == (" ".join(lines),)


def test_a_file_ends_where_it_did_when_it_was_opened(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"mot\nhai")
    with open_bytes(path) as stream:
        path.write_bytes(b"mot\nhai\nba")
        assert (stream.readline(), stream.read(), stream.read()) == (b"mot\n", b"hai", b"")


@pytest.mark.parametrize("name", ["a.txt", "a.md", "a.json", "a.csv", "a.jsonl", "a.html"])
def test_an_article_that_is_too_long_is_named_and_the_others_read(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    long = f"{SENTENCE * (MAX_CHARACTERS // len(SENTENCE) + 1)}"
    records = [{"id": "dài", "body": long}, {"id": "vừa", "body": SENTENCE}]
    path.write_text(
        {
            ".json": json.dumps(records),
            ".jsonl": "\n".join(map(json.dumps, records)),
            ".csv": "id,body\n" + "".join(f'{record["id"]},"{record["body"]}"\n' for record in records),
            ".html": f"<html><body><article><p>{long}</p></article></body></html>",
        }.get(path.suffix, long),
        encoding="utf-8",
    )
    articles, problems = read(path)
    assert problems == ["articles.long_article"]
    several = path.suffix in {".json", ".jsonl", ".csv"}
    assert [article.id for article in articles] == (["vừa"] if several else [])


def test_large_files_are_read_in_a_child(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.json"
    path.write_text("[" + "[]," * SMALL + "[]]", encoding="utf-8")
    monkeypatch.setattr(child, "MEMORY", 60_000_000)  # less than that takes
    assert read(path) == ([], ["articles.child_memory"])


def test_a_file_of_faults_alone_is_given_up(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text("{\n" * (HOPELESS + 100), encoding="utf-8")
    _, problems = read(path)
    assert Counter(problems) == {
        "articles.broken_line": MAX_TOLD,
        "articles.hopeless_file": 1,
        "articles.more_problems": 1,
    }


def test_many_faults_among_articles_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    lines = [json.dumps({"id": str(number), "body": f"{SENTENCE} Tin {number}."}) for number in range(3)]
    path.write_text(("{\n" * HOPELESS).join(f"{line}\n" for line in lines), encoding="utf-8")
    problems: list[ArticleError] = []
    assert [article.id for article in read_articles(path, problems.append)] == ["0", "1", "2"]
    assert len(problems) == MAX_TOLD + 1
    assert problems[-1].values["count"] == 2 * HOPELESS - MAX_TOLD


def test_entries_of_an_archive_do_not_overlap(tmp_path: Path) -> None:
    overlapping(tmp_path / "a.zip")
    problems: list[ArticleError] = []
    assert list(read_articles(tmp_path / "a.zip", problems.append)) == []
    assert [(problem.key, problem.values["reason"]) for problem in problems] == [
        ("articles.broken_zip", "overlapping entries")
    ]


def test_a_link_in_an_archive_is_not_followed(tmp_path: Path) -> None:
    symbolic_link(tmp_path / "a.zip")
    assert read(tmp_path / "a.zip") == ([], ["articles.unsafe_entry"])


def test_a_chapter_that_a_book_names_often_is_read_once(tmp_path: Path) -> None:
    book_that_repeats(tmp_path / "a.epub", times=1_000)
    articles, problems = read(tmp_path / "a.epub")
    assert (len(articles), problems) == (1, [])


def test_a_lead_without_letters_is_none() -> None:
    raw = RawArticle("a", f"“{SENTENCE.strip()}” Người dân rất vui vì không còn phải chờ đò.", lead="***…")
    assert clean(raw, Path("a.txt")).text == raw.body


def test_a_table_of_very_many_columns_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    names = [f"c{number}" for number in range(MAX_COLUMNS)]
    path.write_text(",".join(["body", *names]) + f"\n{SENTENCE.replace(',', '')}\n", encoding="utf-8")
    assert read(path) == ([], ["articles.wide_table"])
    path.write_text(",".join(["body", *names[1:]]) + f"\n{SENTENCE.replace(',', '')}\n", encoding="utf-8")
    assert len(read(path)[0]) == 1


@pytest.mark.parametrize(
    ("name", "content"), [("a.csv", "id,body\n,\n , \n"), ("a.json", "[]"), ("a.jsonl", " \n\n")]
)
def test_records_with_nothing_in_them_are_named(tmp_path: Path, name: str, content: str) -> None:
    (tmp_path / name).write_text(content, encoding="utf-8")
    assert read(tmp_path / name) == ([], ["articles.empty_file"])
