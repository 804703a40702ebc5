"""Passages: whole sentences, exact spans, paragraphs kept together."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.language.sentences import split_sentences
from rag.passages import embedding_text, split
from rag.types import Article, Passage


def words(text: str) -> int:
    return len(text.split())


def letters(text: str) -> int:
    return len(text.replace(" ", ""))


def passages(text: str, max_tokens: int, overlap: int = 0) -> list[str]:
    article = Article(id="bai", title="Đê mới", text=text)
    found = split(article, words, max_tokens=max_tokens, overlap_sentences=overlap)
    assert [passage.number for passage in found] == list(range(len(found)))
    assert all(passage.text == text[passage.start : passage.end] for passage in found)
    return [passage.text for passage in found]


def test_short_article_is_one_passage() -> None:
    article = Article(id="bai", title="Đê mới", text="Đê xong.\n\nDân mừng.")
    assert split(article, words, max_tokens=10, overlap_sentences=1) == (
        Passage("bai#0", "bai", 0, 0, 19, "Đê xong.\n\nDân mừng."),
    )


def test_empty_article_has_none() -> None:
    assert passages("", 10) == []


def test_whole_paragraphs_fill_a_passage() -> None:
    text = "Một hai ba.\n\nBốn năm sáu.\n\nBảy tám chín."
    assert passages(text, 7) == ["Một hai ba.\n\nBốn năm sáu.", "Bảy tám chín."]


def test_a_paragraph_is_not_divided_when_it_fits_into_the_next_passage() -> None:
    text = "Một hai ba bốn. Năm sáu bảy.\n\nTám chín. Mười một hai."
    assert passages(text, 9) == ["Một hai ba bốn. Năm sáu bảy.", "Tám chín. Mười một hai."]


def test_a_paragraph_too_long_for_any_passage_is_divided_between_sentences() -> None:
    text = "Một hai ba.\n\nBốn năm. Sáu bảy. Tám chín. Mười một. Hai ba."
    assert passages(text, 7) == ["Một hai ba.\n\nBốn năm. Sáu bảy.", "Tám chín. Mười một. Hai ba."]


def test_a_lone_line_goes_with_the_paragraph_after_it() -> None:
    text = "Về đê\n\n" + "Một hai ba bốn năm sáu bảy tám. Chín mười một hai ba bốn năm sáu bảy."
    assert passages(text, 17) == [
        "Về đê\n\nMột hai ba bốn năm sáu bảy tám.",
        "Chín mười một hai ba bốn năm sáu bảy.",
    ]


def test_a_tiny_last_paragraph_takes_a_neighbour_along() -> None:
    text = "Một hai ba bốn năm sáu.\n\nBảy tám chín mười.\n\nMột hai ba bốn năm sáu.\n\nHết."
    assert passages(text, 16) == [
        "Một hai ba bốn năm sáu.\n\nBảy tám chín mười.",
        "Một hai ba bốn năm sáu.\n\nHết.",
    ]


def test_overlap_repeats_whole_sentences() -> None:
    text = "Một hai. Ba bốn. Năm sáu. Bảy tám. Chín mười. Một hai."
    assert passages(text, 8, overlap=1) == [
        "Một hai. Ba bốn. Năm sáu. Bảy tám.",
        "Bảy tám. Chín mười. Một hai.",
    ]


def test_overlap_leaves_out_what_takes_too_much_room() -> None:
    text = "Một hai ba bốn năm. Sáu bảy tám chín mười."
    assert passages(text, 6, overlap=1) == ["Một hai ba bốn năm.", "Sáu bảy tám chín mười."]


def test_a_long_list_is_cut_after_a_semicolon() -> None:
    text = "Tỉnh giao việc: huyện lo đất, xã lo dân; sở lo tiền, lo thợ; công an giữ trật tự."
    assert passages(text, 11) == [
        "Tỉnh giao việc: huyện lo đất, xã lo dân;",
        "sở lo tiền, lo thợ; công an giữ trật tự.",
    ]


def test_a_long_sentence_without_semicolon_is_cut_at_a_comma_then_at_a_space() -> None:
    assert passages("một hai ba bốn, năm sáu bảy", 5) == ["một hai ba bốn,", "năm sáu bảy"]
    assert passages("một hai ba bốn năm sáu bảy", 5) == ["một hai ba bốn năm", "sáu bảy"]


def test_a_single_long_word_stays_whole() -> None:
    article = Article(id="bai", title="", text="ab abcdefghij ab")
    found = split(article, letters, max_tokens=4, overlap_sentences=1)
    assert [passage.text for passage in found] == ["ab", "abcdefghij", "ab"]


@pytest.mark.parametrize(("max_tokens", "overlap"), [(0, 0), (10, -1)])
def test_settings_out_of_range(max_tokens: int, overlap: int) -> None:
    with pytest.raises(ValueError, match=f"max_tokens={max_tokens}, overlap_sentences={overlap}"):
        split(Article(id="a", title="", text="a"), words, max_tokens=max_tokens, overlap_sentences=overlap)


_PIECES = ["một", "hai", "Ba", "TP.", "5,67%", "x" * 12, "a;", "b,", ":", "– ", "Hết.", "Ai?", "”", "…"]
_BREAKS = ["\n", "\n\n", "\n- ", "\u00a0", "1. "]
_TEXTS = st.lists(st.sampled_from([*_PIECES, *_BREAKS]), max_size=80).map(" ".join)


@settings(max_examples=300, deadline=None)
@given(
    _TEXTS | st.text(max_size=200),
    st.integers(1, 30),
    st.integers(0, 3),
    st.sampled_from([words, letters, len]),
)
def test_any_text_any_settings(text: str, max_tokens: int, overlap: int, count: object) -> None:
    assert callable(count)
    article = Article(id="bai", title="Đê mới", text=text)
    found = split(article, count, max_tokens=max_tokens, overlap_sentences=overlap)
    assert found == split(article, count, max_tokens=max_tokens, overlap_sentences=overlap)
    covered = 0
    for passage in found:
        assert passage.text == text[passage.start : passage.end] == passage.text.strip()
        assert count(passage.text) <= max_tokens or len(passage.text.split()) == 1
        assert passage.end > covered
        assert text[covered : passage.start].strip() == ""  # nothing lies between two passages
        covered = passage.end
    assert text[covered:].strip() == ""
    if found and max_tokens >= count(text):
        assert len(found) == 1
        assert len(split_sentences(text)) >= 1


def test_embedding_text_puts_title_and_day_before_the_passage() -> None:
    passage = Passage("bai#0", "bai", 0, 0, 8, "Đê xong.")
    article = Article("bai", "Đê mới", "Đê xong.", published="2021-09-25T16:58:00+07:00")
    assert embedding_text(article, passage) == "Đê mới – 25/09/2021\nĐê xong."
    assert embedding_text(Article("bai", "Đê mới", "Đê xong."), passage) == "Đê mới\nĐê xong."
    assert (
        embedding_text(Article("bai", "", "Đê xong.", published="2021-09-25"), passage)
        == "25/09/2021\nĐê xong."
    )
    assert embedding_text(Article("bai", "", "Đê xong."), passage) == "Đê xong."
    long = Article("bai", "đê " * 60, "Đê xong.")
    assert embedding_text(long, passage) == ("đê " * 40).rstrip() + "\nĐê xong."
