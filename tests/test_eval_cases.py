"""The project's own test set asks about the demonstration articles; what it calls right stands in them."""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from test_demo import DEMO

from rag.language.normalize import has_accents, tokens

CASES_FILE = Path(__file__).parent / "eval" / "demo.jsonl"
CASES: list[dict[str, Any]] = [
    json.loads(line) for line in CASES_FILE.read_text(encoding="utf-8").splitlines()
]
ANSWERABLE = [case for case in CASES if not case["abstain"]]
ABSTAINING = [case for case in CASES if case["abstain"]]
LEAST = {
    "fact": 25,
    "number": 25,
    "date": 15,
    "name": 20,
    "list": 12,
    "comparison": 10,
    "time": 12,
    "corrected": 8,
    "followup": 15,
    "unaccented": 15,
    "typo": 6,
    "abbreviation": 8,
    "near": 18,
    "out-of-scope": 8,
    "injection": 6,
}
FIELDS = {"id", "question", "history", "answers", "articles", "abstain", "tags"}


def by_id(case: dict[str, Any]) -> str:
    return str(case["id"])


def contains(text: str, phrase: str) -> bool:
    """Whether `phrase` occurs in `text` as whole tokens, in matching form."""
    return f" {' '.join(tokens(phrase))} " in f" {' '.join(tokens(text))} "


def readable(article_id: str) -> str:
    """All that a reader of the article sees: title, day, text."""
    article = DEMO[article_id]
    day = datetime.fromisoformat(article.fields["published"])
    return f"{article.fields['title']}\n{day.day}/{day.month}/{day.year}\n{article.body}"


def test_there_are_enough_cases_of_every_kind() -> None:
    assert len(CASES) >= 160
    assert len({case["id"] for case in CASES}) == len(CASES)
    assert len({(case["question"], json.dumps(case["history"])) for case in CASES}) == len(CASES)
    counts = Counter(tag for case in CASES for tag in case["tags"])
    assert {tag: counts[tag] for tag, least in LEAST.items() if counts[tag] < least} == {}
    assert set(counts) == {*LEAST, "unanswerable", "derived"}
    assert sum("reference" in case for case in CASES) >= 40


@pytest.mark.parametrize("case", CASES, ids=by_id)
def test_case_has_the_agreed_fields(case: dict[str, Any]) -> None:
    assert set(case) - {"reference"} == FIELDS
    assert case["question"].strip() == case["question"] != ""
    assert len(set(case["tags"])) == len(case["tags"]) > 0
    assert [turn["role"] for turn in case["history"]] == ["user", "assistant"] * (len(case["history"]) // 2)
    assert bool(case["history"]) == ("followup" in case["tags"])


@pytest.mark.parametrize("case", ANSWERABLE, ids=by_id)
def test_every_fact_stands_in_a_gold_article(case: dict[str, Any]) -> None:
    assert case["articles"]
    assert case["answers"]
    texts = [readable(article_id) for article_id in case["articles"]]
    missing = [
        fact for fact in case["answers"] if not any(contains(text, words) for text in texts for words in fact)
    ]
    assert missing == ([] if "derived" not in case["tags"] else case["answers"])


@pytest.mark.parametrize("case", [case for case in CASES if "reference" in case], ids=by_id)
def test_the_reference_answer_counts_as_correct(case: dict[str, Any]) -> None:
    answer = case["reference"]
    assert [fact for fact in case["answers"] if not any(contains(answer, words) for words in fact)] == []


@pytest.mark.parametrize("case", ANSWERABLE, ids=by_id)
def test_the_question_does_not_give_the_answer_away(case: dict[str, Any]) -> None:
    choice = "comparison" in case["tags"] or "list" in case["tags"]
    given = [fact for fact in case["answers"] if any(contains(case["question"], words) for words in fact)]
    assert choice or len(given) < len(case["answers"])


@pytest.mark.parametrize("case", ABSTAINING, ids=by_id)
def test_an_unanswerable_case_has_no_gold(case: dict[str, Any]) -> None:
    assert case["answers"] == []
    assert case["articles"] == []
    assert "unanswerable" in case["tags"]
    assert {"near", "out-of-scope"} & set(case["tags"])


@pytest.mark.parametrize("case", CASES, ids=by_id)
def test_unaccented_questions_are_typed_without_accents(case: dict[str, Any]) -> None:
    assert has_accents(case["question"]) != ("unaccented" in case["tags"])
