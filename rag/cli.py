"""The `hoibao` command. Each command: read options, build parts, run one flow, show its result."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, TypeVar

import click

from rag import __version__, assemble, console, payloads
from rag.console import emit, say
from rag.errors import HoiBaoError
from rag.settings import Settings
from rag.texts import speak, text
from rag.types import Options, Period
from rag.understanding import period_between

Command = TypeVar("Command", bound=Callable[..., Any])

DONE, SAID_NO, BAD_INPUT = 0, 1, 2  # exit codes
QUESTION = click.argument("question", required=False)
DAY = click.DateTime(["%Y-%m-%d", "%d/%m/%Y"])


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs a command and exits. Our own errors become one line and exit code 2; a bug its traceback."""
    console.use_utf8()
    try:
        code = commands.main(arguments, prog_name="hoibao", standalone_mode=False)
    except HoiBaoError as error:
        say(f"[red]{text('cli.error')}:[/] ", end="")
        say(str(error), markup=False)
        code = BAD_INPUT
    except click.ClickException as error:
        say(f"{text('cli.error')}: {error.format_message()} {text('cli.see_help')}", markup=False)
        code = BAD_INPUT
    except (click.Abort, KeyboardInterrupt):
        say(text("cli.interrupted"))
        code = 130
    sys.exit(code if isinstance(code, int) else DONE)


def common(command: Command) -> Command:
    """The options every command has."""
    command = click.option(
        "--index", "index", type=click.Path(path_type=Path), help=text("cli.option_index")
    )(command)
    return click.option("--json", "as_json", is_flag=True, help=text("cli.option_json"))(command)


def limits(command: Command) -> Command:
    """The options that restrict which articles may answer."""
    command = click.option("--from", "start", type=DAY, help=text("cli.option_from"))(command)
    command = click.option("--to", "end", type=DAY, help=text("cli.option_to"))(command)
    return click.option("--source", help=text("cli.option_source"))(command)


def settings_for(index: Path | None) -> Settings:
    settings = Settings.load()
    speak(settings.language)
    return replace(settings, index=index) if index else settings


def period_of(start: Any, end: Any) -> Period | None:
    """Of what click read. Raises InputError when the period ends before it starts."""
    return period_between(start and start.date(), end and end.date())


@click.group(help=text("cli.help"), context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="hoibao")
def commands() -> None:
    pass


@commands.command(help=text("cli.setup"))
@click.option("--accept-terms", is_flag=True, help=text("cli.option_accept_terms"))
@common
def setup(accept_terms: bool, index: Path | None, as_json: bool) -> None:
    from rag import models

    settings = settings_for(index)
    wanted = (settings.embedder, settings.llm, settings.reranker)
    names = [name for name in wanted if name and not assemble.is_server(name)]
    planned = models.plan(names, settings.models)
    console.show_plan(planned)
    with console.fetching() as report:
        for name in names:
            models.ensure(name, settings.models, report=report, accept_terms=accept_terms)
    if as_json:
        emit({"models": [{"name": model.name, "path": str(model.path)} for model in planned]})


@commands.group(help=text("cli.index"))
def index() -> None:
    pass


@index.command("add", help=text("cli.index_add"))
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--watch", is_flag=True, help=text("cli.option_watch"))
@common
def index_add(paths: tuple[Path, ...], watch: bool, index: Path | None, as_json: bool) -> int:
    from rag import indexing

    settings = settings_for(index)
    embedder = assemble.embedder(settings)  # first: without it no empty index is left behind
    with assemble.store(settings, create=True) as store:
        with console.progress() as progress:
            summary = indexing.add(paths, store, embedder, settings, progress=progress)
        console.show_summary(summary, as_json=as_json)
        if watch:
            say(text("cli.watching"))
            for change in indexing.watch(paths, store, embedder, settings):
                console.show_summary(change, as_json=as_json)
    return BAD_INPUT if summary.skipped and not summary.articles else DONE


@index.command("remove", help=text("cli.index_remove"))
@click.argument("targets", nargs=-1, required=True)
@common
def index_remove(targets: tuple[str, ...], index: Path | None, as_json: bool) -> None:
    from rag import indexing

    settings = settings_for(index)
    with assemble.store(settings) as store:
        removed = indexing.remove(targets, store)
    if as_json:
        emit({"removed": list(removed)})
    else:
        say(text("cli.removed", count=len(removed)))


