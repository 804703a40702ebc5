"""Is a short question in a conversation a follow-up? What the articles have on it, read as one, must tell.

    python -m benchmarks.fit_guess [--json]

The questions are ours, on our articles, each after one of three others; all are short enough that only a
guess makes them follow-ups. Where the two kinds part is `SURE` in `rag/answering/conversation.py`.
"""

from __future__ import annotations

import argparse
import json
import statistics
from pathlib import Path

from benchmarks.retrieval import DEMO_ARTICLES, DEMO_CASES
from benchmarks.tables import Cell, Table, show
from rag import assemble
from rag.answering.conversation import SURE, standalone
from rag.evaluation.command import opened_index
from rag.settings import Settings
from rag.types import Done, Message

QUESTIONS = Path(__file__).parent / "guesses.jsonl"
BEFORE: dict[str, tuple[str, str]] = {
    "bridge": ("Vì sao cầu Sông Mây thi công chậm?", "Vì 17 hộ chưa bàn giao đất và giá thép tăng. [1]"),
    "hospital": (
        "Sau một năm chạy thận, bệnh viện Đồng Lau gặp khó khăn gì?",
        "Khó khăn lớn nhất là nhân lực. [1]",
    ),
    "library": ("Thư viện của học trò Vĩnh Khê làm từ cái gì?", "Từ một toa tàu cũ. [1]"),
}
NOTE = (
    "Sufficiency of what is found for the question filled in with the topic before it; right: at least SURE "
    "for a follow-up, less for another topic."
)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    show(table(measured()), as_json=options.json)


def measured() -> dict[bool, list[float]]:
    """The sufficiency of every question as a follow-up, by whether it is one."""
    settings = Settings.load()
    embedder = assemble.embedder(settings)
    found: dict[bool, list[float]] = {True: [], False: []}
    with opened_index(settings, [DEMO_CASES], [DEMO_ARTICLES], embedder) as store:
        assistant = assemble.assistant(settings, store, embedder)
        for line in QUESTIONS.read_text(encoding="utf-8").splitlines():
            record = json.loads(line)
            asked, answered = BEFORE[record["before"]]
            history: list[Message] = [
                {"role": "user", "content": asked},
                {"role": "assistant", "content": answered},
            ]
            reading = standalone(record["question"], history)
            if not reading.guessed:
                raise ValueError(f"no guess: {record['question']}")
            *_, done = assistant.answer(reading.text, use_llm=False)
            assert isinstance(done, Done)
            found[record["goes_on"]].append(done.answer.sufficiency)
    return found


def table(found: dict[bool, list[float]]) -> Table:
    rows: list[list[Cell]] = []
    for goes_on, name in ((True, "follow-ups"), (False, "other topics")):
        values = found[goes_on]
        right = sum((value >= SURE) == goes_on for value in values)
        rows.append([name, len(values), min(values), statistics.median(values), max(values), right])
    title = f"guesses in a conversation, believed from {SURE} on"
    return Table(title, NOTE, ["", "n", "least", "median", "most", "right"], rows)


if __name__ == "__main__":
    main()
