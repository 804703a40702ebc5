"""A run as one HTML file: no script, nothing loaded from elsewhere, every text escaped by the template."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from markupsafe import Markup

from rag.errors import InputError
from rag.evaluation import plots
from rag.evaluation.compare import Comparison
from rag.evaluation.folder import REPORT
from rag.evaluation.metrics import METRICS
from rag.evaluation.metrics.latency import STAGES
from rag.evaluation.record import Outcome, Record
from rag.evaluation.reliability import Bin, calibration_error, reliability
from rag.evaluation.statistics import Difference, Figure
from rag.evaluation.summary import Report
from rag.language.normalize import matching_form, nfc
from rag.texts import current_language, text

SLICE_COLUMNS = (
    "outcome.right",
    "answer.correct",
    "evidence.contains",
    "citation.precision",
    "refusal.wrong_answer_rate",
    "retrieval.recall@1",
    "retrieval.recall@10",
    "retrieval.ndcg@10",
)
_PASSAGES_SHOWN = 5


def write_report(folder: Path, report: Report, comparison: Comparison | None = None) -> Path:
    """Writes `report.html` into the run's folder. Raises InputError when it cannot be written."""
    file = folder / REPORT
    try:
        file.write_text(render(report, comparison), encoding="utf-8")
    except OSError as error:
        raise InputError("eval.bad_run", path=folder, reason=error) from error
    return file


def render(report: Report, comparison: Comparison | None = None) -> str:
    """The page as HTML."""
    # imported here: only a report needs it
    from jinja2 import Environment, StrictUndefined

    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    template = environment.from_string(
        files("rag.evaluation").joinpath("report.html.jinja").read_text(encoding="utf-8")
    )
    bins = reliability(report.records)
    return template.render(
        language=current_language(),
        t=lambda key, **values: text(f"eval.page_{key}", **values),
        report=report,
        comparison=comparison,
        outcomes=_outcomes(report.records),
        headline=_headline(report),
        columns=[name for name in SLICE_COLUMNS if _measured(report, name)],
        latency_chart=_latency_chart(report.records),
        refusal_chart=_refusal_chart(report.records),
        reliability_chart=_reliability_chart(bins),
        reliability_rows=_reliability_rows(bins),
        calibration_error=_local(f"{calibration_error(bins):.3f}") if bins else None,
        groups=failing(report.records),
        differences=_differences(comparison),
        passages_shown=_PASSAGES_SHOWN,
        figure_text=figure_text,
        difference_text=difference_text,
        highlight=highlight,
        wanted=_wanted,
    )


# ── Figures ───────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class _Row:
    name: str
    meaning: str
    figure: Figure
    bar: Markup | None


def _headline(report: Report) -> list[_Row]:
    """The metrics that were measured; nothing is shown for the others."""
    return [
        _Row(name, meaning(name), found, _bar(name, found))
        for name, found in report.metrics.items()
        if found.value is not None
    ]


def _outcomes(records: Sequence[Record]) -> list[tuple[str, int]]:
    """How many cases ended in which way; empty when answers were not judged."""
    counts = Counter(record.outcome for record in records if record.outcome is not None)
    return [(str(outcome), counts[outcome]) for outcome in Outcome] if counts else []


def meaning(metric: str) -> str:
    """What a metric says, in one line."""
    return text(f"eval.metric_{metric.replace('.', '_').replace('@', '_')}")


def _bar(name: str, found: Figure) -> Markup | None:
    shown = METRICS[name].is_share and found.value is not None
    return plots.error_bar(found.value or 0.0, found.stderr) if shown else None


def _measured(report: Report, name: str) -> bool:
    return name in report.metrics and report.metrics[name].value is not None


def figure_text(name: str, found: Figure) -> str:
    """`71.3 % ± 3.2` for shares, `1.24 s ± 0.10` for seconds, `812 ± 20` for tokens."""
    if found.value is None:
        return "—"
    value, margin = _in_unit(name, found.value), None
    if found.stderr is not None:
        margin = _in_unit(name, 1.96 * found.stderr).split()[0]
    return value if margin is None else f"{value} ± {margin}"


def difference_text(name: str, difference: Difference) -> str:
    """`+4.0 %`: after − before."""
    return "—" if difference.change is None else _signed(name, difference.change)


def _signed(name: str, change: float) -> str:
    sign = "−" if change < 0 else "+" if change > 0 else "±"
    return f"{sign}{_in_unit(name, abs(change))}"


def _in_unit(name: str, value: float) -> str:
    if METRICS[name].is_share:
        written = f"{100 * value:.1f} %"
    elif name.startswith("latency."):
        written = f"{value:.2f} s"
    else:
        written = f"{value:.0f}"
    return _local(written)


def _local(number: str) -> str:
    """With the decimal comma where the page is Vietnamese."""
    return number.replace(".", ",") if current_language() == "vi" else number


@dataclass(frozen=True, slots=True)
class _DifferenceRow:
    name: str
    meaning: str
    before: str
    after: str
    change: str
    interval: str
    p: str
    verdict: str  # "better", "worse" or "" when it may be chance


