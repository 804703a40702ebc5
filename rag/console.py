"""What the command line shows: JSON on stdout, everything meant for eyes on stderr or stdout as rich text."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from rag.copies import carried_by
from rag.errors import InputError
from rag.language.normalize import fold
from rag.language.questions import content_words
from rag.matched import word_places
from rag.payloads import Payload
from rag.texts import text
from rag.types import Hit, Query
from rag.understanding import words

if TYPE_CHECKING:
    from rag.doctor import Finding
    from rag.evaluation.compare import Comparison
    from rag.evaluation.summary import Report as Figures
    from rag.indexing import Summary
    from rag.models import PlannedModel, Report
    from rag.store import ArticleSummary, Status
    from rag.tuning import Measured

Advance = Callable[[str, int, int], None]
"""Called with the stage, how much is done, and of how much (0: not known yet)."""


def secret(name: str, *, from_stdin: bool) -> str:
    """The password that is typed for `name`, twice and unseen; from a script, the first line of stdin.

    Raises InputError when the two are not the same.
    """
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    typed: str = click.prompt(text("cli.password_prompt", name=name), hide_input=True, err=True)
    if typed != click.prompt(text("cli.password_again"), hide_input=True, err=True):
        raise InputError("web.password_two")
    return typed


def use_utf8() -> None:
    """Vietnamese can be printed on every console, also on a Windows one set to another code page."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")


def emit(payload: Payload) -> None:
    """The one JSON object of a command that was asked for `--json`."""
    sys.stdout.write(json.dumps(payload, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def say(message: str, *, end: str = "\n", markup: bool = True) -> None:
    """A line for the user, beside the result: stderr."""
    Console(stderr=True, soft_wrap=True, highlight=False, emoji=False).print(message, end=end, markup=markup)


def show(renderable: Any, *, end: str = "\n", markup: bool = True) -> None:
    """The result itself, for eyes: stdout."""
    # Without emoji=False a quote with ":100:" in it would not be shown to the letter.
    Console(soft_wrap=True, highlight=False, emoji=False).print(renderable, end=end, markup=markup)


@contextmanager
def progress() -> Iterator[Advance]:
    """A progress bar per stage on stderr, with remaining time; nothing when stderr is no terminal."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bars:
        tasks: dict[str, Any] = {}

        def advance(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(text(f"cli.stage_{stage}"))
            bars.update(tasks[stage], completed=done, total=total or None)

        yield advance


@contextmanager
def running_figures(stage: str | None = None) -> Iterator[Callable[[int, int, str], None]]:
    """The bar of an evaluation, or of another stage: told how many are done, of how many, and a note."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[note]}"),
    )
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(stage or text("cli.stage_ask"), note="", total=None)

        def tell(done: int, total: int, note: str) -> None:
            bar.update(task, completed=done, total=total, note=note)

        yield tell


def show_plan(planned: Sequence[PlannedModel]) -> None:
    """What `setup` is about to fetch: size, speed, licence; or that it is there."""
    from rag.models import megabytes

    for model in planned:
        if model.ready:
            say(text("cli.model_ready", name=model.name, path=model.path), markup=False)
        else:
            size, disk = (
                "?" if count is None else megabytes(count)
                for count in (model.download_bytes, model.disk_bytes)
            )
            say(
                text(
                    "cli.model_planned",
                    name=model.name,
                    size=size,
                    disk=disk,
                    licence=model.licence,
                    speed=model.speed,
                ),
                markup=False,
            )


@contextmanager
def fetching() -> Iterator[Report]:
    """A bar per model that is being fetched, with rate and remaining time."""
    from rag.models import show_progress

    with show_progress(Console(stderr=True)) as report:
        yield report


def show_summary(summary: Summary, *, as_json: bool) -> None:
    """What `index add` did, and what has to be told of the files."""
    for problem in (*summary.skipped, *summary.notes):
        say(str(problem), markup=False)
    counts = {
        "added": summary.added,
        "replaced": summary.replaced,
        "unchanged": summary.unchanged,
        "removed": summary.removed,
    }
    if as_json:
        told = {"skipped": summary.skipped, "notes": summary.notes}
        emit(counts | {name: [str(problem) for problem in problems] for name, problems in told.items()})
    else:
        say(text("cli.summary", **counts, skipped=len(summary.skipped)))


