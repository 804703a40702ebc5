"""The table of `benchmarks/rivals.py`: medians of every way of answering, and the ratios that we aim at."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from benchmarks.plain_recipe import PASSAGES, SYSTEM
from benchmarks.rivals_setup import HAYSTACK, LLAMA_INDEX, SERVER
from benchmarks.rivals_ways import Pieces, Told
from benchmarks.tables import Cell, Table
from rag.prompts import prompt

OURS = "Hỏi Báo"
PLAIN, TUNED, SERVED = "(a) plain, defaults", "(b) plain, tuned", f"(c) {SERVER}, tuned"
INDEXED, STACKED = f"(d) {LLAMA_INDEX}", f"(e) {HAYSTACK}"
NEW, TYPED, SEEN, FOLLOWED, TYPED_FOLLOWED = (
    f"{OURS}: {how}" for how in ("new", "typed", "seen before", "follow-up", "follow-up, typed")
)
TUNED_SEEN, TUNED_FOLLOWED = (f"{TUNED}: {how}" for how in ("seen before", "follow-up"))
FREE, TUNED_FREE = (f"{who}: free text" for who in (OURS, TUNED))

UNDERSTOOD, SEARCHED, FIRST_EVIDENCE = "understood", "searched", "first evidence"
FIRST_TOKEN, WRITTEN, FINISHED, SPEED = "first token", "written", "finished", "tokens/s"
PROMPT, FIXED, ASKED, ANSWER = "prompt tokens", "of them fixed", "of them question", "answer tokens"
COLUMNS = (
    UNDERSTOOD, SEARCHED, FIRST_EVIDENCE, FIRST_TOKEN, WRITTEN, FINISHED, SPEED, PROMPT, FIXED, ASKED, ANSWER,
)  # fmt: skip
COMPARED = (FIRST_EVIDENCE, FIRST_TOKEN, FINISHED, SPEED, PROMPT)
BURST = 0.005  # seconds: pieces that close to the first one were computed with it
WAYS = (
    PLAIN, TUNED, TUNED_SEEN, TUNED_FOLLOWED, SERVED, INDEXED, STACKED, NEW, TYPED, SEEN, FOLLOWED,
    TYPED_FOLLOWED, TUNED_FREE, FREE,
)  # fmt: skip
SYSTEMS = dict.fromkeys((PLAIN, TUNED, TUNED_SEEN, TUNED_FOLLOWED, SERVED), SYSTEM)

Runs = dict[str, dict[str, Told]]
"""Way → case → what came of it."""
Figures = Mapping[str, float | int | None]
"""Column → the figure of one question."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """One way held against another, with what we aim at, by column."""

    ours: str
    theirs: str
    aims: Mapping[str, str]


COMPARISONS = (
    Comparison(
        NEW, TUNED, {FIRST_EVIDENCE: "≤ 0.05", FIRST_TOKEN: "≤ 0.55", FINISHED: "≤ 0.6", SPEED: "≥ 1.4"}
    ),
    Comparison(NEW, PLAIN, {FIRST_TOKEN: "≤ 0.35"}),
    Comparison(TYPED, TUNED, {FIRST_TOKEN: "≤ 0.25"}),
    Comparison(SEEN, TUNED_SEEN, {FIRST_TOKEN: "≤ 0.40"}),
    Comparison(SEEN, TUNED, {FIRST_TOKEN: "≤ 0.40"}),
    Comparison(FOLLOWED, TUNED_FOLLOWED, {FIRST_TOKEN: "≤ 0.10"}),
    Comparison(TYPED_FOLLOWED, TUNED_FOLLOWED, {FIRST_TOKEN: "≤ 0.10"}),
    Comparison(FREE, TUNED_FREE, {SPEED: "≥ 0.98"}),
    Comparison(NEW, SERVED, {}),
    Comparison(NEW, INDEXED, {}),
    Comparison(NEW, STACKED, {}),
)
NOTE = (
    "Medians; seconds from the question on; n: the questions for which the model wrote. Ratios are the "
    "median over the questions of one way's figure divided by the other's, aims below them; the first "
    "evidence is divided by the other's first token. tokens/s: those after the first, counted in the text "
    f"with the model's tokenizer. (a), (b), (c): the {PASSAGES} passages nearest by meaning in an ordinary "
    "prompt. (a): the library's defaults, save a context that holds the prompt; (b): a thread for every "
    "core, n_batch 512, flash attention, and the conversation kept as it was sent, so that only what is "
    "new is read; (c) to (e) are tuned like (b), else as they come: (d) the 2 nearest chunks of 1,024 "
    "tokens in its own prompt, with the model's chat template; (e) the 10 nearest pieces of 200 words. "
    f"Where no evidence is shown, the first is when the passages were there. {OURS} is asked at the desk of "
    "the page, for every figure in a process of its own in which the model has read what stands before "
    "every question and nothing else. new: no more than that; typed: typed before it was sent, as in "
    "answer_speed; seen before: after another question about the same article; follow-up: in the "
    "conversation, sent in the moment when the answer is there, or typed from then on. Understood is "
    "measured apart, and of the question alone. Fixed: "
    "the system's message, which (b) and we have read before."
)


def table(title: str, runs: Runs, count: Callable[[str], int]) -> Table:
    """Medians of every way, then the ratios."""
    figures = {
        way: {case: figures_of(told, count, fixed(way)) for case, told in told_by_case.items()}
        for way, told_by_case in runs.items()
    }
    rows: list[list[Cell]] = []
    for way, cases in figures.items():
        medians = [_median(told[column] for told in cases.values()) for column in COLUMNS]
        rows.append([way, *medians, sum(told[FIRST_TOKEN] is not None for told in cases.values())])
    for comparison in COMPARISONS:
        one, other = figures[comparison.ours], figures[comparison.theirs]
        found = {column: ratios(column, one, other) for column in COMPARED}
        medians = [_median(found.get(column, ())) for column in COLUMNS]
        rows.append([f"{comparison.ours} / {comparison.theirs}", *medians, len(found[FIRST_TOKEN])])
        if comparison.aims:
            rows.append(["… aim", *(comparison.aims.get(column) for column in COLUMNS), None])
    return Table(title, NOTE, ["", *COLUMNS, "n"], rows)


def fixed(way: str) -> str | None:
    """The system's message of a way, None for one that has none or is none of ours to know."""
    if way in (NEW, TYPED, SEEN, FOLLOWED, TYPED_FOLLOWED):
        return prompt("system")
    return SYSTEMS.get(way)


