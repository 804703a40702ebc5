from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from rag.errors import ArticleError, HoiBaoError, InputError, StoreError
from rag.web import uploads as uploads_module
from rag.web.uploads import Uploads, safe_name

DROP = "0123456789abcdef" * 2


@pytest.fixture
def uploads(tmp_path: Path) -> Uploads:
    return Uploads(tmp_path / "tải lên")


def receive(uploads: Uploads, name: str, content: bytes = b"Tin.", drop: str = DROP) -> None:
    with uploads.receiving(drop, name, len(content)) as file:
        file.write(content)


def contents(folder: Path) -> dict[str, bytes]:
    """All files under a folder by their path in it."""
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("Tin sáng thứ Hai.txt", "Tin sáng thứ Hai.txt"),
        ("../../etc/passwd.txt", "passwd.txt"),
        ("C:\\Users\\a\\Đất đai.JSON", "Đất đai.json"),
        ("..", "_"),
        (".bí mật.txt", "bí mật.txt"),
        ("a:b*c?.html", "a b c.html"),
        ("con.txt", "_con.txt"),
        ("LPT1.jsonl.gz", "_LPT1.jsonl.gz"),
        (".txt", "_.txt"),
        ("dấu chấm. .txt", "dấu chấm.txt"),
        ("a\u202egnp.txt", "agnp.txt"),
        ("hoa\u0300.txt", "hoà.txt"),
        ("ă" * 300 + ".json.gz", "ă" * 60 + ".json.gz"),
    ],
)
def test_names_become_safe_and_stay_readable(name: str, safe: str) -> None:
    assert safe_name(name) == safe


def test_a_drop_is_kept_in_the_folder_of_its_collection(uploads: Uploads) -> None:
    receive(uploads, "hai.txt", b"Hai.")
    receive(uploads, "../một.txt", "Một.".encode())
    kept = uploads.keep(DROP, "Báo tỉnh")
    assert kept == [uploads.folder / "Báo tỉnh" / "hai.txt", uploads.folder / "Báo tỉnh" / "một.txt"]
    assert contents(uploads.folder) == {"Báo tỉnh/hai.txt": b"Hai.", "Báo tỉnh/một.txt": "Một.".encode()}


def test_a_taken_name_gets_a_number_and_the_same_file_is_kept_once(uploads: Uploads) -> None:
    for number, content in enumerate([b"A", b"B", b"A", b"B"]):
        receive(uploads, "tin.json.gz", content, drop=f"{number:032x}")
    folder = uploads.folder / "default"
    kept = [uploads.keep(f"{number:032x}", "default") for number in range(4)]
    assert kept == [
        [folder / "tin.json.gz"],
        [folder / "tin (2).json.gz"],
        [folder / "tin.json.gz"],
        [folder / "tin (2).json.gz"],
    ]
    assert contents(folder) == {"tin.json.gz": b"A", "tin (2).json.gz": b"B"}


def test_two_of_one_name_in_a_drop_are_both_kept(uploads: Uploads) -> None:
    receive(uploads, "a/tin.txt", b"A")
    receive(uploads, "b/tin.txt", b"B")
    assert sorted(file.name for file in uploads.keep(DROP, "default")) == ["tin (2).txt", "tin.txt"]


@pytest.mark.parametrize("drop", ["", "x" * 32, "../" + "0" * 29, "0" * 31, "0" * 33, "A" * 32])
def test_a_drop_has_a_name_of_digits(uploads: Uploads, drop: str) -> None:
    with pytest.raises(InputError):
        receive(uploads, "tin.txt", drop=drop)
    with pytest.raises(InputError):
        uploads.keep(drop, "default")
    assert not uploads.folder.exists()


@pytest.mark.parametrize("name", ["trojan.exe", "tin.txt.exe", "không đuôi", "a.py"])
def test_unknown_types_are_refused_by_name_with_those_there_are(uploads: Uploads, name: str) -> None:
    with pytest.raises(ArticleError) as raised:
        receive(uploads, name)
    assert str(raised.value).startswith(f"Không đọc được {name}: đuôi tệp lạ.")
    assert ".jsonl.gz" in str(raised.value)
    assert not uploads.folder.exists()


