"""How soon an answer begins and ends, beside the ways that people use llama.cpp with in Python.

    python -m benchmarks.rivals [--questions 10] [--json]

The same model file, articles and questions for all, asked in turns in one run. The first run makes the
environments of the rivals (`rivals_setup.py`). All models are loaded at once: some 10 GB of memory.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from datetime import date
from multiprocessing import get_context
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from benchmarks import rivals_ways as ways
from benchmarks.plain_recipe import PlainRecipe
from benchmarks.retrieval import DEMO_ARTICLES, DEMO_CASES
from benchmarks.rivals_setup import HAYSTACK, LLAMA_INDEX, Child, server
from benchmarks.rivals_table import (
    FOLLOWED,
    FREE,
    INDEXED,
    NEW,
    PLAIN,
    SEEN,
    SERVED,
    STACKED,
    TUNED,
    TUNED_FOLLOWED,
    TUNED_FREE,
    TUNED_SEEN,
    TYPED,
    TYPED_FOLLOWED,
    WAYS,
    Runs,
    table,
)
from benchmarks.rivals_ways import Plain, Told
from benchmarks.tables import show
from rag import assemble, console
from rag.answering.assistant import Assistant
from rag.evaluation.cases import Case, read_cases
from rag.evaluation.command import opened_index
from rag.models import locate
from rag.settings import Settings

P = ParamSpec("P")
T = TypeVar("T")

HAYSTACK_CONTEXT = 8192  # ten pieces of 200 words are more than 4,096
FREE_PROMPTS = (
    "Hãy viết một đoạn văn khoảng một trăm chữ tả buổi sáng ở một làng chài.",
    "Giải thích cho học sinh lớp sáu vì sao có ngày và đêm.",
    "Viết thư ngắn cảm ơn một người hàng xóm đã trông nhà giúp.",
)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--questions", type=int, default=10)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    settings = Settings.load()
    cases = [case for case in read_cases([DEMO_CASES]) if not case.abstain]
    embedder = assemble.embedder(settings)
    with opened_index(settings, [DEMO_CASES], [DEMO_ARTICLES], embedder) as store:
        settings = replace(settings, index=store.folder)
        recipe = PlainRecipe(assemble.assistant(settings, store, embedder))
        with rivals(settings, recipe) as asking:
            runs = run(asking, cases, options.questions)
            weights = Path(settings.llm).name  # it may be named by its file
            title = f"rivals, {len(runs[NEW])} questions, {assemble.threads(settings)} threads, {weights}"
            made = table(title, runs, asking.count)  # counted by one of the models
        show(made, as_json=options.json)


# ── The run ───────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Asking:
    """Everybody who can be asked."""

    settings: Settings
    recipe: PlainRecipe
    plain: Plain
    tuned: Plain
    served: Plain
    frameworks: Mapping[str, Child]
    free: Callable[[str], Told]  # of (b)
    count: Callable[[str], int]  # the model's tokens in a text


@contextmanager
def rivals(settings: Settings, recipe: PlainRecipe) -> Iterator[Asking]:
    """All of them ready, each having answered once."""
    weights, context = locate(settings.llm, settings.models), settings.context_tokens
    cores, tuning = assemble.threads(settings), tuned_by_hand(settings)
    given = {
        "model": str(weights),
        "embedder": str(locate(settings.embedder, settings.models)),
        "articles": whole_articles(recipe.ours),
        "answer_tokens": settings.answer_tokens,
    }
    tunings = {INDEXED: tuning, STACKED: tuning | {"n_ctx": HAYSTACK_CONTEXT}}
    names = {INDEXED: LLAMA_INDEX, STACKED: HAYSTACK}
    with ExitStack() as stack:
        url = stack.enter_context(server(weights, threads=cores, context=context))
        children = {
            way: stack.enter_context(closing(Child(names[way], given | {"tuned": tuned})))
            for way, tuned in tunings.items()
        }
        llama = stack.enter_context(closing(ways.model(weights, n_ctx=context)))
        better = stack.enter_context(closing(tuned_model(settings)))
        streams = (ways.in_process(llama), ways.in_process(better), ways.over_http(url))
        count_prompt = ways.prompt_counter(better)
        plain, tuned, served = (Plain(recipe, stream, count_prompt) for stream in streams)

        def count(text: str) -> int:
            return len(better.tokenize(text.encode(), add_bos=False, special=True))

        asking = Asking(
            settings, recipe, plain, tuned, served, children, lambda text: ways.said(streams[1], text), count
        )
        for way in (plain, tuned, served):
            way.ask(ways.WARM)
        for child in children.values():
            ways.ask_framework(child, ways.WARM, count)
        yield asking


def tuned_by_hand(settings: Settings) -> dict[str, Any]:
    """Options of `llama_cpp.Llama`."""
    cores = assemble.threads(settings)
    return {"n_threads": cores, "n_threads_batch": cores, "n_batch": 512, "flash_attn": True}


def tuned_model(settings: Settings) -> Any:
    """The model of (b)."""
    weights = locate(settings.llm, settings.models)
    return ways.model(weights, n_ctx=settings.context_tokens, **tuned_by_hand(settings))


def whole_articles(assistant: Assistant) -> list[str]:
    """What a framework is given to index."""
    articles = (assistant.article(summary.id) for summary in assistant.articles())
    return [f"{article.title}\n\n{article.text}" for article in articles]


def run(asking: Asking, cases: Sequence[Case], size: int) -> Runs:
    """Everything asked, question by question, so that a machine that slows down does so for all."""
    runs: Runs = {way: {} for way in WAYS}
    alone = [case for case in cases if not case.history]
    questions = spread(alone, size)
    follow_ups = spread([case for case in cases if len(case.history) == 2], size)
    total = len(questions) + len(follow_ups)
    with console.running_figures() as tell:
        for number, case in enumerate(questions, start=1):
            ask_all(asking, runs, case, neighbour(case, alone))
            tell(number, total, case.question)
        for number, case in enumerate(follow_ups, start=len(questions) + 1):
            ask_follow_up(asking, runs, case)
            tell(number, total, case.question)
    apart_free = in_new_process(ways.free, asking.settings, FREE_PROMPTS)
    for place, (text, told) in enumerate(zip(FREE_PROMPTS, apart_free, strict=True)):
        runs[FREE][str(place)], runs[TUNED_FREE][str(place)] = told, asking.free(text)
    return runs


def ask_all(asking: Asking, runs: Runs, case: Case, before: Case | None) -> None:
    """A question that stands alone, put to everybody; to (b) and us once more after another one."""
    question, settings = case.question, asking.settings
    runs[PLAIN][case.id] = asking.plain.ask(question)[0]
    runs[TUNED][case.id] = asking.tuned.ask(question)[0]
    runs[SERVED][case.id] = asking.served.ask(question)[0]
    for way, child in asking.frameworks.items():
        runs[way][case.id] = ways.ask_framework(child, question, asking.count)
    runs[NEW][case.id] = ours(asking, in_new_process(ways.new, settings, question))
    runs[TYPED][case.id] = ours(asking, in_new_process(ways.typed, settings, question))
    if before is not None:
        asking.tuned.ask(before.question)
        runs[TUNED_SEEN][case.id] = asking.tuned.ask(question)[0]
        told = in_new_process(ways.seen, settings, before.question, question)
        runs[SEEN][case.id] = ours(asking, told)


def ask_follow_up(asking: Asking, runs: Runs, case: Case) -> None:
    first = case.history[0]["content"]
    _, turns = asking.tuned.ask(first)
    runs[TUNED_FOLLOWED][case.id] = asking.tuned.ask(case.question, turns)[0]
    for way, typing in ((FOLLOWED, False), (TYPED_FOLLOWED, True)):
        told = in_new_process(ways.followed, asking.settings, first, case.question, typing=typing)
        runs[way][case.id] = ours(asking, told)


def ours(asking: Asking, told: Told) -> Told:
    """With how long it takes to understand the question, which no event tells."""
    assistant = asking.recipe.ours
    with assistant.store.snapshot() as snapshot:
        started = time.perf_counter()
        assistant.retriever.understand(told.question, snapshot, today=date.today())  # noqa: DTZ011  # any day
        return replace(told, understood=time.perf_counter() - started)


def in_new_process(work: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T:
    """What `work` gives in a process that has done nothing else."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(work, *arguments, **named).result()


def spread(cases: Sequence[Case], size: int) -> list[Case]:
    """`size` of them from all over, all when there are fewer."""
    step = max(1, len(cases) // size)
    return list(cases[::step][:size])


def neighbour(case: Case, cases: Sequence[Case]) -> Case | None:
    """Another question that an article of this one answers, None when there is none."""
    wanted = set(case.articles)
    return next((other for other in cases if other.id != case.id and wanted & set(other.articles)), None)


if __name__ == "__main__":
    main()
