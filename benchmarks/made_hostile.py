"""Files that are made to stop, fill or mislead whoever reads them: pages, records, texts, what is no file.

Each maker writes one. Sparse files state a size that they do not take. `KINDS` lists these and `made_bombs`.
"""

from __future__ import annotations

import base64
import gzip
import os
import socket
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from benchmarks import made_bombs as bombs
from benchmarks.made_bombs import MEGABYTE, SENTENCE


@dataclass(frozen=True, slots=True)
class Hostile:
    """A kind of file: what it is, the end of its name, and what writes it."""

    what: str
    suffix: str
    make: Callable[[Path], object]
    plain: bool = True  # False for pipes and the like: a folder is searched for files, they must be named


# ── Pages ─────────────────────────────────────────────────────────────────────────────────────────


def written(path: Path, parts: Iterable[bytes]) -> None:
    with path.open("wb") as file:
        for part in parts:
            file.write(part)


def nested_tags(path: Path) -> None:
    written(path, [b"<html><body>", *([b"<div>" * 200_000] * 200)])


def nested_tags_within_limits(path: Path) -> None:
    written(path, [b"<html><body>", *([b"<div>" * 200_000] * 40)])


def unclosed(path: Path) -> None:
    text = SENTENCE.encode()
    written(path, [b"<html><body><p>", *([b"<b><i><p class='sapo'><a href='" + text] * 100_000)])


def one_line(path: Path) -> None:
    written(path, [b"<html><body><article><p>", *([SENTENCE.encode() * 1_000] * 450)])


def boundary_lies(path: Path) -> None:
    head = b"MIME-Version: 1.0\nContent-Type: multipart/related; boundary=b\n\n"
    parts = [b"--b\nContent-Type: multipart/mixed; boundary=b\n\n"] * 400_000
    written(path, [head, *parts, b"--b\nContent-Type: text/html\n\n<p>" + SENTENCE.encode()])


def packed_page_lies(path: Path) -> None:
    head = b"Content-Type: text/html; charset=utf-7\nContent-Transfer-Encoding: base64\n\n"
    written(path, [head, base64.b64encode(os.urandom(20 * MEGABYTE))])


# ── Records ───────────────────────────────────────────────────────────────────────────────────────


def deep_json(path: Path) -> None:
    path.write_text('{"body": ' + "[" * 5_000_000, encoding="utf-8")


def empty_lists(path: Path) -> None:
    path.write_text("[" + "[]," * 12_000_000 + "[]]", encoding="utf-8")


def broken_lines(path: Path) -> None:
    path.write_text("{\n" * 15_000_000, encoding="utf-8")


def sparse(size: int) -> Callable[[Path], None]:
    """A file of so many bytes, all NUL, that takes no room."""

    def make(path: Path) -> None:
        with path.open("wb") as file:
            file.truncate(size)

    return make


def packed_record(path: Path) -> None:
    with gzip.open(path, "wb", 9) as file:
        file.write(b'{"body": "')
        for _ in range(2_000):
            file.write(b" " * MEGABYTE)


def nul_table(path: Path) -> None:
    path.write_bytes(b"id,body\n" + b"1,\0\0\0\n" * 100_000)


def wide_table(path: Path) -> None:
    names = ",".join(f"c{number}" for number in range(1_000_000))
    path.write_text(f"body,{names}\n" + ("," * 1_000_000 + "\n") * 20, encoding="utf-8")


def open_quote(path: Path) -> None:
    path.write_text('id,body\n1,"' + "a,\n" * 10_000_000, encoding="utf-8")


def growing(path: Path) -> None:
    """Gets another record ten times a second, until it is gone."""
    record = f'{{"body": "{SENTENCE.strip()}"}}\n'
    path.write_text(record, encoding="utf-8")

    def write() -> None:
        with path.open("a", encoding="utf-8") as file:
            while os.fstat(file.fileno()).st_nlink:
                file.write(record)
                file.flush()
                time.sleep(0.1)

    threading.Thread(target=write, daemon=True).start()


# ── Texts ─────────────────────────────────────────────────────────────────────────────────────────


def long_text(path: Path) -> None:
    written(path, [SENTENCE.encode() * 1_000] * 500)


def marks(path: Path) -> None:
    path.write_text("e" + "\u0323\u0301" * 2_000_000, encoding="utf-8")


def few_marks(path: Path) -> None:
    """As many as are read in this process."""
    path.write_text("e" + "\u0323\u0301" * 45_000, encoding="utf-8")


def short_lines(path: Path) -> None:
    path.write_text(SENTENCE.strip(" .") + "\nnước lên" * 190_000, encoding="utf-8")


def utf_16_noise(path: Path) -> None:
    path.write_bytes(b"\xff\xfe" + os.urandom(4 * MEGABYTE))


def nul_bytes(path: Path) -> None:
    path.write_bytes((SENTENCE.encode() + b"\0") * 10_000)


def deep_markdown(path: Path) -> None:
    path.write_text("> " * 90_000 + "\n" + "- " * 9_000 + "*_" * 9_000 + "[" * 20_000, encoding="utf-8")


def markdown_references(path: Path) -> None:
    path.write_text("[a]: /x\n" * 4_000 + "[a][" * 20_000 + "![" * 20_000 + "`" * 9_999, encoding="utf-8")


# ── What is no file ───────────────────────────────────────────────────────────────────────────────


def pipe(path: Path) -> None:
    os.mkfifo(path)


