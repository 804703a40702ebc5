from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from scripted_assistant import ARTICLES, CASES, LINES, REFUSAL, Line, ScriptedAssistant, case

from rag.errors import InputError
from rag.evaluation import plots
from rag.evaluation.cases import Case
from rag.evaluation.compare import compare, load_run
from rag.evaluation.record import Outcome, Record
from rag.evaluation.report import failing, figure_text, highlight, refusal_curve, render, write_report
from rag.evaluation.runner import Options, run
from rag.evaluation.statistics import Figure
from rag.evaluation.summary import Report
from rag.texts import catalogue
from rag.types import Answer

WORSE = LINES | {
    CASES[2].question: Line(
        (("Giám đốc <i>Trần Văn Nam</i> nói 41.300 ha.", "mua-lua", "diện tích gieo trồng là 41.300 ha."),),
        ("giai-chay", "mua-lua"),
        0.4,
    ),
    CASES[3].question: Line((), ("thu-vien",), 0.05),
}


def evaluate(lines: dict[str, Line], out: Path | None = None, cases: tuple[Case, ...] = CASES) -> Report:
    assistant = ScriptedAssistant(lines)
    return run(cases, assistant, Options(), out, clock=assistant.clock)


# ── Comparing ─────────────────────────────────────────────────────────────────────────────────────


def test_wins_and_losses_case_by_case(tmp_path: Path) -> None:
    evaluate(dict(LINES), tmp_path / "before")
    comparison = compare(load_run(tmp_path / "before"), evaluate(WORSE))
    assert (comparison.n, comparison.wins) == (6, ())
    assert [change.after.case.id for change in comparison.losses] == ["lua", "sach"]
    assert comparison.losses[0].before.record is not None
    assert comparison.losses[0].before.record.answer == "Năng suất lúa vụ đông xuân đạt 6,85 tấn/ha. [1]"
    assert comparison.p == 0.5
    right = comparison.differences["outcome.right"]
    assert (right.before, right.p) == (1.0, 0.5)
    assert right.after == pytest.approx(4 / 6)
    assert comparison.regressions == ()
    back = compare(load_run(tmp_path / "before"), evaluate(dict(LINES)))
    assert (back.wins, back.losses, back.p) == ((), (), 1.0)


def test_a_kept_summary_is_enough_to_compare_with(tmp_path: Path) -> None:
    evaluate(WORSE, tmp_path / "run")
    shutil.copy(tmp_path / "run" / "summary.json", tmp_path / "baseline.json")
    comparison = compare(load_run(tmp_path / "baseline.json"), evaluate(dict(LINES)))
    assert [change.after.case.id for change in comparison.wins] == ["lua", "sach"]
    assert comparison.wins[0].before.record is None
    printed = json.loads(json.dumps(comparison.to_json()))
    assert (printed["wins"], printed["losses"], printed["p"]) == (["lua", "sach"], [], 0.5)
    assert sorted(printed["differences"]["answer.correct"]) == ["after", "before", "high", "low", "n", "p"]


def test_a_significant_loss_is_a_regression(tmp_path: Path) -> None:
    question = CASES[2].question
    many = tuple(replace(CASES[2], id=str(number)) for number in range(20))
    evaluate(dict(LINES), tmp_path, many)
    refused = compare(load_run(tmp_path), evaluate({question: Line()}, cases=many))
    assert refused.regressions == (
        "outcome.right",
        "answer.correct",
        "evidence.contains",
        "retrieval.ndcg@10",
    )
    better = compare(load_run(tmp_path), evaluate(dict(LINES), cases=many))
    assert better.regressions == ()


def test_runs_of_retrieval_alone_are_compared_by_ranking(tmp_path: Path) -> None:
    options = Options(retrieval_only=True)
    run(CASES, ScriptedAssistant(LINES), options, tmp_path)
    after = run(CASES, ScriptedAssistant(WORSE), options)
    comparison = compare(load_run(tmp_path), after)
    assert [change.after.case.id for change in comparison.losses] == ["lua"]
    assert comparison.p == 1.0


def test_runs_that_cannot_be_compared(tmp_path: Path) -> None:
    evaluate(dict(LINES), tmp_path / "run")
    with pytest.raises(InputError, match="không có câu nào chung"):
        compare(load_run(tmp_path / "run"), evaluate({}, cases=(case("other", "?"),)))
    with pytest.raises(InputError, match="không phải một lượt đánh giá dùng được"):
        load_run(tmp_path / "missing")
    (tmp_path / "bad.json").write_text("[]", encoding="utf-8")
    with pytest.raises(InputError, match="không phải một lượt đánh giá dùng được"):
        load_run(tmp_path / "bad.json")


# ── The page ──────────────────────────────────────────────────────────────────────────────────────