def test_too_large_is_refused_before_and_while_it_comes(
    uploads: Uploads, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads_module, "MAX_FILE_BYTES", 1_000_000)
    with pytest.raises(ArticleError, match=r"tin\.txt: lớn hơn 1 MB"):
        receive(uploads, "tin.txt", b"x" * 1_000_001)
    with uploads.receiving(DROP, "tin.txt", 5) as file:
        file.write(b"x" * 1_000_000)
        with pytest.raises(ArticleError, match=r"tin\.txt: lớn hơn 1 MB"):
            file.write(b"x")
    assert list(contents(uploads.folder).values()) == [b"x" * 1_000_000]  # what more comes is not written


def test_a_drop_has_so_many_files(uploads: Uploads, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads_module, "MAX_FILES", 2)
    receive(uploads, "1.txt")
    receive(uploads, "2.txt")
    with pytest.raises(InputError, match="nhiều nhất 2 tệp"):
        receive(uploads, "3.txt")
    assert [file.name for file in uploads.keep(DROP, "default")] == ["1.txt", "2.txt"]


def test_a_nearly_full_disk_takes_nothing(uploads: Uploads, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads_module, "LEAST_FREE", 10**18)
    with pytest.raises(StoreError, match="sắp đầy"):
        receive(uploads, "tin.txt")


def test_a_disk_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "tệp").write_text("")
    with pytest.raises(StoreError, match=r"Không ghi được vào .*tệp"):
        receive(Uploads(tmp_path / "tệp"), "tin.txt")


def test_an_interrupted_file_leaves_nothing(uploads: Uploads) -> None:
    receiving = uploads.receiving(DROP, "tin.txt")
    receiving.__enter__().write(b"x")
    assert len(contents(uploads.folder)) == 1
    lost = ConnectionError()
    assert receiving.__exit__(ConnectionError, lost, None) is False
    assert contents(uploads.folder) == {}
    assert uploads.keep(DROP, "default") == []


def test_discarded_files_come_back_also_when_their_name_is_taken(uploads: Uploads) -> None:
    receive(uploads, "tin.txt", b"A")
    (old,) = uploads.keep(DROP, "default")
    moved = uploads.discard([old])
    assert not old.exists()
    receive(uploads, "tin.txt", b"B")
    uploads.keep(DROP, "default")
    assert uploads.bring_back(moved) == {old: old.with_name("tin (2).txt")}
    assert contents(uploads.folder) == {"default/tin (2).txt": b"A", "default/tin.txt": b"B"}


def test_only_its_own_files_are_touched(uploads: Uploads, tmp_path: Path) -> None:
    other = tmp_path / "bài của tôi.txt"
    other.write_text("Tin.")
    sly = uploads.folder / ".." / "bài của tôi.txt"
    uploads.folder.mkdir()
    assert uploads.discard([other, sly]) == []
    uploads.remove([other, sly])
    assert other.read_text() == "Tin."


def test_what_was_forgotten_is_swept_away_after_a_day(uploads: Uploads) -> None:
    old, young = "a" * 32, "b" * 32
    for drop in (old, young):
        receive(uploads, "tin.txt", drop=drop)
    yesterday = time.time() - 90_000
    os.utime(uploads.folder / ".incoming" / old, (yesterday, yesterday))
    receive(uploads, "tin.txt")
    assert sorted(entry.name for entry in (uploads.folder / ".incoming").iterdir()) == [DROP, young]


def test_the_route(uploads: Uploads) -> None:
    from fastapi import FastAPI

    from rag.web.api import _refused
    from rag.web.receiving import router

    app = FastAPI()
    app.include_router(router(uploads))
    app.add_exception_handler(HoiBaoError, _refused)
    client = TestClient(app)
    where = {"drop": DROP, "name": "Tin sáng.txt"}
    assert client.put("/upload", params=where, content=b"Tin.").status_code == 201
    refused = client.put("/upload", params={**where, "name": "a.exe"}, content=b"x")
    assert refused.status_code == 400
    assert refused.json()["error"]["message"].startswith("Không đọc được a.exe: đuôi tệp lạ.")
    assert uploads.keep(DROP, "default") == [uploads.folder / "default" / "Tin sáng.txt"]