@index.command("list", help=text("cli.index_list"))
@common
def index_list(index: Path | None, as_json: bool) -> None:
    with assemble.store(settings_for(index)) as store, store.snapshot() as snapshot:
        articles = snapshot.articles()
    if as_json:
        emit({"articles": [payloads.listed(a) for a in articles]})
    else:
        console.show_articles(articles)


@index.command("status", help=text("cli.index_status"))
@common
def index_status(index: Path | None, as_json: bool) -> None:
    with assemble.store(settings_for(index)) as store:
        console.show_status(store.status(), as_json=as_json)


@index.command("verify", help=text("cli.index_verify"))
@common
def index_verify(index: Path | None, as_json: bool) -> int:
    with assemble.store(settings_for(index)) as store:
        problems = store.verify()
    if as_json:
        emit({"healthy": not problems, "problems": [str(problem) for problem in problems]})
    else:
        for problem in problems:
            say(str(problem), markup=False)
        say(text("cli.verify_bad", count=len(problems)) if problems else text("cli.verify_good"))
    return SAID_NO if problems else DONE


@index.command("rebuild", help=text("cli.index_rebuild"))
@common
def index_rebuild(index: Path | None, as_json: bool) -> None:
    from rag import indexing

    settings = settings_for(index)
    with assemble.store(settings) as store:
        with console.progress() as progress:
            indexing.rebuild(store, assemble.embedder(settings), settings, progress=progress)
        console.show_status(store.status(), as_json=as_json)


@index.command("backup", help=text("cli.index_backup"))
@click.argument("file", type=click.Path(path_type=Path))
@common
def index_backup(file: Path, index: Path | None, as_json: bool) -> None:
    from rag.store import back_up

    with console.progress() as progress:
        backup = back_up(settings_for(index).index, file, progress=progress)
    if as_json:
        emit({"file": str(file), **asdict(backup)})
    else:
        say(text("cli.backed_up", articles=backup.articles, file=file), markup=False)


@index.command("restore", help=text("cli.index_restore"))
@click.argument("file", type=click.Path(path_type=Path))
@common
def index_restore(file: Path, index: Path | None, as_json: bool) -> None:
    from rag.store import restore

    folder = settings_for(index).index
    with console.progress() as progress:
        backup, aside = restore(file, folder, progress=progress)
    if as_json:
        emit({"index": str(folder), "set_aside": str(aside) if aside else None, **asdict(backup)})
    else:
        say(text("cli.restored", articles=backup.articles, folder=folder), markup=False)
        if aside:
            say(text("cli.set_aside", file=aside), markup=False)


@commands.command(help=text("cli.search"))
@QUESTION
@click.option("-k", "count", type=click.IntRange(1, 100), default=10, help=text("cli.option_k"))
@limits
@common
def search(
    question: str | None,
    count: int,
    start: Any,
    end: Any,
    source: str | None,
    index: Path | None,
    as_json: bool,
) -> None:
    settings = settings_for(index)
    period = period_of(start, end)
    with assemble.opened(settings) as assistant:
        started = time.perf_counter()
        query, hits = assistant.search(question or "", count, period=period, source=source)
        timings = {"retrieve": time.perf_counter() - started}
        if assistant.retriever.reranker is not None:
            timings["rerank"] = assistant.retriever.reranker.seconds
    if as_json:
        emit(payloads.search(query, hits, timings))
    else:
        console.show_hits(query, hits)
        if "rerank" in timings:
            say(text("cli.reranked", seconds=f"{timings['rerank']:.2f}"))


@commands.command(help=text("cli.ask"))
@QUESTION
@click.option("--history", type=click.Path(path_type=Path), help=text("cli.option_history"))
@click.option("--no-llm", is_flag=True, help=text("cli.option_no_llm"))
@limits
@common
def ask(
    question: str | None,
    history: Path | None,
    no_llm: bool,
    start: Any,
    end: Any,
    source: str | None,
    index: Path | None,
    as_json: bool,
) -> None:
    from rag import terminal

    settings = settings_for(index)
    turns = terminal.read_history(history) if history else []
    options = Options(period_of(start, end), source, use_llm=not no_llm)
    with assemble.opened(settings) as assistant:
        if question is None and not as_json:
            terminal.chat(assistant, turns, options)
        elif as_json:
            emit(payloads.ask(terminal.finished(assistant, question or "", turns, options)))
        else:
            terminal.show_answer(assistant, question or "", turns, options)


