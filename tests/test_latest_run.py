from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from rag.evaluation.latest import latest_run
from rag.web.pages import figures
from rag.web.scorecard import REPORT_ADDRESS, scorecard

METRICS = {
    "answer.correct": {"value": 0.8125, "stderr": 0.02, "n": 40},
    "latency.total.p50": {"value": 3.25, "stderr": None, "n": 40},
    "refusal.recall": {"value": None, "stderr": None, "n": 0},
    "unknown.metric": {"value": 1.0, "stderr": 0.0, "n": 1},
}


def written(folder: Path, seconds: int, content: str | None = None) -> Path:
    folder.mkdir(parents=True)
    summary = folder / "summary.json"
    summary.write_text(content or json.dumps({"n": 40, "metrics": METRICS}), encoding="utf-8")
    os.utime(summary, (seconds, seconds))
    return folder


def test_the_run_that_was_finished_last(tmp_path: Path) -> None:
    written(tmp_path / "cũ", 1_700_000_000)
    newer = written(tmp_path / "mới", 1_700_600_000)
    (newer / "report.html").write_text("<p>", encoding="utf-8")
    written(tmp_path / "hỏng", 1_800_000_000, '{"n": 1, "metrics": []}')
    (tmp_path / "dở dang").mkdir()
    run = latest_run([tmp_path, tmp_path / "không có"])
    assert run is not None
    assert (run.folder, run.questions, run.report) == (newer, 40, newer / "report.html")
    assert sorted(run.metrics) == ["answer.correct", "latency.total.p50"]
    assert run.metrics["answer.correct"].value == 0.8125


@pytest.mark.parametrize("content", ["[]", "{", '{"n": "x", "metrics": {}}', '{"metrics": {}}', "1" * 5_000])
def test_what_is_no_summary_is_passed_over(tmp_path: Path, content: str) -> None:
    written(tmp_path / "a", 1_700_000_000, content)
    assert latest_run([tmp_path]) is None


def test_the_scorecard_says_what_each_figure_means(tmp_path: Path) -> None:
    written(tmp_path / "a", 1_700_049_600)  # noon in London
    html = scorecard(latest_run([tmp_path]))
    assert "40 câu hỏi có đáp án, chạy xong ngày 15/11/2023" in html
    assert '<th scope="row">Câu trả lời có đủ mọi ý</th>' in html
    assert "81,2 % ± 3,9" in html
    assert "3,25 s" in html
    assert REPORT_ADDRESS not in html  # there is no page to open
    assert "Chưa có lần chấm nào" in scorecard(None)


def test_the_report_may_do_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from fastapi import FastAPI

    monkeypatch.setattr("rag.evaluation.latest.run_folders", lambda: (tmp_path,))
    app = FastAPI()
    app.include_router(figures.router())
    client = TestClient(app)
    assert client.get(REPORT_ADDRESS).status_code == 404
    folder = written(tmp_path / "a", 1_700_000_000)
    (folder / "report.html").write_text("<p>Bảng điểm", encoding="utf-8")
    answered = client.get(REPORT_ADDRESS)
    assert answered.text == "<p>Bảng điểm"
    assert answered.headers["content-type"] == "text/html; charset=utf-8"
    rules = answered.headers["content-security-policy"]
    assert rules == "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:"