def figures_of(told: Told, count: Callable[[str], int], system: str | None) -> Figures:
    """One question's figures by column."""
    return {
        UNDERSTOOD: told.understood,
        SEARCHED: told.searched,
        FIRST_EVIDENCE: told.evidence,
        FIRST_TOKEN: told.first_token,
        WRITTEN: told.written,
        FINISHED: told.finished if told.pieces else None,  # a refusal is soon written
        SPEED: tokens_per_second(told.pieces, count),
        PROMPT: told.prompt_tokens,
        FIXED: None if system is None else count(system),
        ASKED: count(told.question) if told.prompt_tokens else None,
        ANSWER: count(told.text) or None,
    }


def tokens_per_second(pieces: Pieces, count: Callable[[str], int]) -> float | None:
    """What was written after the first token and what came with it; None for less than two tokens."""
    if not pieces:
        return None
    first, last = pieces[0][0], pieces[-1][0]
    later = count("".join(piece for seconds, piece in pieces if seconds - first > BURST))
    return later / (last - first) if later > 1 else None


def ratios(column: str, ours: Mapping[str, Figures], theirs: Mapping[str, Figures]) -> list[float]:
    """One way's figure divided by the other's, for each question that both have one for."""
    beside = FIRST_TOKEN if column == FIRST_EVIDENCE else column
    pairs = [(ours[case][column], theirs[case][beside]) for case in ours if case in theirs]
    return [one / other for one, other in pairs if one is not None and other]


def _median(figures: Iterable[float | int | None]) -> float | None:
    """Of those that there are."""
    found = [figure for figure in figures if figure is not None]
    return statistics.median(found) if found else None
