"""What the benchmarks of hostile files, fuzzing and offline running count, on traces that we wrote."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from benchmarks import fuzz, hostile, made_bombs, made_hostile, offline
from benchmarks.hostile import VECTORS, Asked, Taken
from benchmarks.made_seeds import MAKERS, seeds

TRACE = """\
812 socket(AF_INET, SOCK_STREAM|SOCK_CLOEXEC, IPPROTO_IP) = 5
812 connect(5, {sa_family=AF_INET, sin_port=htons(7861), sin_addr=inet_addr("127.0.0.1")}, 16) = 0
812 connect(6, {sa_family=AF_UNIX, sun_path="/run/x"}, 9) = -1 ENOENT (No such file or directory)
813 connect(7, {sa_family=AF_INET, sin_port=htons(53), sin_addr=inet_addr("10.0.0.2")}, 16 <unfinished ...>
813 <... connect resumed>) = -1 ENETUNREACH (Network is unreachable)
813 sendto(7, "x", 1, 0, {sa_family=AF_INET, sin_port=htons(53), sin_addr=inet_addr("8.8.8.8")}, 16) = 1
814 connect(8, {sa_family=AF_INET6, sin6_port=htons(80), inet_pton(AF_INET6, "::1", &sin6_addr)}, 28) = 0
814 connect(8, {sa_family=AF_INET6, inet_pton(AF_INET6, "2001:db8::1", &sin6_addr)}, 28) = 0
814 recvmsg(9, {msg_name={sa_family=AF_INET, sin_port=htons(1), sin_addr=inet_addr("9.9.9.9")}}, 0) = 1
"""
SAID = """\
#2\tINITED cov: 60 ft: 61 corp: 1/10b exec/s: 0 rss: 61Mb
#2048\tpulse  cov: 259 ft: 336 corp: 25/68b lim: 4 exec/s: 341 rss: 61Mb
#3571\tDONE   cov: 261 ft: 352 corp: 27/73b lim: 4 exec/s: 272 rss: 61Mb
"""


def test_connections_are_told_by_where_they_go() -> None:
    assert offline.calls(TRACE.splitlines()) == {"all": 8, "here": 3, "elsewhere": 3}


@pytest.mark.parametrize(
    ("content", "expected"),
    [(b'{"citations": [{"number": 1}]}', True), (b'{"citations": []}', False), (b"{}", False), (b"<", False)],
)
def test_an_answer_has_citations(content: bytes, expected: bool) -> None:
    assert offline.is_answer(content) is expected


def test_the_last_figures_of_a_run_count() -> None:
    assert fuzz.what_it_did(SAID) == fuzz.Run(inputs=3571, branches=261, kept=27)
    assert fuzz.what_it_did("Traceback") == fuzz.Run(0, 0, 0)


def test_findings_are_counted_without_their_tracebacks(tmp_path: Path) -> None:
    for name in ("error-1", "error-1.txt", "error-2", "timeout-3"):
        (tmp_path / name).touch()
    assert [fuzz.count(tmp_path, kind) for kind in ("error", "crash", "timeout")] == [2, 0, 1]


def test_the_longest_answer_is_one_that_overlaps() -> None:
    asked = Asked([(0.0, 0.5), (1.0, 1.25), (2.0, 5.0)])
    assert [asked.longest(*span) for span in ((0.2, 1.1), (1.1, 1.2), (1.5, 1.9), (4.0, 6.0))] == [
        0.5,
        0.25,
        0.0,
        3.0,
    ]


def test_hostile_and_sound_files_have_their_rows() -> None:
    bad, good = Path("/h/00.zip"), Path("/h/a.md")
    taken = [
        Taken(good, "1 read", 0.0, 0.5, 50_000_000),
        Taken(bad, "zip_bomb", 0.5, 2.0, 90_000_000),
        Taken(VECTORS, "", 2.0, 3.0, 60_000_000),
    ]
    asked = Asked([(0.6, 0.9)])
    made = hostile.table(taken, {bad: "ZIP, a bomb"}, asked, 60_000_000, 0.25)
    assert made.rows == [
        ["ZIP, a bomb", "zip_bomb", 1.5, 30.0, pytest.approx(0.3)],
        ["sound files", "1 of 1 read", 0.5, 0.0, 0.0],
        ["vectors of all of it", "", 1.0, 0.0, 0.0],
        ["1 hostile files: the most", "", 1.5, 30.0, pytest.approx(0.3)],
    ]


def test_there_are_more_than_thirty_kinds_and_each_has_a_name() -> None:
    names = [kind.what for kind in made_hostile.KINDS]
    assert len(set(names)) == len(names) >= 30


def test_archives_lie_as_they_are_said_to(tmp_path: Path) -> None:
    made_bombs.overlapping(tmp_path / "a.zip")
    made_bombs.lying_sizes(tmp_path / "b.zip")
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        entries = archive.infolist()
    assert (len(entries), {entry.header_offset for entry in entries}) == (5_000, {0})
    with zipfile.ZipFile(tmp_path / "b.zip") as archive:
        assert [entry.file_size for entry in archive.infolist()] == [10, 40_000_000]


@pytest.mark.parametrize("reader", [name for name in MAKERS if name != "html"])
def test_seeds_are_small_and_always_the_same(reader: str) -> None:
    made = seeds(reader)
    assert made == seeds(reader)
    assert all(0 < len(seed) <= 60_000 for seed in made)
