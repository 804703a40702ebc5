"""Records → the figures of a run, over all cases and per slice; and the gate that a change must pass."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any

import numpy as np

from rag.errors import InputError
from rag.evaluation.metrics import METRICS, RETRIEVAL_ONLY
from rag.evaluation.record import Record
from rag.evaluation.statistics import Figure, Floats, figure
from rag.language.normalize import fold, has_accents, matching_form
from rag.texts import text

Figures = Mapping[str, Figure]


@dataclass(frozen=True, slots=True)
class Report:
    """The figures of one run, and the records they were made of."""

    n: int
    metrics: Figures
    slices: Mapping[str, Figures]
    settings: Mapping[str, object]
    fingerprint: Mapping[str, str]
    records: tuple[Record, ...]

    def to_json(self) -> dict[str, Any]:
        """`{n, metrics: {name: {value, stderr, n}}, slices: {slice: {name: …}}, settings, fingerprint}`."""
        return {
            "n": self.n,
            "metrics": {name: asdict(value) for name, value in self.metrics.items()},
            "slices": {
                slice_name: {name: asdict(value) for name, value in figures.items()}
                for slice_name, figures in self.slices.items()
            },
            "settings": dict(self.settings),
            "fingerprint": dict(self.fingerprint),
        }


def summarize(
    records: tuple[Record, ...], settings: Mapping[str, object], fingerprint: Mapping[str, str]
) -> Report:
    """All figures; one that no case could be scored for has the value None, and is left out of slices."""
    names = RETRIEVAL_ONLY if settings.get("retrieval_only") else METRICS
    by_slice: defaultdict[str, list[Record]] = defaultdict(list)
    for record in records:
        for name in slices_of(record):
            by_slice[name].append(record)
    return Report(
        n=len(records),
        metrics={name: measure(records, name) for name in names},
        slices={
            slice_name: {name: found for name in names if (found := measure(members, name)).value is not None}
            for slice_name, members in sorted(by_slice.items())
        },
        settings=settings,
        fingerprint=fingerprint,
        records=records,
    )


def measure(records: Iterable[Record], name: str) -> Figure:
    """One metric over these records."""
    pairs = [
        (record.scores[name].value, float(not record.case.abstain))
        for record in records
        if name in record.scores
    ]
    values: Floats = np.array([value for value, _ in pairs], dtype=np.float64)
    labels: Floats = np.array([label for _, label in pairs], dtype=np.float64)
    return figure(values, labels, METRICS[name].aggregate)


# ── Slices ────────────────────────────────────────────────────────────────────────────────────────

# The first that matches counts: "bao nhiêu người nào" asks how many
_QUESTION_WORDS = {
    "type:how_many": "bao nhiêu|bao lâu|bao xa|mấy|mấy giờ|mấy ngày|mấy năm|mấy người|mấy lần",
    "type:when": "khi nào|bao giờ|lúc nào|hôm nào|(?:ngày|năm|tháng|thời gian|thời điểm|quý) nào",
    "type:why": "vì sao|tại sao|do đâu|nhờ đâu|nguyên nhân|lý do",
    "type:where": "đâu|ở đâu|từ đâu|nơi nào|(?:tỉnh|nước|huyện|xã|thành phố|quốc gia) nào",
    "type:how": "như thế nào|thế nào|ra sao|làm sao|bằng cách nào",
    "type:who": "ai|người nào|vị nào",
    "type:yes_no": r"có phải|hay không|phải không|đúng không|không\W*$|chưa\W*$",
    "type:which": "nào",
    "type:what": "gì",
}
_AMBIGUOUS = ("mấy", "đâu")  # without accents these alone may be máy, mây, đầu, dầu, đau …


def question_type(question: str) -> str:
    """By its Vietnamese question word: `type:who`, `type:when` …, `type:other` when there is none."""
    accented = has_accents(question)
    form = matching_form(question)
    for name, choices in _QUESTION_WORDS.items():
        if _pattern(choices, accented).search(form):
            return name
    return "type:other"


@cache
def _pattern(choices: str, accented: bool) -> re.Pattern[str]:
    if not accented:
        for word in _AMBIGUOUS:
            choices = re.sub(rf"(?:^|\|){word}(?=\|)", "", choices).lstrip("|")
        choices = fold(choices)
    return re.compile(rf"\b(?:{choices})(?!\w)")


_SLICES: tuple[Callable[[Record], str], ...] = (
    lambda record: "accented" if has_accents(record.case.question) else "unaccented",
    lambda record: "unanswerable" if record.case.abstain else "answerable",
    lambda record: question_type(record.case.question),
)


def slices_of(record: Record) -> frozenset[str]:
    """The case's tags, and what can be told from its question and answer."""
    return frozenset((*record.case.tags, *(name(record) for name in _SLICES)))


# ── The gate ──────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Failure:
    """A figure that is not as good as asked. `value` is None when it could not be measured."""

    metric: str
    value: float | None
    bound: float

    def __str__(self) -> str:
        value = text("eval.not_measured") if self.value is None else f"{self.value:.4g}"
        return text("eval.gate_failed", metric=self.metric, value=value, bound=f"{self.bound:g}")


def parse_bounds(bounds: Iterable[str]) -> dict[str, float]:
    """`["answer.correct=0.7"]` → `{"answer.correct": 0.7}`.

    Raises InputError for a metric that does not exist or a bound that is no number.
    """
    parsed: dict[str, float] = {}
    for bound in bounds:
        name, equals, value = bound.partition("=")
        if name not in METRICS:
            raise InputError("eval.unknown_metric", metric=name, known=", ".join(METRICS))
        try:
            parsed[name] = float(value)
        except ValueError as error:
            raise InputError("eval.bad_bound", bound=bound) from error
        if not equals or not np.isfinite(parsed[name]):
            raise InputError("eval.bad_bound", bound=bound)
    return parsed


def gate(report: Report, bounds: Iterable[str]) -> list[Failure]:
    """The bounds that the report does not keep.

    A bound is the least value, or the greatest where lower is better (latency, wrong answers, errors,
    tokens). A metric that was not measured fails. Raises InputError for an unusable bound.
    """
    failures: list[Failure] = []
    for name, bound in parse_bounds(bounds).items():
        found = report.metrics.get(name)
        value = found.value if found else None
        if value is None or (value < bound if METRICS[name].higher_is_better else value > bound):
            failures.append(Failure(name, value, bound))
    return failures
