"""The latest evaluation → HTML: its main figures with what each means, and the way to the whole report."""

from __future__ import annotations

from rag.evaluation.latest import PastFigures
from rag.evaluation.metrics import METRICS
from rag.evaluation.report import figure_text, meaning
from rag.evaluation.statistics import Figure
from rag.texts import text
from rag.web.markup import attributes, day, escape, number
from rag.web.plots import meter

REPORT_ADDRESS = "/so-lieu/bao-cao"
REPORT_POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:"
"""Of the report: it is a page of its own, which runs and loads nothing."""

MAIN = (
    "outcome.right",
    "answer.correct",
    "evidence.contains",
    "citation.precision",
    "citation.verbatim",
    "refusal.recall",
    "refusal.wrong_answer_rate",
    "retrieval.recall@1",
    "latency.first_evidence.p50",
    "latency.total.p50",
)


def scorecard(run: PastFigures | None) -> str:
    """The figures of `MAIN` that were measured, or how to measure them."""
    title = f'<h2 class="hb-section">{escape(text("figures.tested"))}</h2>'
    if run is None:
        return f'{title}<p class="hb-note">{escape(text("figures.untested"))}</p>'
    told = text("figures.tested_when", count=number(run.questions), day=day(run.finished.date().isoformat()))
    rows = "".join(_row(name, run.metrics[name]) for name in MAIN if name in run.metrics)
    link = ""
    if run.report:
        target = attributes({"href": REPORT_ADDRESS, "target": "_blank", "rel": "noopener"})
        link = f'<p class="hb-note"><a{target}>{escape(text("figures.whole_report"))}</a></p>'
    return (
        f'{title}<p class="hb-note">{escape(told)}</p><table class="hb-scores"><thead><tr>'
        f'<th scope="col">{escape(text("figures.measured"))}</th>'
        f'<th scope="col">{escape(text("figures.result"))}</th></tr></thead>'
        f"<tbody>{rows}</tbody></table>{link}"
    )


def _row(name: str, figure: Figure) -> str:
    value = figure.value or 0.0
    half = 1.96 * (figure.stderr or 0.0)
    drawn = meter(value, value - half, value + half) if METRICS[name].is_share else ""
    return (
        f'<tr><th scope="row">{escape(meaning(name))}</th>'
        f"<td>{drawn}<span>{escape(figure_text(name, figure))}</span></td></tr>"
    )
