"""What cannot be done: exit code 2, one line on stderr that names the trouble and the cure, nothing lost."""

from __future__ import annotations

import json

import pytest
from command_line import BRIDGE, LENGTH, QUESTION, Hoibao

from rag import assemble
from rag.cli import main
from rag.embedding import FakeEmbedder
from rag.generation import ScriptedGenerator
from rag.settings import Settings
from rag.texts import text

GENERATOR = assemble.generator


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
