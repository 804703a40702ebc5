"""What is kept on disk of what was read."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from rag.heads import KEPT, Heads


@pytest.fixture
def heads(tmp_path: Path) -> Heads:
    model = tmp_path / "mô hình.gguf"
    model.write_bytes(b"GGUF")
    return Heads(tmp_path / "heads", model)


def test_what_was_kept_comes_back(heads: Heads) -> None:
    assert heads.load([1, 2]) is None
    heads.save([1, 2], "trạng thái".encode())
    assert heads.load([1, 2]) == "trạng thái".encode()
    assert heads.load([1, 2, 3]) is None


def test_a_damaged_or_cut_file_is_not_used(heads: Heads) -> None:
    heads.save([1], b"state")
    (file,) = heads.folder.iterdir()
    whole = file.read_bytes()
    for damaged in (whole[:-1], whole[:10], b"", bytes([whole[0] ^ 1]) + whole[1:], whole[:-1] + b"x"):
        file.write_bytes(damaged)
        assert heads.load([1]) is None


def test_another_model_under_the_same_name_has_none(heads: Heads) -> None:
    heads.save([1], b"state")
    heads.model.write_bytes(b"GGUF, another")
    assert heads.load([1]) is None


def test_the_oldest_goes(heads: Heads) -> None:
    for number in range(KEPT + 1):
        heads.save([number], b"state %d" % number)
        for file in heads.folder.iterdir():  # all a second older
            os.utime(file, (file.stat().st_atime, file.stat().st_mtime - 1))
    kept = [heads.load([number]) for number in range(KEPT + 1)]
    assert kept == [None, *(b"state %d" % number for number in range(1, KEPT + 1))]


def test_a_folder_that_cannot_be_written_is_no_fault(tmp_path: Path, heads: Heads) -> None:
    blocked = Heads(tmp_path / "mô hình.gguf" / "heads", heads.model)
    blocked.save([1], b"state")
    assert blocked.load([1]) is None
