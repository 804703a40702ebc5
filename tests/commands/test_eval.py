"""`hoibao eval`: reports, gates and comparisons."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from command_line import QUESTION, Hoibao

from rag.generation import ScriptedGenerator
from rag.texts import text

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
