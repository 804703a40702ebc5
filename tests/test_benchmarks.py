"""The benchmarks' own arithmetic, and the page that their driver writes. What they measure is not tested."""

from __future__ import annotations

import json
import math
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import replace
from itertools import count
from pathlib import Path

import numpy as np
import pytest

from benchmarks import answers, extraction, fit_refusal, indexing, machine, results, sentences
from benchmarks.made_stories import Made
from benchmarks.tables import Cell, Table, markdown, stem
from rag.answering.signs import Ground, Signs
from rag.embedding import FakeEmbedder
from rag.evaluation.cases import Case
from rag.evaluation.record import Record
from rag.evaluation.statistics import Figure
from rag.settings import Settings
from rag.store import Store
from rag.types import Article, FloatMatrix

TABLE = {"title": "bốn câu", "note": "Đọc từ trái.", "columns": ["cách", "điểm"], "rows": [["một", 0.5]]}


def printing(text: str, *arguments: str) -> list[str]:
    """A command that prints this."""
    return [sys.executable, "-c", f"print({text!r})", *arguments]


def section(page: str, title: str) -> str:
    return page.partition(f"## {title}\n")[2].partition("\n## ")[0]


# ── Tables ────────────────────────────────────────────────────────────────────────────────────────


def test_markdown_aligns_and_says_what_is_not_there() -> None:
    rows: list[list[Cell]] = [
        ["một|hai", Figure(0.5, 0.0123, 9)],
        ["ba", {"value": 412.34, "stderr": 3.21}],
        ["bốn", None],
    ]
    assert markdown(Table("", "Ghi chú.", ["cách", "điểm"], rows)) == (
        "| cách     |          điểm |\n"
        "| -------- | ------------: |\n"
        "| một\\|hai | 0.500 ± 0.012 |\n"
        "| ba       |   412.3 ± 3.2 |\n"
        "| bốn      |             — |\n\n"
        "Ghi chú."
    )


def test_stem_leaves_out_folder_and_all_suffixes() -> None:
    assert stem(Path("/nhà/kho/bao-2017.jsonl.gz")) == "bao-2017"


# ── The page ──────────────────────────────────────────────────────────────────────────────────────


def test_page_has_command_table_note_commit_and_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(machine, "describe", lambda: {"CPU": "Máy thử", "memory": "8.0 GiB"})
    monkeypatch.setattr(machine, "commit", lambda: "abc1234+")
    page = tmp_path / "docs" / "results.md"
    assert results.update(page, {"thử": printing(json.dumps(TABLE))}) == []
    written = page.read_text(encoding="utf-8")
    assert "| CPU       | Máy thử |" in written
    assert "| memory    | 8.0 GiB |" in written
    body = section(written, "bốn câu")
    assert body.startswith("```\npython -c 'print(")
    assert "| một  | 0.500 |" in body
    assert "\n\nĐọc từ trái.\n\n" in body
    assert "commit abc1234+, machine 1." in body


def test_files_appear_by_their_stems(tmp_path: Path) -> None:
    data = tmp_path / "câu hỏi.jsonl.gz"
    data.touch()
    command = ["/opt/venv/bin/python3.11", "-m", "benchmarks.x", str(data), f"--corpus={tmp_path}/kho.jsonl"]
    assert results.described([*command, "--ways", "in place", "ours", "--sample", "60"]) == (
        "python -m benchmarks.x câu hỏi --corpus=kho --ways 'in place' ours --sample 60"
    )
    page = tmp_path / "results.md"
    results.update(page, {"thử": printing(json.dumps(TABLE), str(data))})
    kept = page.read_text(encoding="utf-8") + (tmp_path / "results" / "thử.json").read_text(encoding="utf-8")
    assert str(tmp_path) not in kept
    assert "câu hỏi" in kept