def _differences(comparison: Comparison | None) -> list[_DifferenceRow]:
    if comparison is None:
        return []
    rows: list[_DifferenceRow] = []
    for name, found in comparison.differences.items():
        surprising = found.p is not None and found.p <= 0.05 and bool(found.change)
        better = ((found.change or 0.0) > 0) == METRICS[name].higher_is_better
        interval = "—"
        if found.low is not None and found.high is not None:
            interval = " … ".join(
                f"{'−' if bound < 0 else '+'}{_in_unit(name, abs(bound))}"
                for bound in (found.low, found.high)
            )
        rows.append(
            _DifferenceRow(
                name=name,
                meaning=meaning(name),
                before="—" if found.before is None else _in_unit(name, found.before),
                after="—" if found.after is None else _in_unit(name, found.after),
                change=difference_text(name, found),
                interval=interval,
                p="—" if found.p is None else _local(f"{found.p:.3f}"),
                verdict=("better" if better else "worse") if surprising else "",
            )
        )
    return rows


# ── Plots ─────────────────────────────────────────────────────────────────────────────────────────


def _latency_chart(records: Iterable[Record]) -> Markup | None:
    """How many answers had reached each stage after so many seconds."""
    timed = [record.seconds for record in records if record.seconds and not record.error]
    values = {stage: [seconds[stage] for seconds in timed if stage in seconds] for stage in STAGES}
    series = [
        plots.Series(text(f"eval.page_stage_{stage}"), plots.cumulative(found))
        for stage, found in values.items()
        if found
    ]
    if not series:
        return None
    return plots.chart(
        series,
        x_label=text("eval.page_seconds"),
        y_label=text("eval.page_latency_axis"),
        x_text=lambda x: f"{x:.3g} s",
    )


def refusal_curve(records: Iterable[Record]) -> list[tuple[float, float]]:
    """(share of refusals, share of wrong answers) over all judged cases, as the threshold rises.

    The first point is the run as it was; then the answers are refused one by one, the least sufficient
    first. What the refused ones would have said is not known, so there is nothing to the left.
    """
    judged = [record for record in records if record.right is not None]
    refused = sum(record.abstained for record in judged)
    wrong = sum(record.outcome is Outcome.INCORRECT for record in judged)
    answered = sorted(
        (record for record in judged if not record.abstained), key=lambda record: record.sufficiency or 0.0
    )
    points = [(refused / len(judged), wrong / len(judged))] if judged else []
    for record in answered:
        refused += 1
        wrong -= record.outcome is Outcome.INCORRECT
        points.append((refused / len(judged), wrong / len(judged)))
    return points


def _refusal_chart(records: Iterable[Record]) -> Markup | None:
    points = refusal_curve(records)
    if not points:
        return None
    return plots.chart(
        [plots.Series(text("eval.page_refusal_line"), points)],
        x_label=text("eval.page_refusal_x"),
        y_label=text("eval.page_refusal_y"),
        x_text=lambda x: f"{x:.0%}",
        x_most=1.0,
        dot=points[0],
    )


def _reliability_chart(bins: Sequence[Bin]) -> Markup | None:
    """What the sufficiency said against what was true; on the diagonal they agree."""
    if not bins:
        return None
    return plots.chart(
        [
            plots.Series(text("eval.page_reliability_line"), [(b.said, b.true) for b in bins], dots=True),
            plots.Series(text("eval.page_reliability_ideal"), [(0.0, 0.0), (1.0, 1.0)]),
        ],
        x_label=text("eval.page_reliability_x"),
        y_label=text("eval.page_reliability_y"),
        x_text=lambda x: f"{x:.0%}",
        x_most=1.0,
    )


def _reliability_rows(bins: Sequence[Bin]) -> list[tuple[str, int, str, str]]:
    """(range, cases, said, true ± what chance alone would do) of each bin, as they are shown."""
    return [
        (
            f"{b.low:.0%} – {b.high:.0%}",
            b.n,
            _local(f"{100 * b.said:.1f} %"),
            _local(f"{100 * b.true:.1f} % ± {196 * b.stderr:.1f}"),
        )
        for b in bins
    ]


# ── Cases ─────────────────────────────────────────────────────────────────────────────────────────


def failing(records: Sequence[Record]) -> list[tuple[str, list[Record]]]:
    """The cases that went wrong, by the way they did; empty groups left out."""
    groups = {
        "failed_error": [r for r in records if r.outcome is Outcome.ERROR],
        "failed_incorrect": [r for r in records if r.outcome is Outcome.INCORRECT and not r.case.abstain],
        "failed_answered": [r for r in records if r.outcome is Outcome.INCORRECT and r.case.abstain],
        "failed_refused": [r for r in records if r.outcome is Outcome.ABSTAINED and not r.case.abstain],
        "failed_retrieval": [r for r in records if _not_found(r)],
    }
    return [(name, members) for name, members in groups.items() if members]


def _not_found(record: Record) -> bool:
    """Retrieval alone was asked for, and a gold article is not among the hits."""
    recall = record.scores.get("retrieval.recall@10")
    return record.answer is None and recall is not None and recall.value < 1


def _wanted(record: Record) -> list[str]:
    """Every accepted alternative, for marking it in the texts."""
    return [alternative for fact in record.case.answers for alternative in fact]


def highlight(passage: str, phrases: Sequence[str]) -> Markup:
    """The text, escaped, with each occurrence of a phrase inside `<mark>`."""
    composed = nfc(passage)
    form = matching_form(composed)
    spans: list[tuple[int, int]] = []
    for phrase in filter(None, map(matching_form, phrases)):
        at = form.find(phrase)
        while at >= 0:
            spans.append((at, at + len(phrase)))
            at = form.find(phrase, at + len(phrase))
    result, done = Markup(""), 0
    for start, end in sorted(spans):
        if start >= done:
            result += Markup("{}<mark>{}</mark>").format(composed[done:start], composed[start:end])
            done = end
    return result + composed[done:]
