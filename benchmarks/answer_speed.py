"""How long an answer takes: first evidence, first word, finished; medians over questions on our articles.

python -m benchmarks.answer_speed [--questions N] [--json]
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from dataclasses import asdict
from importlib.resources import files
from pathlib import Path

from rag import assemble
from rag.evaluation.cases import read_cases
from rag.evaluation.command import opened_index
from rag.settings import Settings
from rag.types import Done

CASES = Path(__file__).parent.parent / "tests" / "eval" / "demo.jsonl"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--questions", type=int, default=10)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    settings = Settings.load()
    started = time.perf_counter()
    embedder = assemble.embedder(settings)
    cases = [case for case in read_cases([CASES]) if not case.abstain and not case.history]
    step = max(1, len(cases) // options.questions)
    rows = []
    with opened_index(settings, [CASES], [Path(str(files("rag.demo") / "articles"))], embedder) as store:
        assistant = assemble.assistant(settings, store, embedder)
        embedder.embed_queries(["làm nóng"])
        assistant.generator()
        opened = time.perf_counter() - started
        for case in cases[::step][: options.questions]:
            *_, done = assistant.answer(case.question)
            assert isinstance(done, Done)
            rows.append(asdict(done.answer.timings) | {"prompt_tokens": done.answer.prompt_tokens})
    figures = {"open": opened} | {
        name: statistics.median(values)
        for name in rows[0]
        if (values := [row[name] for row in rows if row[name]])
    }
    if options.json:
        print(json.dumps(figures | {"questions": len(rows)}))
        return
    print(f"medians over {len(rows)} questions, {assemble.threads(settings)} threads, {settings.llm}")
    for name, value in figures.items():
        print(f"{name:16} {value:8.2f}")


if __name__ == "__main__":
    main()
