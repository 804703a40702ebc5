"""The lexical leg: what counts as a term, BM25 to the digit, and question text that is only ever text."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest

from rag.articles.clean import content_hash
from rag.store import Recipe, Store
from rag.store import lexical as lexical_module
from rag.store.lexical import EXTRA_BOOST, TITLE_BOOST, terms
from rag.types import Article, Passage

RECIPE = Recipe("none", "none", 1, "whole")


def fill(store: Store, texts: dict[str, str], titles: dict[str, str] | None = None) -> None:
    """One passage per article, no vectors."""
    with store.write(RECIPE) as writer:
        for name, body in texts.items():
            made = Article(name, (titles or {}).get(name, ""), body)
            made = replace(made, content_hash=content_hash(made))
            writer.put(made, [Passage(f"{name}#0", name, 0, 0, len(body), body)], None)


def search(store: Store, question: str, *, folded: bool = False, k: int = 10) -> list[str]:
    with store.snapshot() as snapshot:
        found = snapshot.lexical(terms(question, folded=folded), k, folded=folded)
    return [scored.passage.article_id for scored in found]


def scores(store: Store, wanted: Sequence[str]) -> dict[str, float]:
    with store.snapshot() as snapshot:
        return {s.passage.article_id: s.score for s in snapshot.lexical(wanted, 10, folded=False)}


# ── Terms ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("written", "accented", "folded"),
    [
        ("Hà Nội mưa", ["hà", "hà_nội", "nội", "nội_mưa", "mưa"], ["ha", "ha_noi", "noi", "noi_mua", "mua"]),
        ("Đường hoà bình", ["đường", "đường_hòa", "hòa", "hòa_bình", "bình"], None),
        ("ĐẮK LẮK", ["đắk", "đắk_lắk", "lắk"], ["dak", "dak_lak", "lak"]),
        ("Tăng 16,8% so", ["tăng", "tăng_16,8", "16,8", "16,8_so", "so"], None),
        ("TP.HCM", ["tp", "tp_hcm", "hcm"], None),
        ("Đã đến. Ông nói", ["đã", "đã_đến", "đến", "ông", "ông_nói", "nói"], None),
        ("Đã đến.” Ông", ["đã", "đã_đến", "đến", "ông"], None),
        ("Ông nói: “Có”", ["ông", "ông_nói", "nói", "có"], None),
        ("Dòng một\nDòng hai", ["dòng", "dòng_một", "một", "dòng", "dòng_hai", "hai"], None),
        ("“Ở” (ý)", ["ở", "ở_ý", "ý"], ["o", "o_y", "y"]),
        ("", [], []),
        ("?!…", [], []),
    ],
)
def test_terms(written: str, accented: list[str], folded: list[str] | None) -> None:
    assert terms(written, folded=False) == accented
    assert terms(unicodedata.normalize("NFD", written), folded=False) == accented
    if folded is not None:
        assert terms(written, folded=True) == folded


def test_terms_of_a_hostile_gap_take_no_time() -> None:
    assert terms("a" + "." * 1_000_000 + "b", folded=False) == ["a", "a_b", "b"]


# ── Scores ────────────────────────────────────────────────────────────────────────────────────────


def bm25(frequency: int, length: int, average: float, containing: int, documents: int) -> float:
    """Robertson and Zaragoza 2009, with the idf of Lucene and tantivy; k1 = 1.2, b = 0.75."""
    idf = math.log(1 + (documents - containing + 0.5) / (containing + 0.5))
    return idf * frequency * 2.2 / (frequency + 1.2 * (0.25 + 0.75 * length / average))


def test_the_score_is_bm25(store: Store) -> None:
    fill(store, {"one": "mưa. mưa. nắng", "two": "mưa. gió", "three": "gió"})
    average = (3 + 2 + 1) / 3
    assert scores(store, ["mưa"]) == pytest.approx(
        {"one": bm25(2, 3, average, 2, 3), "two": bm25(1, 2, average, 2, 3)}, rel=1e-5
    )
    assert scores(store, ["mưa", "gió", "mưa"]) == pytest.approx(
        {
            "one": bm25(2, 3, average, 2, 3),
            "two": bm25(1, 2, average, 2, 3) + bm25(1, 2, average, 2, 3),
            "three": bm25(1, 1, average, 2, 3),
        },
        rel=1e-5,
    )


def test_the_title_counts_with_its_boost(store: Store) -> None:
    fill(store, {"titled": "nắng", "plain": "nắng"}, {"titled": "mưa", "plain": "gió"})
    assert scores(store, ["mưa"]) == pytest.approx({"titled": TITLE_BOOST * bm25(1, 1, 1, 1, 2)}, rel=1e-5)


def test_pairs_prefer_the_words_in_their_order(store: Store) -> None:
    fill(store, {"apart": "Nội thành của tỉnh Hà", "together": "Thành của Hà Nội tỉnh"})
    assert search(store, "hà nội") == ["together", "apart"]


def test_equal_scores_come_in_the_order_they_were_added(store: Store) -> None:
    fill(store, dict.fromkeys(("c", "a", "b"), "mưa rào"))
    assert search(store, "mưa") == ["c", "a", "b"]
    assert search(store, "mưa", k=2) == ["c", "a"]


def test_rarity_is_the_summed_inverse_document_frequency(store: Store) -> None:
    fill(store, {"one": "Hà Nội mưa", "two": "hà nội nắng", "three": "Ha Long"})
    with store.snapshot() as snapshot:
        in_two, in_none = math.log(1 + 1.5 / 2.5), math.log(1 + 3.5 / 0.5)
        assert snapshot.rarity(["hà_nội"], folded=False) == pytest.approx(in_two)
        assert snapshot.rarity(["hà", "huế", "hà"], folded=False) == pytest.approx(in_two + in_none)
        assert snapshot.rarity(["ha"], folded=True) == pytest.approx(math.log(1 + 0.5 / 3.5))


def test_extra_terms_count_for_less_and_not_twice(store: Store) -> None:
    fill(store, {"one": "Hà Nội mưa", "two": "Huế nắng"})
    with store.snapshot() as snapshot:
        plain = snapshot.lexical(["mưa", "nắng"], 5, folded=False)
        extra = snapshot.lexical(["mưa"], 5, folded=False, extra=["nắng", "mưa"])
    weights = {scored.passage.article_id: scored.score for scored in plain}
    found = {scored.passage.article_id: scored.score for scored in extra}
    assert found == pytest.approx({"one": weights["one"], "two": EXTRA_BOOST * weights["two"]})


def test_how_many_passages_have_a_syllable_or_pair(store: Store) -> None:
    fill(store, {"one": "Nước sạch và nước máy", "two": "Hoà nước", "three": "Nuoc"})
    with store.snapshot() as snapshot:
        found = {term: snapshot.frequency(term) for term in ("nước", "nước_sạch", "hòa", "nuoc", "sách")}
    assert found == {"nước": 2, "nước_sạch": 1, "hòa": 1, "nuoc": 1, "sách": 0}


# ── Phrases ───────────────────────────────────────────────────────────────────────────────────────


def holding(
    store: Store, *phrases: str, folded: bool = False, within: frozenset[str] | None = None
) -> list[str]:
    with store.snapshot() as snapshot:
        return [p.article_id for p in snapshot.holding(phrases, folded=folded, within=within)]


def test_a_phrase_is_held_in_one_piece_in_the_text_or_in_the_title(store: Store) -> None:
    texts = {
        "text": "Tỉnh cấp nước sạch cho dân.",
        "pairs": "Nước sạch, sạch cho dân, cho dân cấp nước.",  # every pair of it, but not in one piece
        "title": "Tin vắn.",
    }
    fill(store, texts, {"title": "Cấp nước sạch cho dân"})
    assert holding(store, "CẤP NƯỚC sạch cho dân") == ["text", "title"]
    assert holding(store, "tỉnh cấp", "tin vắn") == []
    assert holding(store, "nước sạch", "tỉnh cấp") == ["text"]
    assert holding(store, "cấp nước sạch", "tin") == ["title"]


def test_a_phrase_without_accents_is_held_by_what_has_them_when_folded(store: Store) -> None:
    fill(store, {"here": "Hoà Bình xả lũ", "other": "Hoa binh"})
    assert holding(store, "hoa binh") == ["other"]
    assert holding(store, "hoa binh", folded=True) == ["here", "other"]
    assert holding(store, "Hòa Bình") == ["here"]


def test_a_phrase_is_looked_for_within_articles(store: Store) -> None:
    fill(store, {"one": "Hà Nội mưa", "two": "Hà Nội nắng"})
    assert holding(store, "hà nội", within=frozenset({"two"})) == ["two"]
    assert holding(store, "hà nội", within=frozenset()) == []
    assert holding(store, "…") == []


# ── Forms of writing ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("form", ["NFC", "NFD", "NFKC", "NFKD"])
def test_every_composition_of_letters_is_found(
    store: Store, form: Literal["NFC", "NFD", "NFKC", "NFKD"]
) -> None:
    fill(store, {"here": "Thủy điện Hòa Bình xả lũ", "other": "Cà phê được giá"})
    assert search(store, unicodedata.normalize(form, "thuỷ điện hoà bình")) == ["here"]
    fill(store, {"decomposed": unicodedata.normalize(form, "Tượng đài Quảng Ngãi")})
    assert search(store, "tượng đài") == ["decomposed"]


def test_a_question_without_accents_is_matched_in_the_folded_fields(store: Store) -> None:
    fill(store, {"here": "Đường Nguyễn Huệ đóng cửa", "other": "Cà phê được giá"}, {"here": "Phố đi bộ"})
    assert search(store, "duong nguyen hue", folded=True) == ["here"]
    assert search(store, "pho di bo", folded=True) == ["here"]
    assert search(store, "duong nguyen hue") == []


@pytest.mark.parametrize("folded", [False, True], ids=["accented", "folded"])
def test_in_a_large_index_words_that_are_everywhere_do_not_count_beside_others(
    store: Store, monkeypatch: pytest.MonkeyPatch, folded: bool
) -> None:
    fill(store, {"here": "của mưa", "there": "của nắng", "third": "của gió", "fourth": "gạo"})
    assert search(store, "của mưa", folded=folded) == ["here", "there", "third"]
    monkeypatch.setattr(lexical_module, "ALL_TERMS_UP_TO", 3)
    assert search(store, "của mưa", folded=folded) == ["here"]
    assert search(store, "của", folded=folded) == ["here", "there", "third"]


# ── Hostile questions ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "question",
    [
        "body:mưa",
        "title:* OR mưa",
        "+mưa -mưa",
        "NOT mưa",
        '"mưa" AND "nắng"~9',
        "mưa^1000",
        "[a TO mưa]",
        "IN [mưa",
        "/mưa.*/",
        "mưa\\",
        "(((mưa",
        "passage:0 mưa",
        "mưa\u0000\u200b",
        "*:* mưa",
    ],
)
def test_question_text_is_never_a_query_language(store: Store, question: str) -> None:
    fill(store, {"here": "mưa", "other": "gió"})
    assert search(store, question) == ["here"]


@pytest.mark.parametrize("question", ["*", "*:*", "' OR 1=1 --", "\\", "body:", "\ud800"])
def test_question_text_without_words_of_the_index_finds_nothing(store: Store, question: str) -> None:
    fill(store, {"here": "mưa"})
    assert search(store, question) == []


def test_a_very_long_question_and_a_very_long_word(store: Store) -> None:
    fill(store, {"here": "mưa " + "a" * 70_000, "other": "gió"})
    assert search(store, " ".join(f"từ{n}" for n in range(3_000)) + " mưa") == ["here"]
    assert search(store, "a" * 70_000 + " gió") == ["other"]


# ── Following the articles ────────────────────────────────────────────────────────────────────────


def test_many_commits_answer_like_one(tmp_path: Path) -> None:
    texts = {f"a{n}": f"Xã số {n} có mưa {'rào ' * (n % 4)}" for n in range(24)}
    with closing(Store.open(tmp_path / "one", create=True)) as store:
        fill(store, texts)
        expected = scores(store, terms("mưa rào xã", folded=False))
    with closing(Store.open(tmp_path / "many", create=True)) as store:
        for name, body in texts.items():
            fill(store, {name: body})
        assert scores(store, terms("mưa rào xã", folded=False)) == pytest.approx(expected)
        assert store.verify() == []


def test_only_one_folder_is_left_after_deriving_again(store: Store, folder: Path) -> None:
    fill(store, {"here": "mưa"})
    (before,) = (path for path in (folder / "lexical").iterdir() if path.is_dir())
    store.derive_again()
    (after,) = (path for path in (folder / "lexical").iterdir() if path.is_dir())
    assert before != after
    assert search(store, "mưa") == ["here"]
