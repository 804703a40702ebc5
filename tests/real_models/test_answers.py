"""The main job with the real models: a question, a short cited answer, or a plain refusal."""

from __future__ import annotations

import time

import pytest

from rag.answering.assistant import Assistant
from rag.types import Answer, Done, Message, Token

pytestmark = pytest.mark.real_models


def answer(assistant: Assistant, question: str, history: list[Message] | None = None) -> Answer:
    *_, done = assistant.answer(question, history or [])
    assert isinstance(done, Done)
    return done.answer


def check_citations(given: Answer, assistant: Assistant) -> None:
    """Every sentence is cited, every mark has its citation, every quote is the article to the letter."""
    assert all(sentence.supported for sentence in given.sentences)
    numbers = {citation.number for citation in given.citations}
    assert {n for sentence in given.sentences for n in sentence.citations} == numbers
    for citation in given.citations:
        quote = citation.quote
        assert quote.text == assistant.article(quote.article.id).text[quote.start : quote.end]


@pytest.mark.parametrize(
    ("question", "fact", "article"),
    [
        ("Cầu Sông Mây dài bao nhiêu mét?", "486", "cau-song-may"),
        ("cau song may dai bao nhieu met", "486", "cau-song-may"),
        ("Tỷ lệ người dân có thẻ BHYT ở Hà Trung Sơn là bao nhiêu?", "94,2", "bhyt-ho-gia-dinh"),
        ("Giám đốc nào nói về mức đóng BHYT hộ gia đình?", "Kiều Thị Nga", "bhyt-ho-gia-dinh"),
    ],
)
def test_a_question_gets_a_short_cited_answer(
    demo_assistant: Assistant, question: str, fact: str, article: str
) -> None:
    given = answer(demo_assistant, question)
    assert not given.abstained
    assert fact in given.text
    assert any(citation.quote.article.id.startswith(article) for citation in given.citations)
    check_citations(given, demo_assistant)


def test_what_no_article_says_is_refused(demo_assistant: Assistant) -> None:
    given = answer(demo_assistant, "Giá xăng RON 95 hôm nay là bao nhiêu?")
    assert (given.abstained, given.citations) == (True, ())
    assert given.text.startswith("Không tìm thấy")


def test_a_follow_up_knows_what_was_asked_before(demo_assistant: Assistant) -> None:
    history: list[Message] = [
        {"role": "user", "content": "Cầu Sông Mây nằm ở tỉnh nào?"},
        {"role": "assistant", "content": "Cầu Sông Mây nằm ở tỉnh Hà Trung Sơn. [1]"},
    ]
    given = answer(demo_assistant, "Cầu đó dài bao nhiêu mét?", history)
    assert "486" in given.text
    check_citations(given, demo_assistant)


def test_another_topic_in_few_words_is_not_taken_for_a_follow_up(demo_assistant: Assistant) -> None:
    history: list[Message] = [
        {"role": "user", "content": "Vì sao cầu Sông Mây thi công chậm?"},
        {"role": "assistant", "content": "Vì 17 hộ chưa bàn giao đất. [1]"},
    ]
    refused = answer(demo_assistant, "Giá vàng hôm nay bao nhiêu?", history)
    assert refused.abstained
    assert "Sông Mây" not in refused.text


def test_the_same_question_gets_the_same_answer(demo_assistant: Assistant) -> None:
    first = answer(demo_assistant, "Cầu Sông Mây có mấy làn xe?")
    second = answer(demo_assistant, "Cầu Sông Mây có mấy làn xe?")
    assert (first.text, first.citations) == (second.text, second.citations)


def test_stopping_while_the_prompt_is_read_ends_at_once(demo_assistant: Assistant) -> None:
    started = time.monotonic()
    generator = demo_assistant.generator()
    long_prompt: list[Message] = [{"role": "user", "content": "Cầu Sông Mây dài 486 m. " * 100}]
    pieces = list(
        generator.generate(long_prompt, max_tokens=50, cancelled=lambda: time.monotonic() > started + 0.5)
    )
    assert pieces == []
    assert list(generator.generate([{"role": "user", "content": "Chào"}], max_tokens=1)) != []


def test_words_stream_as_they_are_written(demo_assistant: Assistant) -> None:
    events = list(demo_assistant.answer("Cầu Sông Mây dài bao nhiêu mét?"))
    written = "".join(event.text for event in events if isinstance(event, Token))
    assert "486" in written
    assert not any("\ufffd" in event.text for event in events if isinstance(event, Token))