def test_measuring_one_again_keeps_the_others(tmp_path: Path) -> None:
    page = tmp_path / "results.md"
    results.update(
        page,
        {
            "của tôi": printing(json.dumps(TABLE)),
            "copies": printing(json.dumps(TABLE | {"title": "bản sao"})),
        },
    )
    again = TABLE | {"title": "bản sao", "rows": [["hai", 0.75]]}
    results.update(page, {"copies": printing(json.dumps(again))})
    written = page.read_text(encoding="utf-8")
    assert "| hai  | 0.750 |" in section(written, "bản sao")
    assert "| một" not in section(written, "bản sao")
    assert "| một  | 0.500 |" in section(written, "bốn câu")
    assert written.index("## bản sao") < written.index("## bốn câu")  # ours come first


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        ([sys.executable, "-c", "raise SystemExit(2)"], "exit code 2"),
        (printing("không phải JSON"), "printed no table"),
        (printing('{"title": "thiếu cột"}'), "printed no table"),
        (printing(json.dumps(TABLE | {"rows": [["một", [0.5]]]})), "printed no table"),
        (["/không/có/lệnh"], "No such file"),
    ],
)
def test_a_failing_benchmark_is_named_and_its_old_table_stays(
    command: Sequence[str], reason: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "results.md"
    results.update(page, {"hỏng": printing(json.dumps(TABLE))})
    others = printing(json.dumps(TABLE | {"title": "còn lại"}))
    assert results.update(page, {"hỏng": command, "lành": others}) == ["hỏng"]
    said = capsys.readouterr().err
    assert "hỏng: " in said
    assert reason in said
    assert "## bốn câu" in page.read_text(encoding="utf-8")
    assert "## còn lại" in page.read_text(encoding="utf-8")


@pytest.mark.parametrize(("text", "code"), [(json.dumps(TABLE), 0), ("hỏng", 1)])
def test_add_exits_by_whether_there_is_a_table(text: str, code: int, tmp_path: Path) -> None:
    page = tmp_path / "results.md"
    with pytest.raises(SystemExit) as ended:
        results.main(["--out", str(page), "add", "riêng", "--", *printing(text), "--json"])
    assert ended.value.code == code
    assert (tmp_path / "results" / "riêng.json").exists() == (code == 0)


@pytest.mark.parametrize("name", ["retrieval", "../ngoài"])
def test_add_wants_a_name_of_its_own(name: str, tmp_path: Path) -> None:
    with pytest.raises(SystemExit) as ended:
        results.main(["--out", str(tmp_path / "results.md"), "add", name, "--", *printing(json.dumps(TABLE))])
    assert ended.value.code == 2
    assert list(tmp_path.iterdir()) == []


def test_only_chooses_and_alone_renders_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[Sequence[str]] = []
    result = results.Result("lệnh", "2025-01-01", "abc", {"CPU": "x"}, Table(**TABLE))  # type: ignore[arg-type]

    def measure(command: Sequence[str]) -> results.Result:
        ran.append(command)
        return result

    monkeypatch.setattr(results, "measure", measure)
    page = tmp_path / "results.md"
    for arguments in (["--only", "copies", "answers"], ["--only"]):
        with pytest.raises(SystemExit) as ended:
            results.main(["--out", str(page), *arguments])
        assert ended.value.code == 0
    assert [command[2:] for command in ran] == [
        ["benchmarks.copies", "--json"],
        ["benchmarks.answers", "--sample", "60", "--json"],
    ]
    assert page.read_text(encoding="utf-8").count("## bốn câu") == 2


def test_ours_are_modules_that_can_be_run() -> None:
    modules = {file.stem for file in Path(results.__file__).parent.glob("*.py")}
    assert results.OURS.keys() - modules == set()


def test_commit_says_when_the_code_differs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def git(*arguments: str) -> None:
        identity = ["-c", "user.name=a", "-c", "user.email=a@b.example"]
        subprocess.run(["git", *identity, *arguments], cwd=tmp_path, check=True, capture_output=True)

    monkeypatch.setattr(machine, "ROOT", tmp_path)
    assert machine.commit() == ""
    (tmp_path / "rag").mkdir()
    (tmp_path / "rag" / "x.py").write_text("1", encoding="utf-8")
    git("init", "-q")
    git("add", ".")
    git("commit", "-qm", "một")
    clean = machine.commit()
    assert len(clean) >= 7
    (tmp_path / "notes.md").write_text("1", encoding="utf-8")
    assert machine.commit() == clean
    (tmp_path / "rag" / "x.py").write_text("2", encoding="utf-8")
    assert machine.commit() == f"{clean}+"


# ── Answers ───────────────────────────────────────────────────────────────────────────────────────


def test_a_run_of_eval_becomes_a_table() -> None:
    summary = {
        "n": 1200,
        "metrics": {
            "answer.correct": {"value": 0.75, "stderr": 0.0125, "n": 1200},
            "citation.recall": {"value": None, "stderr": None, "n": 0},
        },
        "settings": {
            "llm": "/nhà/mô-hình/qwen-4b.gguf",
            "embedder": "e5-small",
            "unaccented": True,
            "drop_gold": False,
        },
    }
    places = [
        "/nhà/viquad.jsonl.gz:1",
        "/nhà/viquad.jsonl.gz:2",
        "/nhà/squad.json:data[0].paragraphs[0].qas[1]",
    ]
    records = [Record(Case(str(i), "Ai?", place=place)) for i, place in enumerate(places)]
    made = answers.table(summary, records, [["all of it, s", 61.5, 1200]])
    assert made.title == "answers: viquad + squad, 1,200 questions, no accents, qwen-4b.gguf and e5-small"
    assert made.rows == [
        ["answer.correct", summary["metrics"]["answer.correct"], 1200],  # type: ignore[index]
        ["all of it, s", 61.5, 1200],
    ]


def test_an_unfinished_run_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["answers", "--run", str(tmp_path)])
    with pytest.raises(SystemExit) as ended:
        answers.main()
    assert ended.value.code == 2


