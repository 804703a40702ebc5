"""`hoibao index`: exit codes, one JSON object on stdout, what eyes see on stderr."""

from __future__ import annotations

import pytest
from command_line import BRIDGE, RICE, Hoibao, stored_text

from rag.texts import text


def test_the_index_follows_the_files(hoibao: Hoibao) -> None:
    folder = hoibao.folder / "bài báo"
    same = {"added": 0, "replaced": 0, "unchanged": 2, "removed": 0, "skipped": [], "notes": []}
    assert hoibao("index", "add", folder, "--json").json == same
    hoibao.write("cau.txt", BRIDGE.replace("486", "512"))
    (folder / "lua.jsonl").unlink()
    hoibao.write("moi.txt", "Tin mới\n\nChợ Bến Cỏ họp phiên đầu tiên trong năm.\n")
    changed = {"added": 1, "replaced": 1, "unchanged": 0, "removed": 1, "skipped": [], "notes": []}
    assert hoibao("index", "add", folder, "--json").json == changed
    assert "512" in stored_text(hoibao, "cau")


def test_index_add_for_eyes_counts_on_stderr(hoibao: Hoibao) -> None:
    result = hoibao("index", "add", hoibao.folder / "bài báo")
    assert (result.code, result.out) == (0, "")
    assert result.err == text("cli.summary", added=0, replaced=0, unchanged=2, removed=0, skipped=0) + "\n"


def test_index_list(hoibao: Hoibao) -> None:
    result = hoibao("index", "list", "--json")
    assert (result.code, result.err) == (0, "")
    assert result.json == {
        "articles": [
            {
                "article_id": "lua",
                "title": "Lúa HS18 được mùa",
                "published": "2022-06-01",
                "source": "Thời báo Ví Dụ",
                "published_from": None,
                "path": str(hoibao.folder / "bài báo" / "lua.jsonl"),
            },
            {
                "article_id": "cau",
                "title": "Khởi công cầu Sông Mây",
                "published": None,
                "source": None,
                "published_from": None,
                "path": str(hoibao.folder / "bài báo" / "cau.txt"),
            },
        ]
    }
    for_eyes = hoibao("index", "list")
    assert "01/06/2022" in for_eyes.out
    assert "cau" in for_eyes.out


def test_index_status(hoibao: Hoibao) -> None:
    status = hoibao("index", "status", "--json").json
    assert {name: status[name] for name in ("articles", "passages", "pending_vectors", "healthy")} == {
        "articles": 2, "passages": 2, "pending_vectors": 0, "healthy": True,
    }  # fmt: skip
    assert status["embedder"] == "multilingual-e5-small"
    assert status["sequence"] > 0
    assert status["bytes"] > 10_000
    assert set(status) == {
        "articles", "passages", "sequence", "pending_vectors", "embedder", "bytes", "healthy",
    }  # fmt: skip
    assert hoibao("index", "status").out.splitlines()[0].split() == ["Số", "bài", "2"]


def test_index_verify_says_no_with_exit_code_1(hoibao: Hoibao) -> None:
    whole = hoibao("index", "verify", "--json")
    assert (whole.code, whole.json) == (0, {"healthy": True, "problems": []})
    assert hoibao("index", "verify").err == text("cli.verify_good") + "\n"
    faiss = next(file for file in hoibao.index.iterdir() if file.name.endswith(".faiss"))
    faiss.write_bytes(faiss.read_bytes()[:-1] + b"\0\0")
    damaged = hoibao("index", "verify", "--json")
    assert (damaged.code, damaged.json["healthy"]) == (1, False)
    assert damaged.json["problems"] == [f"{faiss.name}: {text('index.derived_untrusted')}"]
    assert hoibao("index", "verify").err.endswith(text("cli.verify_bad", count=1) + "\n")


def test_index_rebuild_mends_what_is_derived(hoibao: Hoibao) -> None:
    faiss = next(file for file in hoibao.index.iterdir() if file.name.endswith(".faiss"))
    faiss.write_bytes(b"damaged")
    assert hoibao("index", "rebuild", "--json").json["healthy"] is True
    assert hoibao("index", "verify").code == 0


def test_index_backup_and_restore(hoibao: Hoibao) -> None:
    file = hoibao.folder / "bản sao.zip"
    saved = hoibao("index", "backup", file, "--json").json
    assert set(saved) == {"file", "kind", "format", "sequence", "articles", "bytes", "sha256"}
    assert (saved["file"], saved["articles"]) == (str(file), 2)
    hoibao("index", "remove", "lua")
    restored = hoibao("index", "restore", file, "--json").json
    assert restored.pop("index") == str(hoibao.index)
    assert restored.pop("set_aside") is None
    assert restored | {"file": str(file)} == saved
    assert stored_text(hoibao, "lua") == RICE["body"]


def test_index_backup_and_restore_for_eyes(hoibao: Hoibao) -> None:
    file = hoibao.folder / "bản sao.zip"
    made = hoibao("index", "backup", file)
    assert (made.code, made.out) == (0, "")
    assert made.err == text("cli.backed_up", articles=2, file=file) + "\n"
    (hoibao.index / "articles.sqlite").write_bytes(b"x" * 5_000)
    restored = hoibao("index", "restore", file)
    assert (restored.code, restored.out) == (0, "")
    aside = hoibao.index / "articles.sqlite.damaged"
    assert restored.err.splitlines() == [
        text("cli.restored", articles=2, folder=hoibao.index), text("cli.set_aside", file=aside),
    ]  # fmt: skip
    assert hoibao.refuses("index", "restore", aside) == text("backup.foreign", file=aside)


@pytest.mark.parametrize("target", ["lua", "{folder}/bài báo/lua.jsonl"])
def test_index_remove_by_id_or_path(hoibao: Hoibao, target: str) -> None:
    result = hoibao("index", "remove", target.format(folder=hoibao.folder), "--json")
    assert (result.code, result.json) == (0, {"removed": ["lua"]})
    found = hoibao("search", "giống lúa HS18", "--json").json["hits"]
    assert [hit["article_id"] for hit in found] == ["cau"]


def test_index_remove_for_eyes(hoibao: Hoibao) -> None:
    assert hoibao("index", "remove", "lua").err == text("cli.removed", count=1) + "\n"