def show_status(status: Status, *, as_json: bool) -> None:
    payload = {
        "articles": status.articles,
        "passages": status.passages,
        "sequence": status.sequence,
        "pending_vectors": status.pending_vectors,
        "embedder": status.embedder,
        "bytes": status.bytes,
        "healthy": status.healthy,
    }
    if as_json:
        emit(payload)
    else:
        table = Table(show_header=False, box=None)
        for name, value in payload.items():
            table.add_row(text(f"cli.status_{name}"), escape(str(value)))
        show(table)


def show_articles(articles: Sequence[ArticleSummary]) -> None:
    table = Table(
        text("cli.column_id"), text("cli.column_day"), text("cli.column_source"), text("cli.column_title")
    )
    for article in articles:
        cells = (article.id, article.day, article.source or "", article.title)
        table.add_row(*map(escape, cells))
    show(table)


def show_understood(query: Query) -> None:
    """ "Hiểu là: …", when that is not what was typed, and what else the reader has to be told."""
    if query.text != query.original:
        show(f"[dim]{escape(text('answer.understood', query=query.text))}[/]")
    for note in query.notes:
        show(f"[dim]{escape(note)}[/]")


def show_hits(query: Query, hits: Sequence[Hit]) -> None:
    """Each hit with its scores, its place, who else carries it, and in bold the words it was found by."""
    show_understood(query)
    wanted, folded = words(query)
    # Only words that say what is asked about: "là" and "của" are in every passage.
    telling = {fold(word) if folded else word for word in content_words(query.text)}.intersection(wanted)
    for hit in hits:
        scores = " · ".join(f"{name} {score:.3f}" for name, score in hit.scores.items())
        title = _marked(hit.article.title, telling, folded=folded)
        show(Text.assemble((f"{hit.rank}. ", "bold"), title, (f" ({hit.score:.3f}: {scores})", "dim")))
        place = (
            f"{hit.passage.id} [{hit.passage.start}:{hit.passage.end}]",
            hit.article.source,
            hit.article.day,
            carried_by(hit.article, hit.copies),
        )
        show(f"   [dim]{escape(' · '.join(filter(None, place)))}[/]")
        passage = _marked(" ".join(hit.passage.text.split()), telling, folded=folded)
        show(Text.assemble("   ", passage, "\n"))


def _marked(written: str, telling: Collection[str], *, folded: bool) -> Text:
    """A text with these words in bold."""
    marked = Text(written)
    for start, end in word_places(written, telling, folded=folded):
        marked.stylize("bold", start, end)
    return marked


def show_findings(findings: Sequence[Finding]) -> None:
    for finding in findings:
        mark = "[green]✓[/]" if finding.good else "[red]✗[/]"
        show(f"{mark} {escape(finding.name)}: {escape(finding.detail)}")


def show_tuning(measured: Sequence[Measured]) -> None:
    """What was measured, the fastest and now used first."""
    table = Table(
        text("cli.column_threads"),
        text("cli.column_flash"),
        text("cli.column_repack"),
        text("cli.column_reading"),
        text("cli.column_writing"),
        text("cli.column_answer"),
    )
    for one in measured:
        ways = (one.tuning.flash_attention, one.tuning.repack)
        on = (text("cli.on") if way else text("cli.off") for way in ways)
        figures = (f"{value:.1f}" for value in (one.reading, one.writing, one.answer))
        table.add_row(str(one.tuning.threads), *on, *figures)
    show(table)
    say(text("cli.tuned"))


def show_figures(report: Figures) -> None:
    """The headline figures of an evaluation, each with its standard error."""
    table = Table(text("cli.column_metric"), text("cli.column_value"), text("cli.column_error"), "n")
    for name, figure in report.metrics.items():
        if figure.value is not None:
            error = "" if figure.stderr is None else f"±{figure.stderr:.3f}"
            table.add_row(name, f"{figure.value:.3f}", error, str(figure.n))
    show(table)


def show_comparison(comparison: Comparison) -> None:
    """What changed between two runs, and whether chance explains it."""
    table = Table(text("cli.column_metric"), text("cli.column_before"), text("cli.column_value"), "p")
    for name, difference in comparison.differences.items():
        cells = (difference.before, difference.after, difference.p)
        table.add_row(name, *("" if cell is None else f"{cell:.3f}" for cell in cells))
    show(table)
