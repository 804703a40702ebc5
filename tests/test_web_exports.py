from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from web_fakes import LENGTH, REFUSAL, answer, refusal

from rag.evaluation.cases import read_cases
from rag.types import Article, Quote
from rag.web import exports
from rag.web.conversations import Conversation
from rag.web.records import record
from rag.web.turn import Turn

SMALL = Article("a1", "Tên *bài*", "Một câu. Hai câu.", "2024-03-12", "Báo A")
FIRST = Quote(SMALL, 0, 8)
TALK = Conversation("c1", "Về <cầu>", "2026-11-26T08:00:00+00:00")
ANSWERED = replace(record(Turn("Hỏi?", answer=answer("Hỏi?", [("Một.", (FIRST,))]))), id="r1")
REFUSED = replace(record(Turn("Vàng?", answer=refusal("Vàng?"))), id="r2")


def test_plain_text_with_sources() -> None:
    assert exports.plain(ANSWERED) == "Hỏi?\n\nMột.[1]\n\n[1] “Một câu.” (Tên *bài*, Báo A, 12/03/2024)"
    assert exports.plain(REFUSED) == f"Vàng?\n\n{REFUSAL}"


def test_markdown_shows_everything_as_it_is() -> None:
    assert exports.markdown(TALK, [ANSWERED]) == (
        "# Về \\<cầu\\>\n\n## Hỏi?\n\nMột.\\[1\\]\n\n"
        "> [1] Một câu.\n>\n> **Tên \\*bài\\***, Báo A, 12/03/2024\n"
    )


def test_json_has_all_that_is_kept() -> None:
    written = json.loads(exports.as_json(TALK, [ANSWERED]))
    assert (written["title"], written["records"][0]["text"]) == ("Về <cầu>", "Một.[1]")
    assert written["records"][0]["sources"][0]["quote"] == "Một câu."


def test_name_of_the_file() -> None:
    assert exports.file_name(TALK, ".md") == "hoi-bao-2026-11-26.md"


def test_judged_answers_are_cases_that_eval_reads(tmp_path: Path) -> None:
    right = replace(ANSWERED, opinion="good")
    silent = record(Turn("Không chấm?", answer=answer("Không chấm?", [("Có.", (LENGTH,))])))
    rightly_refused = replace(REFUSED, opinion="good")
    wrong = replace(ANSWERED, id="r3", opinion="bad", reason="Hai câu.")
    file = tmp_path / "đã chấm.jsonl"
    file.write_text(exports.cases([(right, silent, rightly_refused), (wrong,)]), encoding="utf-8")
    first, second, third = read_cases([file])
    assert (first.id, first.question, first.reference, first.articles) == ("r1", "Hỏi?", "Một.", ("a1",))
    assert first.tags == ("reader", "reader-good")
    assert (second.abstain, second.reference, second.articles) == (True, None, ())
    assert [message["content"] for message in second.history] == [
        "Hỏi?",
        "Một.[1]",
        "Không chấm?",
        "Có.[1]",
    ]
    assert (third.reference, third.tags) == ("Hai câu.", ("reader", "reader-bad"))