# ── Sentences ─────────────────────────────────────────────────────────────────────────────────────


def test_boundaries_are_counted_in_visible_letters() -> None:
    wanted = ["Ông đến. ", "Bà\nđi. ", "Xong."]
    assert sentences.boundaries(wanted) == {7, 12}
    assert sentences.boundaries(["Ông đến.", "Bà đi.", "Xong."]) == {7, 12}
    assert sentences.boundaries(["Một câu."]) == set()
    assert sentences.counted(wanted, ["Ông", "đến.", "Bà đi. Xong."]) == (1, 2, 2)


def test_splitters_are_held_against_the_same_gold() -> None:
    blocks = sentences.gold("# lời dẫn\nÔng đến. │Bà đi.\n\nMột. │Hai. │Ba.\n")
    assert blocks == [["Ông đến. ", "Bà đi."], ["Một. ", "Hai. ", "Ba."]]
    made = sentences.compare(blocks, {"mọi chỗ": str.split, "không chỗ": lambda text: [text]})
    every, never = made.rows
    assert made.title.startswith("sentences, 5 in 2 blocks")
    assert [cell.value for cell in every[1:4] if isinstance(cell, Figure)] == pytest.approx([3 / 5, 1, 3 / 4])
    assert never[2] == Figure(0.0, 0.0, 2)


def test_a_rival_that_is_missing_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "syntok", None)
    monkeypatch.setattr(sys, "argv", ["sentences", "--json"])
    with pytest.raises(SystemExit) as ended:
        sentences.main()
    assert ended.value.code == 2
    shown = capsys.readouterr()
    assert "pip install -e '.[bench]'" in shown.err
    assert shown.out == ""


# ── Extraction ────────────────────────────────────────────────────────────────────────────────────


def test_what_an_extractor_found_is_judged() -> None:
    made = Made(
        name="trang",
        suffix=".html",
        content=b"",
        title="Cầu mới thông xe",
        body=("Cầu dài 486 m.", "Dân hai xã rất vui."),
        day="2024-03-12",
        author="Hà Lam - Vi Khôi",
        links=("Bến đò ngừng chạy",),
        comments=("Hay quá",),
    )
    body = "Cầu mới thông xe\nCầu dài 486 m.\nBến đò ngừng chạy"
    score = extraction.score(extraction.Found(body, "Cầu mới", None, "Vi Khôi, Hà Lam"), made)
    assert score.body == 2 * 4 / (8 + 9)
    assert (score.title, score.author) == (0.0, 1.0)
    assert math.isnan(score.day)
    assert (score.lost, score.captions, score.links, score.comments) == (1, 0, 1, 0)


def test_a_tool_has_no_figure_for_what_it_does_not_say(tmp_path: Path) -> None:
    made = Made("trang", ".html", b"", "T", ("Một câu.",), "2024-03-12", "Hà Lam")
    table = extraction.compare([made], {"tool": lambda path: extraction.Found("Một câu.", "T", None, "")})
    (row,) = table.rows
    one = Figure(1.0, 0.0, 1)
    assert row == ["web page: tool", 1, one, one, None, Figure(0.0, 0.0, 1), 0, 0, 0, 0]


# ── Indexing ──────────────────────────────────────────────────────────────────────────────────────


