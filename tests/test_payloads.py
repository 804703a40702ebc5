"""The JSON that scripts read: exact keys and values."""

from __future__ import annotations

import json
from datetime import date

from rag import payloads
from rag.store import ArticleSummary
from rag.types import (
    Answer,
    AnswerSentence,
    Article,
    Citation,
    Hit,
    Passage,
    Period,
    Query,
    Quote,
    Timings,
    Withheld,
)

ARTICLE = Article(
    "cau", "Khởi công", "Sáng 15/3. Cầu dài 486 m.", published="2021-09-25T16:58:00+07:00", source="Báo Mẫu"
)
HIT = Hit(
    1,
    0.87654321,
    Passage("cau#0", "cau", 0, 11, 25, "Cầu dài 486 m."),
    ARTICLE,
    {"dense": 0.12345678, "lexical": 3.0},
    (Article("cau-2", "Khởi công cầu", "…", published="2021-09-26", source="Báo Khác"),),
)
QUERY = Query(
    "cau dai",
    "cầu dài",
    accents_restored=True,
    period=Period(date(2021, 9, 1), None),
    notes=("Đã tìm theo từng từ.",),
)
NAMES = {"article_id": "cau", "title": "Khởi công", "published": "2021-09-25T16:58:00+07:00"}
HIT_JSON = {
    "rank": 1,
    "score": 0.876543,
    **NAMES,
    "source": "Báo Mẫu",
    "passage_id": "cau#0",
    "text": "Cầu dài 486 m.",
    "start": 11,
    "end": 25,
    "scores": {"dense": 0.123457, "lexical": 3.0},
    "copies": [
        {"article_id": "cau-2", "title": "Khởi công cầu", "published": "2021-09-26", "source": "Báo Khác"}
    ],
}
UNDERSTOOD_JSON = {
    "text": "cầu dài",
    "accents_restored": True,
    "period": {"from": "2021-09-01", "to": None},
    "notes": ["Đã tìm theo từng từ."],
}


def test_a_period_with_open_ends() -> None:
    assert payloads.period(None) is None
    assert payloads.period(Period(None, date(2021, 1, 22))) == {"from": None, "to": "2021-01-22"}


def test_an_article_is_named_and_not_told() -> None:
    listed = ArticleSummary("a", "Tên", None, None, "http://127.0.0.1/", "Xã hội", "/a.txt", 10, 1)
    assert payloads.article(listed) == {"article_id": "a", "title": "Tên", "published": None, "source": None}


def test_a_listed_article_says_where_its_date_was_found() -> None:
    listed = ArticleSummary("a", "Tên", "2024-03-12", None, None, None, "/a.pdf", 10, 1, "file")
    assert payloads.listed(listed) == {
        "article_id": "a",
        "title": "Tên",
        "published": "2024-03-12",
        "source": None,
        "published_from": "file",
        "path": "/a.pdf",
    }


def test_search() -> None:
    assert payloads.search(QUERY, [HIT], {"retrieve": 0.123456}) == {
        "question": "cau dai",
        "understood": UNDERSTOOD_JSON,
        "hits": [HIT_JSON | {"matched": ["cau", "cau dai", "dai"]}],  # the question came without accents
        "timings": {"retrieve": 0.1235},
    }


def test_ask() -> None:
    quote = Quote(ARTICLE, 11, 25, 0.5)
    answer = Answer(
        question="cau dai",
        text="Cầu dài 486 m. [1]",
        abstained=False,
        citations=(Citation(1, quote),),
        sentences=(AnswerSentence("Cầu dài 486 m.", (1,)),),
        hits=(HIT,),
        model="scripted",
        timings=Timings(retrieve=0.00004, first_evidence=0.2, first_token=None, total=1.23456),
        sufficiency=0.123456,
        query=QUERY,
        withheld=(Withheld("Cầu dài 999 m.", "figure"),),
        prompt_tokens=700,
        answer_tokens=9,
    )
    found = payloads.ask(answer)
    assert found == {
        "question": "cau dai",
        "understood": UNDERSTOOD_JSON,
        "answer": "Cầu dài 486 m. [1]",
        "abstained": False,
        "sufficiency": 0.1235,
        "citations": [
            {"number": 1, **NAMES, "source": "Báo Mẫu", "quote": "Cầu dài 486 m.", "start": 11, "end": 25}
        ],
        "sentences": [{"text": "Cầu dài 486 m.", "citations": [1], "supported": True}],
        "withheld": [{"text": "Cầu dài 999 m.", "reason": "figure"}],
        "hits": [HIT_JSON],
        "model": "scripted",
        "tokens": {"prompt": 700, "answer": 9},
        "timings": {"retrieve": 0.0, "first_evidence": 0.2, "first_token": None, "total": 1.2346},
    }
    assert json.loads(json.dumps(found)) == found
    assert found["citations"][0]["quote"] == ARTICLE.text[11:25]


def test_a_refusal() -> None:
    refusal = Answer("gì?", "Không tìm thấy.", True, (), (), (), "none", Timings(total=0.5))
    found = payloads.ask(refusal)
    assert (found["abstained"], found["citations"], found["sentences"]) == (True, [], [])
    assert found["understood"] is None