@commands.command(help=text("cli.serve"))
@click.option("--host", help=text("cli.option_host"))
@click.option("--port", type=click.IntRange(1, 65535), help=text("cli.option_port"))
@click.option("--host-name", "host_names", multiple=True, help=text("cli.option_host_name"))
@click.option("--passwords", type=click.Path(path_type=Path), help=text("cli.option_passwords"))
@click.option("--open", "open_browser", is_flag=True, help=text("cli.option_open"))
@common
def serve(
    host: str | None,
    port: int | None,
    host_names: tuple[str, ...],
    passwords: Path | None,
    open_browser: bool,
    index: Path | None,
    as_json: bool,
) -> None:
    from rag.web.passwords import in_force
    from rag.web.serve import serve as serve_chat

    settings = settings_for(index)
    settings = replace(
        settings,
        host=host or settings.host,
        port=port or settings.port,
        host_names=host_names or settings.host_names,
        passwords=in_force(passwords or settings.passwords),
    )

    def announce(url: str) -> None:
        if as_json:
            emit({"url": url})
        else:
            say(text("cli.serving", url=url), markup=False)

    serve_chat(lambda: assemble.library(settings), settings, open_browser=open_browser, announce=announce)


@commands.command(help=text("cli.password"))
@click.argument("name")
@click.option("--file", type=click.Path(path_type=Path), help=text("cli.option_passwords"))
@click.option("--stdin", "from_stdin", is_flag=True, help=text("cli.option_password_stdin"))
@click.option("--remove", "removing", is_flag=True, help=text("cli.option_password_remove"))
@common
def password(
    name: str, file: Path | None, from_stdin: bool, removing: bool, index: Path | None, as_json: bool
) -> None:
    from rag.web import passwords

    name = passwords.usable_name(name)
    file = file or settings_for(index).passwords or passwords.usual_file()
    if removing:
        passwords.remove(file, name)
    else:
        passwords.put(file, name, console.secret(name, from_stdin=from_stdin))
    if as_json:
        emit({"name": name, "file": str(file), "removed": removing})
    else:
        done = "cli.password_removed" if removing else "cli.password_set"
        say(text(done, name=name, file=file), markup=False)


@commands.command("eval", help=text("cli.eval"))
@click.argument("cases", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--corpus", multiple=True, type=click.Path(path_type=Path), help=text("cli.option_corpus"))
@click.option("--retrieval-only", is_flag=True, help=text("cli.option_retrieval_only"))
@click.option("--unaccented", is_flag=True, help=text("cli.option_unaccented"))
@click.option("--drop-gold", is_flag=True, help=text("cli.option_drop_gold"))
@click.option("--sample", type=click.IntRange(1), help=text("cli.option_sample"))
@click.option("--seed", type=int, default=0, help=text("cli.option_seed"))
@click.option("--out", type=click.Path(path_type=Path), help=text("cli.option_out"))
@click.option("--compare", type=click.Path(path_type=Path), help=text("cli.option_compare"))
@click.option("--fail-under", multiple=True, metavar="METRIC=VALUE", help=text("cli.option_fail_under"))
@common
def evaluate(
    cases: tuple[Path, ...],
    corpus: tuple[Path, ...],
    out: Path | None,
    compare: Path | None,
    fail_under: tuple[str, ...],
    index: Path | None,
    as_json: bool,
    **switches: Any,
) -> int:
    from rag.evaluation.command import run_evaluation

    failures = run_evaluation(
        settings_for(index),
        cases,
        corpus,
        switches=switches,
        out=out,
        baseline=compare,
        bounds=fail_under,
        as_json=as_json,
    )
    return SAID_NO if failures else DONE


@commands.command(help=text("cli.doctor"))
@click.option("--tune", is_flag=True, help=text("cli.doctor_tune"))
@common
def doctor(index: Path | None, *, as_json: bool, tune: bool) -> int:
    from rag import doctor as surgery

    settings = settings_for(index)
    measured = None
    if tune:
        with console.running_figures(text("cli.stage_tune")) as tell:
            measured = surgery.tune(settings, lambda done, total: tell(done, total, ""))
    findings = surgery.examine(settings)
    healthy = all(finding.good for finding in findings)
    if as_json:
        found = {"healthy": healthy, "findings": [finding.payload() for finding in findings]}
        emit(found if measured is None else found | {"tuning": [one.payload() for one in measured]})
    else:
        console.show_findings(findings)
        if measured is not None:
            console.show_tuning(measured)
    return DONE if healthy else SAID_NO