class Page(HTMLParser):
    """Collects tags, texts, and everything that a browser would load."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.loaded: list[str] = []
        self.texts: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.loaded += [value or "" for name, value in attrs if name in ("src", "href", "srcset", "action")]

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def test_the_page_is_whole_and_loads_nothing(tmp_path: Path) -> None:
    evaluate(dict(LINES), tmp_path)
    report = evaluate(WORSE)
    file = write_report(tmp_path, report, compare(load_run(tmp_path), report))
    html = file.read_text(encoding="utf-8")
    page = Page(html)
    assert file.name == "report.html"
    assert page.loaded == ["data:,"]
    assert "script" not in page.tags
    assert re.findall(r"url\(|@import|https?:", html) == []
    texts = " ".join(" ".join(page.texts).split())
    for expected in (
        "Kết quả bộ câu hỏi kiểm tra",
        "answer.correct",
        "50,0 % ± 56,6",
        "Kém đi (2)",
        "Trả lời sai (1)",
        "Từ chối dù trả lời được (1)",
        "Năng suất lúa đạt bao nhiêu?",
        "Giám đốc <i>Trần Văn Nam</i> nói 41.300 ha.",
        REFUSAL,
    ):
        assert expected in texts, expected


def test_hostile_text_stays_text() -> None:
    evil = '"><script>alert(1)</script><img src=http://x.example/a>'
    hostile = case(evil, evil, [evil], tags=(evil,), history=({"role": "user", "content": evil},))
    assistant = ScriptedAssistant({evil: Line()})

    def speak(answer: Answer) -> Answer:
        return replace(answer, text=evil, abstained=False)

    assistant.change_answer = speak
    report = run([replace(hostile, answers=(("x",),))], assistant, Options(settings={evil: evil}))
    page = Page(render(report))
    assert page.loaded == ["data:,"]
    assert not {"script", "img"} & set(page.tags)
    assert evil in page.texts


def test_an_error_is_readable_in_its_place() -> None:
    record = Record(
        case("a", "Ai?"), outcome=Outcome.ERROR, reason="ValueError: hỏng", error="ValueError: hỏng"
    )
    assert failing([record]) == [("failed_error", [record])]


def test_failing_cases_are_grouped_by_the_way_they_failed() -> None:
    groups = failing(evaluate(WORSE).records)
    assert [(name, [record.case.id for record in members]) for name, members in groups] == [
        ("failed_incorrect", ["lua"]),
        ("failed_refused", ["sach"]),
    ]
    searched = run(
        [replace(CASES[3], articles=("giai-chay", "mua-lua"))], ScriptedAssistant(LINES), Options(True)
    )
    assert [name for name, _ in failing(searched.records)] == ["failed_retrieval"]


def test_a_run_of_retrieval_alone_has_a_page() -> None:
    html = render(run(CASES, ScriptedAssistant(LINES), Options(retrieval_only=True)))
    assert "retrieval.recall@10" in html
    assert "Không có câu nào chưa đạt." in html


def test_the_refusal_curve_refuses_the_least_sufficient_first() -> None:
    # six cases: one wrong (sufficiency .4), three refused; right answers at .8 and .95
    assert refusal_curve(evaluate(WORSE).records) == [
        (3 / 6, 1 / 6),
        (4 / 6, 0.0),
        (5 / 6, 0.0),
        (1.0, 0.0),
    ]
    assert refusal_curve([]) == []


def test_accepted_answers_are_marked() -> None:
    assert highlight("Vốn <860> TỶ đồng, 860 tỷ", ["860 tỷ", "vốn"]) == (
        "<mark>Vốn</mark> &lt;860&gt; TỶ đồng, <mark>860 tỷ</mark>"
    )
    assert highlight(ARTICLES["thu-vien"].title, []) == "Thư viện lưu động về xã"


@pytest.mark.parametrize(
    ("name", "figure", "written"),
    [
        ("answer.correct", Figure(0.713, 0.0163, 770), "71,3 % ± 3,2"),
        ("answer.correct", Figure(None, None, 0), "—"),
        ("latency.total.p50", Figure(1.236, 0.05, 9), "1,24 s ± 0,10"),
        ("tokens.prompt", Figure(812.4, None, 1), "812"),
    ],
)
def test_figures_are_written_with_their_interval(name: str, figure: Figure, written: str) -> None:
    assert figure_text(name, figure) == written


def test_figures_have_a_decimal_point_in_english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOIBAO_LANG", "en")
    assert figure_text("answer.correct", Figure(0.713, 0.0163, 770)) == "71.3 % ± 3.2"


def test_every_word_of_the_page_is_used() -> None:
    folder = Path(plots.__file__).parent
    sources = (folder / "report.html.jinja").read_text(encoding="utf-8") + (folder / "report.py").read_text(
        encoding="utf-8"
    )
    for key in catalogue():
        if key.startswith("eval.page_"):
            name = key.removeprefix("eval.page_")
            assert re.search(rf"\b(?:page_)?{name}\b", sources) or name.startswith(
                ("outcome_", "role_", "stage_")
            ), name


# ── Plots ─────────────────────────────────────────────────────────────────────────────────────────


def test_a_staircase_of_shares() -> None:
    assert plots.cumulative([2.0, 1.0]) == [(0.0, 0.0), (1.0, 0.0), (1.0, 0.5), (2.0, 0.5), (2.0, 1.0)]


def test_an_error_bar_stays_inside() -> None:
    bar = str(plots.error_bar(0.75, 0.25))
    assert 'class="fill" width="120.0"' in bar
    assert "M41.6 8H160.0" in bar


def test_labels_are_escaped() -> None:
    chart = plots.chart(
        [plots.Series("<b>", [(0, 0), (3, 1)])],
        x_label='"<x>"',
        y_label="<y>",
        x_text=lambda x: f"<{x:g}>",
    )
    assert re.findall(r"&lt;\d&gt;", chart) == [
        "&lt;0&gt;",
        "&lt;1&gt;",
        "&lt;2&gt;",
        "&lt;3&gt;",
        "&lt;4&gt;",
    ]
    assert not re.search(r"<[bxy]>", chart)
