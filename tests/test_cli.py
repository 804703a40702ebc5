"""The contract of the command line: exit codes, one JSON object on stdout, one line of trouble on stderr."""

from __future__ import annotations

import io
import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click
import platformdirs
import pytest

from rag import __version__, assemble, cli
from rag.cli import main
from rag.embedding import FakeEmbedder
from rag.generation import ScriptedGenerator
from rag.reranking import FakeReranker
from rag.settings import Settings
from rag.store import Store
from rag.texts import text
from rag.web import passwords

BRIDGE = (
    "Khởi công cầu Sông Mây\n\n"
    "Sáng 15/3, tỉnh Hà Trung Sơn khởi công cầu Sông Mây. Cầu dài 486 m, rộng 12 m, có hai làn xe.\n\n"
    "Ông Vi Văn Thắng, Phó Chủ tịch UBND tỉnh, cho biết tổng mức đầu tư là 347 tỷ đồng.\n"
)
RICE = {
    "id": "lua",
    "title": "Lúa HS18 được mùa",
    "body": "Vụ đông xuân, giống lúa HS18 đạt 7,2 tấn mỗi hecta. Bà Lò Thị Én trồng 3 ha ở xã An Thuận.",
    "published": "2022-06-01",
    "source": "Thời báo Ví Dụ",
}
QUESTION = "Cầu Sông Mây dài bao nhiêu?"
LENGTH = "Cầu dài 486 m, rộng 12 m, có hai làn xe."
GENERATOR = assemble.generator
HIT_KEYS = {
    "rank", "score", "article_id", "passage_id", "title", "published", "source", "text", "start", "end",
}  # fmt: skip