def test_indexing_is_searched_by_words_before_vectors_are_there(
    tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    searched, numbers = threading.Semaphore(0), count(1)
    finds = indexing.finds

    def noticed(store: Store, title: str) -> bool:
        found = finds(store, title)
        searched.release()
        return found

    class Waiting(FakeEmbedder):
        """Goes on after three searches: two of them are over for certain."""

        def embed_passages(self, texts: Sequence[str]) -> FloatMatrix:
            assert all(searched.acquire(timeout=60) for _ in range(3))
            return super().embed_passages(texts)

    articles = (
        Article(f"bài-{n}", f"Chuyện thứ {n} ở xã An Thuận", f"Vụ này lúa đạt {n} tấn mỗi hecta.")
        for n in numbers
    )
    monkeypatch.setattr(indexing, "PAUSE", 0.01)
    monkeypatch.setattr(indexing, "finds", noticed)
    rows = indexing.measure(articles, 5, 2, tmp_path / "chỉ mục", Waiting(), settings)
    figures = {str(row[0]): row[1] for row in rows}
    assert next(numbers) == 8
    assert figures["articles"] == figures["passages"] == 5
    assert "adding 2 more articles, s" in figures
    assert figures["stories that several articles carry"] == figures["… articles that carry them"] == 0
    searches = figures["searches by words while vectors were missing"]
    assert isinstance(searches, int)
    assert searches >= 2
    assert figures["… that found the article"] == searches
    words, vectors = figures["until all words can be searched, s"], figures["until all vectors are there, s"]
    assert isinstance(words, float)
    assert isinstance(vectors, float)
    assert 0 < words < vectors


def test_searches_that_ended_after_the_last_vector_do_not_count() -> None:
    found, late = indexing.Search(1.0, 1.5, found=True), indexing.Search(1.9, 2.1, found=True)
    timing = indexing.Timing(2.0, [indexing.Search(0.5, 0.9, found=False), found, late])
    assert timing.during == [timing.searches[0], found]
    assert timing.words == 1.5


# ── Refusal ───────────────────────────────────────────────────────────────────────────────────────


def row(case: str, kind: str, *, names: float, meaning: float = 0.85, file: str = "a") -> fit_refusal.Row:
    ground = Ground(meaning, 0.5, names, times=1.0, numbers=1.0, asked=1.0, passage=0.4, article="x")
    poor = replace(ground, meaning=0.5)
    return fit_refusal.Row(file, case, kind, Signs((poor, ground), 0.3))


def questions(count: int = 40) -> list[fit_refusal.Row]:
    """Answerable when the evidence has the names, but for one in ten; cosines say nothing."""
    return [
        row(str(n), kind, names=float((kind == "answerable") == (n % 10 > 0)), meaning=0.8 + n % 7 / 50)
        for n in range(count)
        for kind in ("answerable", "hidden")
    ]


def test_the_fit_finds_the_sign_that_tells_and_is_calibrated() -> None:
    data = fit_refusal.Data.of(questions())
    weights, margin, _ = fit_refusal.fit(data, np.ones(80, dtype=bool))
    named = dict(zip(fit_refusal.NAMES, weights, strict=True))
    assert named["names"] > 3
    assert min(*weights, margin) >= 0
    crossed = fit_refusal.held_out(data, [data.fold == fold for fold in range(fit_refusal.FOLDS)])
    sure = crossed > 0.5
    assert data.label[sure].mean() == 0.9
    assert crossed[sure].mean() == pytest.approx(0.9, abs=0.06)  # held back by the ridge, so few questions
    blind = fit_refusal.fit(data, np.ones(80, dtype=bool), ["meaning"])[0]
    assert dict(zip(fit_refusal.NAMES, blind, strict=True))["names"] == 0


def test_both_conditions_of_a_question_are_in_one_fold() -> None:
    fold = fit_refusal.Data.of(questions()).fold
    assert (fold[::2] == fold[1::2]).all()


def test_files_and_labels_weigh_the_same_and_edited_questions_nothing() -> None:
    rows = [
        row("1", "answerable", names=1.0),
        row("1", "hidden", names=0.0),
        row("2", "edited", names=1.0),
        *(row(str(n), "answerable", names=1.0, file="b") for n in (1, 2)),
        row("1", "hidden", names=0.0, file="b"),
        row("3", "refuse", names=0.0, file="b"),
    ]
    assert fit_refusal.Data.of(rows).weight == pytest.approx(np.array([4, 4, 0, 2, 2, 2, 2]) * 7 / 16)


def test_signs_are_kept_as_numbers(tmp_path: Path) -> None:
    rows = questions(2)
    fit_refusal.keep(tmp_path / "new" / "a.json", rows)
    assert fit_refusal.kept(tmp_path / "new" / "a.json") == rows