def device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def loop(path: Path) -> None:
    path.symlink_to(path.name)


def folder_loop(path: Path) -> None:
    path.mkdir()
    (path / "trong").symlink_to(path)


def listening_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as end:
        here = Path.cwd()
        os.chdir(path.parent)  # the name of a socket is short
        try:
            end.bind(path.name)
        finally:
            os.chdir(here)


KINDS = (
    Hostile("ZIP, 300 MB of zeros", ".zip", bombs.zip_bomb),
    Hostile("ZIP in ZIP, five deep", ".zip", bombs.nested_bombs),
    Hostile("ZIP, 5,000 entries that overlap", ".zip", bombs.overlapping),
    Hostile("ZIP, names that lead out of it", ".zip", bombs.out_of_the_folder),
    Hostile("ZIP, absolute names", ".zip", bombs.absolute_paths),
    Hostile("ZIP, a symbolic link", ".zip", bombs.symbolic_link),
    Hostile("ZIP, encrypted", ".zip", bombs.locked_zip),
    Hostile("ZIP, 100,000 entries", ".zip", bombs.many_entries),
    Hostile("ZIP, sizes that are not true", ".zip", bombs.lying_sizes),
    Hostile("ZIP, names of 60,000 characters", ".zip", bombs.long_names),
    Hostile("ZIP, cut off", ".zip", bombs.cut_off),
    Hostile("PDF, 1.5 GB of blanks", ".pdf", bombs.pdf_bomb),
    Hostile("PDF, 3 GB packed twice", ".pdf", bombs.pdf_bomb_in_bomb),
    Hostile("PDF, 500 pages of 20,000 lines", ".pdf", bombs.drawn_words),
    Hostile("PDF, page tree in a loop", ".pdf", bombs.page_tree_loop),
    Hostile("PDF, a million pages", ".pdf", bombs.million_pages),
    Hostile("PDF, page without end", ".pdf", bombs.huge_page),
    Hostile("PDF, image of 3.6 gigapixels", ".pdf", bombs.huge_image),
    Hostile("PDF, two million brackets", ".pdf", bombs.deep_arrays),
    Hostile("PDF, references in a loop", ".pdf", bombs.cross_references_loop),
    Hostile("PDF, a drawing that draws itself", ".pdf", bombs.form_draws_itself),
    Hostile("PDF, encrypted", ".pdf", bombs.locked_pdf),
    Hostile("Word, entities that expand", ".docx", bombs.word_laughs),
    Hostile("Word, an entity from outside", ".docx", bombs.word_secret),
    Hostile("Word, table of 800,000 cells", ".docx", bombs.word_table),
    Hostile("Word, 20,000 tables in each other", ".docx", bombs.word_depths),
    Hostile("EPUB, names that lead out of it", ".epub", bombs.book_out_of_the_folder),
    Hostile("EPUB, a chapter 500,000 times", ".epub", bombs.book_that_repeats),
    Hostile("RSS, entities that expand", ".rss", bombs.feed_laughs),
    Hostile("RSS, 3,000,000 empty items", ".xml", bombs.feed_of_nothing),
    Hostile("HTML, 200 MB of nested tags", ".html", nested_tags),
    Hostile("HTML, 40 MB of nested tags", ".html", nested_tags_within_limits),
    Hostile("HTML, nothing closed", ".html", unclosed),
    Hostile("HTML, one line of 40 MB", ".html", one_line),
    Hostile("MHTML, parts in each other", ".mhtml", boundary_lies),
    Hostile("MHTML, noise in UTF-7", ".mht", packed_page_lies),
    Hostile("JSON, five million brackets", ".json", deep_json),
    Hostile("JSON, twelve million lists", ".json", empty_lists),
    Hostile("JSON, packed, 2 GB", ".json.gz", packed_record),
    Hostile("JSONL, a line of 1 GB", ".jsonl", sparse(1_000 * MEGABYTE)),
    Hostile("JSONL, a line of 1 TB", ".jsonl", sparse(1_000_000 * MEGABYTE)),
    Hostile("JSONL, 15,000,000 broken lines", ".jsonl", broken_lines),
    Hostile("JSONL, growing while it is read", ".jsonl", growing),
    Hostile("CSV, NULs", ".csv", nul_table),
    Hostile("CSV, a million columns", ".csv", wide_table),
    Hostile("CSV, a quote that never ends", ".csv", open_quote),
    Hostile("text, 5 GB", ".txt", sparse(5_000 * MEGABYTE)),
    Hostile("text, 40 MB", ".txt", long_text),
    Hostile("text, a letter with 4,000,000 marks", ".txt", marks),
    Hostile("text, a letter with 90,000 marks", ".txt", few_marks),
    Hostile("text, 190,000 broken lines", ".txt", short_lines),
    Hostile("text, UTF-16 noise", ".txt", utf_16_noise),
    Hostile("text, NULs", ".txt", nul_bytes),
    Hostile("Markdown, 90,000 quotations deep", ".md", deep_markdown),
    Hostile("Markdown, 20,000 links in each other", ".md", markdown_references),
    Hostile("a pipe", ".txt", pipe, plain=False),
    Hostile("a device", ".html", device, plain=False),
    Hostile("a link to itself", ".txt", loop, plain=False),
    Hostile("a folder linked into itself", "", folder_loop, plain=False),
    Hostile("a socket", ".txt", listening_socket, plain=False),
)
"""All of them, in the order of the table."""