class Result:
    """What a run of the command left behind."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err

    @property
    def json(self) -> dict[str, Any]:
        """stdout, which holds one JSON object on one line and nothing else."""
        assert self.out.endswith("\n")
        assert self.out.count("\n") == 1
        value = json.loads(self.out)
        assert isinstance(value, dict)
        return value


class Hoibao:
    """The command, run in this process with models that are fakes."""

    def __init__(self, capsys: pytest.CaptureFixture[str], folder: Path) -> None:
        self._capsys = capsys
        self.folder = folder
        self.index = folder / "chỉ mục"

    def __call__(self, *arguments: object) -> Result:
        self._capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main([str(argument) for argument in arguments])
        out, err = self._capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return Result(ended.value.code, out, err)

    def refuses(self, *arguments: object) -> str:
        """The one line that a command which cannot be done leaves on stderr."""
        result = self(*arguments)
        assert (result.code, result.out) == (2, "")
        assert result.err.count("\n") == 1
        assert result.err.startswith("Lỗi: ")
        return result.err.removeprefix("Lỗi: ").rstrip("\n")

    def write(self, name: str, content: str | bytes) -> Path:
        file = self.folder / "bài báo" / name
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        return file


@pytest.fixture
def models(monkeypatch: pytest.MonkeyPatch) -> ScriptedGenerator:
    """Fakes in the place of both models; the LLM says one thing that holds and one that does not."""
    generator = ScriptedGenerator(lambda _: "Cầu dài 486 m [9]. Cầu do Nhật Bản tài trợ.")
    monkeypatch.setattr(assemble, "embedder", lambda settings: FakeEmbedder())
    monkeypatch.setattr(assemble, "generator", lambda settings: generator)
    return generator


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Hoibao:
    """The command on a machine without settings, models or articles."""
    for variable in (*(v for v in os.environ if v.startswith("HOIBAO_")), "FORCE_COLOR"):
        monkeypatch.delenv(variable, raising=False)
    for place in ("user_config_dir", "user_cache_dir"):
        monkeypatch.setattr(platformdirs, place, lambda *_, **__: str(tmp_path / "own"))
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("HOIBAO_INDEX", str(tmp_path / "chỉ mục"))
    monkeypatch.setenv("HOIBAO_STRICTNESS", "0")  # the fake embedder knows nothing of what suffices
    return Hoibao(capsys, tmp_path)


@pytest.fixture
def hoibao(bare: Hoibao, models: ScriptedGenerator) -> Hoibao:
    """… with fake models and two articles in the index."""
    bare.write("cau.txt", BRIDGE)
    bare.write("lua.jsonl", json.dumps(RICE, ensure_ascii=False))
    assert bare("index", "add", bare.folder / "bài báo", "--json").json == {
        "added": 2, "replaced": 0, "unchanged": 0, "removed": 0, "skipped": [], "notes": [],
    }  # fmt: skip
    return bare


def stored_text(hoibao: Hoibao, article_id: str) -> str:
    store = Store.open(hoibao.index)
    try:
        with store.snapshot() as snapshot:
            return snapshot.article(article_id).text
    finally:
        store.close()


# ── Help ──────────────────────────────────────────────────────────────────────────────────────────


def every_command(
    group: click.Group, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    for name, command in group.commands.items():
        yield (*path, name), command
        if isinstance(command, click.Group):
            yield from every_command(command, (*path, name))


COMMANDS = dict(every_command(cli.commands))


def test_these_are_the_commands() -> None:
    assert sorted(" ".join(path) for path in COMMANDS) == [
        "ask", "doctor", "eval", "index", "index add", "index backup", "index list", "index rebuild",
        "index remove", "index restore", "index status", "index verify", "password", "search", "serve",
        "setup",
    ]  # fmt: skip


@pytest.mark.parametrize("path", [(), *COMMANDS], ids=" ".join)
def test_help_of_every_command(bare: Hoibao, path: tuple[str, ...]) -> None:
    result = bare(*path, "--help")
    assert (result.code, result.err) == (0, "")
    assert result.out.startswith(f"Usage: hoibao{''.join(f' {name}' for name in path)} ")


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_every_command_and_option_is_documented(path: tuple[str, ...]) -> None:
    command = COMMANDS[path]
    assert command.help == text("cli." + "_".join(path))
    options = [parameter for parameter in command.params if isinstance(parameter, click.Option)]
    assert [option.name for option in options if not option.help] == []
    if not isinstance(command, click.Group):
        assert {"--index", "--json"} <= {name for option in options for name in option.opts}


def test_every_command_is_in_the_first_help(bare: Hoibao) -> None:
    result = bare("--help")
    for path in COMMANDS:
        if len(path) == 1:
            assert re.search(rf"^  {path[0]} +\w", result.out, re.MULTILINE), path


def test_version(bare: Hoibao) -> None:
    result = bare("--version")
    assert (result.code, result.out) == (0, f"hoibao, version {__version__}\n")


def test_the_module_is_the_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "rag", "--version"], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout == f"hoibao, version {__version__}\n"


# ── index ─────────────────────────────────────────────────────────────────────────────────────────


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


# ── search, ask ───────────────────────────────────────────────────────────────────────────────────


def test_search(hoibao: Hoibao) -> None:
    result = hoibao("search", QUESTION, "--json")
    assert (result.code, result.err) == (0, "")
    found = result.json
    assert {"question", "understood", "hits", "timings"} <= set(found)
    assert found["question"] == QUESTION
    assert found["understood"] == {
        "text": QUESTION,
        "accents_restored": False,
        "period": None,
        "notes": [],
    }
    assert list(found["timings"]) == ["retrieve"]
    assert [(hit["rank"], hit["article_id"], hit["passage_id"]) for hit in found["hits"]] == [
        (1, "cau", "cau#0"),
        (2, "lua", "lua#0"),
    ]
    for hit in found["hits"]:
        assert set(hit) >= HIT_KEYS
        assert hit["text"] == stored_text(hoibao, hit["article_id"])[hit["start"] : hit["end"]]


def test_search_without_accents_says_how_it_was_understood(hoibao: Hoibao) -> None:
    understood = hoibao("search", "cau Song May dai bao nhieu", "--json").json["understood"]
    assert understood["accents_restored"] is True
    assert understood["text"].lower().startswith("cầu sông mây dài")


def test_search_says_what_the_reader_has_to_know(hoibao: Hoibao) -> None:
    note = "Không có bài nào viết nguyên văn “cầu dây văng”; đã tìm theo từng từ."
    question = "Bài nào viết “cầu dây văng”?"
    assert hoibao("search", question, "--json").json["understood"]["notes"] == [note]
    assert note in hoibao("search", question).out
    assert note in hoibao("ask", question, "--no-llm").out


def test_what_yesterday_counts_from_is_a_setting(hoibao: Hoibao, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOIBAO_TODAY", "2021-03-17")
    asked = hoibao("search", "Hôm qua khởi công cầu nào?", "--json").json
    assert asked["understood"]["period"] == {"from": "2021-03-16", "to": "2021-03-16"}
    assert [hit["article_id"] for hit in asked["hits"]] == ["cau"]


def test_search_is_limited_by_count_period_and_source(hoibao: Hoibao) -> None:
    assert len(hoibao("search", QUESTION, "-k", 1, "--json").json["hits"]) == 1
    dated = hoibao("search", QUESTION, "--from", "2022-06-01", "--to", "30/06/2022", "--json").json
    assert dated["understood"]["period"] == {"from": "2022-06-01", "to": "2022-06-30"}
    earlier = hoibao("search", QUESTION, "--to", "2022-05-31", "--json").json
    assert earlier["understood"]["period"] == {"from": None, "to": "2022-05-31"}
    assert [hit["article_id"] for hit in earlier["hits"]] == ["cau"]  # of no known day: never hidden
    sourced = hoibao("search", QUESTION, "--source", "thoi bao vi du", "--json").json
    assert [hit["article_id"] for hit in sourced["hits"]] == ["lua"]


def test_search_for_eyes(hoibao: Hoibao) -> None:
    lines = hoibao("search", QUESTION, "-k", 1).out.splitlines()
    assert lines[0].startswith("1. Khởi công cầu Sông Mây (1.000: dense ")
    whole = stored_text(hoibao, "cau")
    assert lines[1] == f"   cau#0 [0:{len(whole)}]"
    assert lines[2] == f"   {' '.join(whole.split())}"


@pytest.mark.parametrize("question", ["Cầu Sông Mây dài bao nhiêu mét?", "cau song may dai bao nhieu met"])
def test_search_shows_the_words_a_hit_was_found_by(
    hoibao: Hoibao, monkeypatch: pytest.MonkeyPatch, question: str
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    out = hoibao("search", question, "-k", 1).out
    bold = re.findall(r"\x1b\[1m(.*?)\x1b\[0m", out)
    assert bold[:4] == ["1. ", "cầu", "Sông", "Mây"]
    assert "dài" in bold
    assert {word.lower() for word in bold[1:]} == {"cầu", "sông", "mây", "dài"}


def test_search_names_the_terms_a_hit_was_found_by(hoibao: Hoibao) -> None:
    (best,) = hoibao("search", "Cầu Sông Mây ở đâu?", "-k", 1, "--json").json["hits"]
    assert best["matched"] == ["cầu", "cầu sông", "sông", "sông mây", "mây"]
    (folded,) = hoibao("search", "cau song may o dau", "-k", 1, "--json").json["hits"]
    assert folded["matched"] == ["cau", "cau song", "song", "song may", "may", "dau"]  # đầu tư


def test_search_says_who_else_carries_a_story(hoibao: Hoibao, tmp_path: Path) -> None:
    folder = tmp_path / "hai báo"
    folder.mkdir()
    body = "Đội cứu hộ xã Bản Lè đưa được bảy người mắc kẹt bên kia suối về nhà an toàn lúc nửa đêm."
    for name, paper in (("mot", "Nhật báo Minh Họa"), ("hai", "Thời báo Ví Dụ")):
        article = {"id": name, "title": "Cứu bảy người ở Bản Lè", "body": body, "source": paper}
        (folder / f"{name}.json").write_text(json.dumps(article), encoding="utf-8")
    assert hoibao("index", "add", folder).code == 0
    (best,) = hoibao("search", "Đội cứu hộ Bản Lè", "-k", 1, "--json").json["hits"]
    other = "Thời báo Ví Dụ" if best["article_id"] == "mot" else "Nhật báo Minh Họa"
    assert [(copy["title"], copy["published"], copy["source"]) for copy in best["copies"]] == [
        ("Cứu bảy người ở Bản Lè", None, other)
    ]
    lines = hoibao("search", "Đội cứu hộ Bản Lè", "-k", 1).out.splitlines()
    assert lines[1].endswith(" · 2 báo cùng đưa tin")


def test_ask(hoibao: Hoibao) -> None:
    result = hoibao("ask", QUESTION, "--json")
    assert (result.code, result.err) == (0, "")
    answer = result.json
    assert {
        "question", "answer", "abstained", "citations", "sentences", "hits", "model", "timings",
    } <= set(answer)  # fmt: skip
    assert (answer["question"], answer["answer"], answer["abstained"]) == (
        QUESTION,
        "Cầu dài 486 m. [1]",
        False,
    )
    assert answer["model"] == "scripted"
    assert answer["sentences"] == [{"text": "Cầu dài 486 m.", "citations": [1], "supported": True}]
    assert set(answer["timings"]) == {"retrieve", "first_evidence", "first_token", "total"}
    assert set(answer["hits"][0]) >= HIT_KEYS
    (citation,) = answer["citations"]
    assert citation == {
        "number": 1,
        "article_id": "cau",
        "title": "Khởi công cầu Sông Mây",
        "published": None,
        "source": None,
        "quote": LENGTH,
        "start": citation["start"],
        "end": citation["end"],
    }
    assert stored_text(hoibao, "cau")[citation["start"] : citation["end"]] == LENGTH


def test_ask_without_the_model_quotes(hoibao: Hoibao, models: ScriptedGenerator) -> None:
    answer = hoibao("ask", QUESTION, "--no-llm", "--json").json
    assert answer["model"] == "none"
    assert answer["citations"][0]["quote"] == LENGTH
    assert answer["timings"]["first_token"] is None
    for citation in answer["citations"]:
        source = stored_text(hoibao, citation["article_id"])
        assert source[citation["start"] : citation["end"]] == citation["quote"]
    assert models.prompts == []


def test_ask_that_is_refused(hoibao: Hoibao, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOIBAO_STRICTNESS", "1")
    result = hoibao("ask", "Giá vàng thế giới hôm nay?", "--json")
    answer = result.json
    assert (result.code, answer["abstained"], answer["citations"], answer["sentences"]) == (0, True, [], [])
    assert answer["answer"].startswith("Không tìm thấy")
    assert {hit["article_id"] for hit in answer["hits"]} == {"cau", "lua"}


def test_ask_with_history(hoibao: Hoibao, models: ScriptedGenerator) -> None:
    turns = [
        {"role": "user", "content": "Ai cho biết tổng mức đầu tư?"},
        {"role": "assistant", "content": "Ông Vi Văn Thắng cho biết. [1]"},
    ]
    history = hoibao.write("history.json", json.dumps(turns))
    answer = hoibao("ask", "Ông ấy giữ chức gì?", "--history", history, "--json").json
    assert answer["question"] == "Ông ấy giữ chức gì?"
    assert answer["understood"]["text"] == "Vi Văn Thắng giữ chức gì?"
    assert [turn["role"] for turn in models.prompts[0]] == ["system", "user"]
    assert models.prompts[0][-1]["content"].endswith("Câu hỏi: Vi Văn Thắng giữ chức gì?")


def test_ask_for_eyes_streams_and_then_cites(hoibao: Hoibao) -> None:
    result = hoibao("ask", QUESTION)
    assert (result.code, result.err) == (0, "")
    streamed, _, finished = result.out.partition("Cầu dài 486 m [9]. Cầu do Nhật Bản tài trợ.")
    assert streamed.startswith(f"{text('cli.evidence')}\n  “{LENGTH}” — Khởi công cầu Sông Mây\n")
    held_back = text("answer.withheld", count=1)
    assert finished.split("\n", 2)[2].startswith(f"Cầu dài 486 m. [1]\n{held_back}\n  [1] “{LENGTH}”\n")


def test_without_a_question_a_conversation_opens(hoibao: Hoibao, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = iter([QUESTION, "thoát"])
    monkeypatch.setattr("builtins.input", lambda prompt: next(lines))
    result = hoibao("ask")
    assert (result.code, result.err) == (0, text("cli.chat_welcome") + "\n")
    assert "Cầu dài 486 m. [1]" in result.out


# ── eval, doctor, serve ───────────────────────────────────────────────────────────────────────────

CASES: list[Mapping[str, object]] = [
    {"id": "dai", "question": QUESTION, "answers": [["486 m"]], "articles": ["cau"], "tags": ["so"]},
    {"id": "tan", "question": "Giống lúa HS18 đạt bao nhiêu?", "answers": [["8 tấn"]], "articles": ["lua"]},
]


@pytest.fixture
def cases(hoibao: Hoibao) -> Path:
    lines = (json.dumps(case, ensure_ascii=False) for case in CASES)
    file = hoibao.folder / "câu hỏi.jsonl"
    file.write_text("\n".join(lines), encoding="utf-8")
    return file


def test_eval(hoibao: Hoibao, cases: Path) -> None:
    result = hoibao("eval", cases, "--json")
    assert (result.code, result.err) == (0, "")
    report = result.json
    assert {"n", "metrics", "slices", "settings", "fingerprint"} <= set(report)
    assert report["n"] == 2
    assert report["metrics"]["answer.correct"]["n"] == 2
    assert set(report["metrics"]["answer.correct"]) == {"value", "stderr", "n"}
    assert report["metrics"]["answer.correct"]["value"] == 0.5  # no article tells of 8 tonnes
    assert report["metrics"]["citation.verbatim"]["value"] == 1.0
    assert report["slices"]["so"]["answer.correct"]["value"] == 1.0
    assert set(report["metrics"]) >= {
        *(f"retrieval.{name}" for name in ("recall@1", "recall@3", "recall@5", "recall@10")),
        *("retrieval.mrr@10", "retrieval.ndcg@10"),
        *(f"answer.{name}" for name in ("correct", "f1", "exact", "contains")),
        *("evidence.contains", "citation.precision", "citation.recall", "citation.verbatim"),
        *(f"refusal.{name}" for name in ("precision", "recall", "wrong_answer_rate", "auc")),
        "language.vietnamese",
        *(
            f"latency.{stage}.{share}"
            for stage in ("first_evidence", "first_token", "total")
            for share in ("p50", "p95")
        ),
    }


def test_eval_of_a_corpus_leaves_the_own_index_alone(
    hoibao: Hoibao, cases: Path, models: ScriptedGenerator
) -> None:
    other = hoibao.folder / "none"
    arguments = ("eval", cases, "--corpus", hoibao.folder / "bài báo", "--retrieval-only")
    report = hoibao(*arguments, "--index", other, "--json").json
    assert report["metrics"]["retrieval.recall@1"] == {"value": 1.0, "stderr": 0.0, "n": 2}
    assert "answer.correct" not in report["metrics"]
    assert not other.exists()
    assert models.prompts == []
    (cached,) = (hoibao.folder / "own" / "eval").iterdir()
    assert (cached / "complete").exists()
    again = hoibao(*arguments, "--index", other, "--json").json
    assert again["fingerprint"] == report["fingerprint"]


def test_eval_of_a_squad_file_brings_its_own_articles(hoibao: Hoibao) -> None:
    context = "Hồ Lá Xanh rộng 40 ha. Hồ sâu 6 m."
    record = {
        "id": "q", "title": "Hồ", "context": context, "question": "Hồ Lá Xanh rộng bao nhiêu?",
        "answers": [{"text": "40 ha", "answer_start": 15}], "is_impossible": False,
    }  # fmt: skip
    file = hoibao.folder / "squad.jsonl"
    file.write_text(json.dumps(record, ensure_ascii=False), encoding="utf-8")
    report = hoibao("eval", file, "--retrieval-only", "--json").json
    assert report["metrics"]["retrieval.mrr@10"]["value"] == 1.0


def test_eval_gate_says_no_with_exit_code_1(hoibao: Hoibao, cases: Path) -> None:
    good = hoibao("eval", cases, "--json", "--fail-under", "answer.correct=0.5")
    assert (good.code, good.err) == (0, "")
    bad = hoibao(
        "eval", cases, "--json", "--fail-under", "answer.correct=0.9", "--fail-under", "latency.total.p50=60"
    )
    assert bad.code == 1
    assert bad.json["n"] == 2
    assert bad.err == text("eval.gate_failed", metric="answer.correct", value="0.5", bound="0.9") + "\n"


def test_eval_compares_with_an_earlier_run(hoibao: Hoibao, cases: Path) -> None:
    out = hoibao.folder / "lượt 1"
    assert hoibao("eval", cases, "--out", out).code == 0
    compared = hoibao("eval", cases, "--compare", out, "--json").json["comparison"]
    assert compared["differences"]["answer.correct"]["before"] == 0.5
    assert "answer.correct" in hoibao("eval", cases, "--compare", out).out


def test_eval_says_no_to_a_significant_loss(hoibao: Hoibao) -> None:
    lines = [json.dumps({**CASES[1], "id": str(number)}, ensure_ascii=False) for number in range(20)]
    cases = hoibao.write("hai muoi.jsonl", "\n".join(lines))
    out = hoibao.folder / "lượt"
    assert hoibao("eval", cases, "--out", out).code == 0
    summary = json.loads((out / "summary.json").read_text(encoding="utf-8"))
    for case in summary["cases"].values():
        case["scores"]["answer.correct"] = 1.0  # as if all of them had once been right
    baseline = hoibao.write("baseline.json", json.dumps(summary))
    result = hoibao("eval", cases, "--compare", baseline, "--json")
    assert (result.code, result.json["comparison"]["regressions"]) == (1, ["answer.correct"])
    line = text("eval.regressed", metric="answer.correct", before="1.000", after="0.000", p="1.9e-06")
    assert result.err == line + "\n"


def test_eval_names_what_is_wrong_with_its_input(hoibao: Hoibao, cases: Path) -> None:
    assert hoibao.refuses("eval", "none.jsonl") == text("eval.no_file", path="none.jsonl")
    assert "answer.korrekt" in hoibao.refuses("eval", cases, "--fail-under", "answer.korrekt=1")
    assert "answer.correct=x" in hoibao.refuses("eval", cases, "--fail-under", "answer.correct=x")
    empty = hoibao.write("trong.jsonl", "")
    assert hoibao.refuses("eval", empty) == text("eval.empty_file", path=empty)
    broken = hoibao.write("hong.jsonl", '{"id": "a"}\n{"id": ')
    assert f"{broken}:1" in hoibao.refuses("eval", broken)


def test_eval_never_falls_back_to_the_own_index(hoibao: Hoibao, cases: Path) -> None:
    unreadable = hoibao.write("trong.txt", "")
    result = hoibao("eval", cases, "--corpus", unreadable)
    assert (result.code, result.out) == (2, "")
    assert result.err.splitlines() == [
        text("articles.empty_file", path=unreadable),
        "Lỗi: " + text("eval.empty_corpus", paths=unreadable),
    ]


def test_doctor(hoibao: Hoibao) -> None:
    result = hoibao("doctor", "--json")
    assert result.code == 1  # the weights are not there
    assert result.json["healthy"] is False
    findings = {finding["name"]: finding for finding in result.json["findings"]}
    assert findings["Mô hình nhúng"] == {
        "name": "Mô hình nhúng",
        "good": False,
        "detail": text("models.missing", name="multilingual-e5-small", folder=Settings.load().models),
    }
    assert findings["Chỉ mục"]["detail"] == f"2 bài, 2 đoạn ở {hoibao.index}"
    assert "✗ Mô hình nhúng: " in hoibao("doctor").out


def test_setup_of_a_server_has_nothing_to_fetch(bare: Hoibao, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOIBAO_LLM", "http://127.0.0.1:9/v1#model")
    monkeypatch.setenv("HOIBAO_EMBEDDER", str(bare.folder))  # a path of one's own is never fetched
    result = bare("setup", "--json")
    assert (result.code, result.json) == (
        0,
        {"models": [{"name": str(bare.folder), "path": str(bare.folder)}]},
    )


def test_setup_fetches_the_reranker_too_when_one_is_set(
    bare: Hoibao, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted: list[str] = []
    monkeypatch.setattr("rag.models.ensure", lambda name, *_, **__: wanted.append(name))
    for name in ("EMBEDDER", "LLM", "RERANKER"):
        monkeypatch.setenv(f"HOIBAO_{name}", f"owner/{name.lower()}")
    assert [m["name"] for m in bare("setup", "--json").json["models"]] == wanted
    assert wanted == ["owner/embedder", "owner/llm", "owner/reranker"]


def test_search_shows_what_a_reranker_costs(hoibao: Hoibao, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rag.assemble.reranker", lambda _: FakeReranker())
    found = hoibao("search", QUESTION, "-k", 1, "--json").json
    assert found["timings"]["rerank"] == 0.25
    assert set(found["hits"][0]["scores"]) == {"dense", "lexical", "rerank"}
    result = hoibao("search", QUESTION, "-k", 1)
    assert "· rerank " in result.out
    assert result.err == "Xếp hạng lại mất 0.25 giây.\n"


def test_serve_tells_its_address_when_it_answers(hoibao: Hoibao, monkeypatch: pytest.MonkeyPatch) -> None:
    def announced(load: object, settings: Settings, *, open_browser: bool, announce: Any) -> None:
        assert (settings.host, settings.port, open_browser) == ("127.0.0.1", 7861, False)
        announce("http://127.0.0.1:7861")

    monkeypatch.setattr("rag.web.serve.serve", announced)
    assert hoibao("serve", "--port", 7861, "--json").json == {"url": "http://127.0.0.1:7861"}
    for_eyes = hoibao("serve", "--port", 7861)
    assert for_eyes.err == text("cli.serving", url="http://127.0.0.1:7861") + "\n"


def test_a_port_in_use(hoibao: Hoibao) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        expected = text("web.port_in_use", port=port, other=port + 1)
        assert hoibao.refuses("serve", "--port", port) == expected
        assert hoibao.refuses("serve", "--port", port, "--json") == expected


# ── Articles that cannot be read ──────────────────────────────────────────────────────────────────


def test_a_path_that_leads_nowhere(hoibao: Hoibao) -> None:
    nowhere = hoibao.folder / "không có.txt"
    assert hoibao.refuses("index", "add", nowhere, "--json") == text("articles.unknown_path", path=nowhere)


@pytest.mark.parametrize(
    ("name", "content", "key"),
    [
        ("trong.txt", b"", "articles.empty_file"),
        ("trang.txt", b" \n\t\n", "articles.empty_file"),
        ("anh.txt", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "articles.binary_file"),
    ],
)
def test_a_file_that_holds_no_article(hoibao: Hoibao, name: str, content: bytes, key: str) -> None:
    file = hoibao.write(name, content)
    alone = hoibao("index", "add", file)
    assert (alone.code, alone.out) == (2, "")
    assert alone.err.splitlines()[0] == text(key, path=file)
    among_others = hoibao("index", "add", file.parent, "--json")
    assert (among_others.code, among_others.err) == (0, text(key, path=file) + "\n")
    assert among_others.json == {
        "added": 0, "replaced": 0, "unchanged": 2, "removed": 0,
        "skipped": [text(key, path=file)], "notes": [],
    }  # fmt: skip


def test_a_broken_line_is_named_and_the_others_are_read(hoibao: Hoibao) -> None:
    good = json.dumps({"id": "cho", "title": "Chợ Bến Cỏ", "body": "Chợ Bến Cỏ họp phiên đầu tiên."})
    file = hoibao.write("nhieu.jsonl", f'{good}\n{{"id": "hong", \n[]\n')
    result = hoibao("index", "add", file, "--json")
    assert (result.code, result.json["added"]) == (0, 1)
    broken, no_record = result.json["skipped"]
    assert broken.startswith(f"Bỏ qua dòng 2 của {file}: ")
    assert no_record == text("articles.no_record", path=file, number=3)
    assert result.err == f"{broken}\n{no_record}\n"


# ── Questions, histories and periods that cannot be used ──────────────────────────────────────────


@pytest.mark.parametrize("command", ["ask", "search"])
@pytest.mark.parametrize(
    ("question", "message"),
    [
        ("", text("errors.empty_question", language="vi")),
        (" \n", text("errors.empty_question", language="vi")),
        ("a" * 50_000, text("errors.long_question", language="vi", length=50_000, limit=2_000)),
    ],
    ids=["empty", "blank", "long"],
)
def test_questions_that_cannot_be_asked(hoibao: Hoibao, command: str, question: str, message: str) -> None:
    assert hoibao.refuses(command, question) == message
    assert hoibao.refuses(command, question, "--json") == message


def test_json_needs_a_question(hoibao: Hoibao) -> None:
    assert hoibao.refuses("ask", "--json") == text("errors.empty_question")


def test_histories_that_cannot_be_read(hoibao: Hoibao) -> None:
    missing = hoibao.folder / "none.json"
    assert str(missing) in hoibao.refuses("ask", QUESTION, "--history", missing, "--json")
    broken = hoibao.write("hong.json", "[{")
    assert str(broken) in hoibao.refuses("ask", QUESTION, "--history", broken, "--json")
    shape = hoibao.write("dang.json", '{"role": "user", "content": "a"}')
    expected = text("errors.history_shape", path=shape)
    assert hoibao.refuses("ask", QUESTION, "--history", shape, "--json") == expected


@pytest.mark.parametrize("command", ["ask", "search"])
def test_a_period_that_runs_backwards(hoibao: Hoibao, command: str) -> None:
    message = hoibao.refuses(command, QUESTION, "--from", "2022-02-01", "--to", "31/01/2022", "--json")
    assert message == text("errors.period_backwards", start="2022-02-01", end="2022-01-31")


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("search", QUESTION, "--from", "hôm qua"), "hôm qua"),
        (("search", QUESTION, "-k", "0"), "-k"),
        (("search", QUESTION, "--frm", "2022-01-01"), "--frm"),
        (("serch", QUESTION), "serch"),
        (("index", "add"), "PATHS"),
        (("index", "remove", "không có"), "không có"),
    ],
)
def test_options_that_do_not_exist_or_fit(hoibao: Hoibao, arguments: tuple[str, ...], named: str) -> None:
    assert named in hoibao.refuses(*arguments)


# ── What is missing ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "arguments",
    [
        ("ask", QUESTION),
        ("search", QUESTION),
        ("index", "list"),
        ("index", "status"),
        ("index", "verify"),
        ("index", "rebuild"),
        ("index", "remove", "x"),
    ],
    ids=" ".join,
)
def test_an_index_that_is_not_there(
    bare: Hoibao, models: ScriptedGenerator, arguments: tuple[str, ...]
) -> None:
    nowhere = bare.folder / "đâu đó"
    message = bare.refuses(*arguments, "--index", nowhere, "--json")
    assert message == text("index.missing", folder=nowhere)
    assert not nowhere.exists()


def test_a_missing_embedder_leaves_no_index_behind(bare: Hoibao) -> None:
    message = bare.refuses("index", "add", bare.write("cau.txt", BRIDGE), "--json")
    assert message == text("models.missing", name="multilingual-e5-small", folder=Settings.load().models)
    assert not bare.index.exists()


def test_a_missing_language_model(hoibao: Hoibao, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assemble, "generator", GENERATOR)
    monkeypatch.setenv("HOIBAO_MODELS", str(hoibao.folder / "models"))
    message = hoibao.refuses("ask", QUESTION, "--json")
    name = "qwen2.5-coder-1.5b-instruct-q4_k_m"
    assert message == text("models.missing", name=name, folder=hoibao.folder / "models")
    monkeypatch.setenv("HOIBAO_LLM", "./none.gguf")
    assert "./none.gguf" in hoibao.refuses("ask", QUESTION, "--json")
    assert hoibao("ask", QUESTION, "--no-llm", "--json").json["citations"][0]["quote"] == LENGTH


@pytest.mark.parametrize(
    "arguments",
    [("ask", QUESTION), ("search", QUESTION), ("index", "add", "{folder}/bài báo")],
    ids=lambda arguments: " ".join(arguments[:2]),
)
def test_an_index_made_by_another_embedder(
    hoibao: Hoibao, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    monkeypatch.setattr(assemble, "embedder", lambda settings: FakeEmbedder(dimension=32))
    message = hoibao.refuses(*(argument.format(folder=hoibao.folder) for argument in arguments), "--json")
    assert str(hoibao.index) in message
    assert message.endswith("Hãy chạy: hoibao index rebuild")


def test_rebuild_takes_over_to_another_embedder(hoibao: Hoibao, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assemble, "embedder", lambda settings: FakeEmbedder(dimension=32))
    assert hoibao("index", "rebuild", "--json").json["pending_vectors"] == 0
    assert hoibao("ask", QUESTION, "--json").json["answer"] == "Cầu dài 486 m. [1]"


# ── Settings ──────────────────────────────────────────────────────────────────────────────────────


def test_settings_that_do_not_exist_or_fit(bare: Hoibao, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOIBAO_HITZ", "3")
    message = bare.refuses("index", "list", "--json")
    assert message.startswith("Không có cài đặt nào tên hitz (ở HOIBAO_HITZ). ")
    monkeypatch.delenv("HOIBAO_HITZ")
    monkeypatch.setenv("HOIBAO_PORT", "tám")
    assert bare.refuses("index", "list") == text(
        "errors.bad_setting", name="port", origin="HOIBAO_PORT", value="tám", kind="int"
    )


def test_the_language_is_no_setting(hoibao: Hoibao, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOIBAO_LANG", "en")
    result = hoibao("ask", "", "--json")
    assert (result.code, result.err) == (2, f"Error: {text('errors.empty_question')}\n")
    assert "Type one" in result.err


# ── Bugs and interruptions ────────────────────────────────────────────────────────────────────────


def test_a_bug_keeps_its_traceback(hoibao: Hoibao, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(settings: Settings) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(assemble, "generator", broken)
    with pytest.raises(RuntimeError, match="a bug"):
        main(["ask", QUESTION, "--json"])


def test_ctrl_c(hoibao: Hoibao, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(settings: Settings) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(assemble, "embedder", interrupted)
    result = hoibao("ask", QUESTION, "--json")
    # The line break ends the line on which the terminal shows ^C.
    assert (result.code, result.out, result.err) == (130, "", f"\n{text('cli.interrupted')}\n")


# ── Passwords ─────────────────────────────────────────────────────────────────────────────────────


def test_a_password_is_set_replaced_and_taken_back(bare: Hoibao, monkeypatch: pytest.MonkeyPatch) -> None:
    file = bare.folder / "own" / "passwords"  # where `serve` looks, too
    for typed in ("mười hai con giáp\n", "một câu khác hẳn\n"):
        monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
        assert bare("password", "lan", "--stdin", "--json").json == {
            "name": "lan",
            "file": str(file),
            "removed": False,
        }
    entries = passwords.read(file)
    assert (list(entries), entries["lan"].fits("một câu khác hẳn")) == (["lan"], True)
    assert passwords.in_force(None) == file
    assert bare("password", "lan", "--remove").err == f"Đã bỏ lan khỏi {file}.\n"
    assert passwords.in_force(None) is None
    assert "Không đọc được tệp mật khẩu" in bare.refuses("password", "lan", "--remove")


def test_a_password_is_typed_twice_and_not_shown(bare: Hoibao, monkeypatch: pytest.MonkeyPatch) -> None:
    typed = iter(["mười hai con giáp", "mười hai con giáp", "một câu khác hẳn", "một câu khác hắn"])
    monkeypatch.setattr("click.termui.hidden_prompt_func", lambda prompt: next(typed))
    file = bare.folder / "mật khẩu"
    assert bare("password", "lan", "--file", file).code == 0
    assert passwords.read(file)["lan"].fits("mười hai con giáp")
    assert bare("password", "lan", "--file", file).err.endswith(
        "Lỗi: Hai lần gõ không giống nhau. Hãy chạy lại lệnh.\n"
    )
    assert passwords.read(file)["lan"].fits("mười hai con giáp")


def test_serve_opens_nothing_to_the_network_without_passwords(bare: Hoibao) -> None:
    assert bare.refuses("serve", "--host", "192.0.2.7") == (
        "Máy khác trong mạng sẽ vào được 192.0.2.7, nên trước hết phải có mật khẩu. "
        "Hãy tạo một tên: hoibao password TÊN"
    )
