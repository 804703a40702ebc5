"""`hoibao search`: what is found, and how it is told."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from command_line import HIT_KEYS, QUESTION, Hoibao, stored_text

from rag.reranking import FakeReranker


def test_search(hoibao: Hoibao) -> None:
    result = hoibao("search", QUESTION, "--json")
    assert (result.code, result.err) == (0, "")
    found = result.json
    assert {"question", "understood", "hits", "timings"} <= set(found)
    assert found["question"] == QUESTION
    assert found["understood"] == {
        "text": QUESTION,
        "accents_restored": False,
        "period": None,
        "notes": [],
    }
    assert list(found["timings"]) == ["retrieve"]
    assert [(hit["rank"], hit["article_id"], hit["passage_id"]) for hit in found["hits"]] == [
        (1, "cau", "cau#0"),
        (2, "lua", "lua#0"),
    ]
    for hit in found["hits"]:
        assert set(hit) >= HIT_KEYS
        assert hit["text"] == stored_text(hoibao, hit["article_id"])[hit["start"] : hit["end"]]


def test_search_without_accents_says_how_it_was_understood(hoibao: Hoibao) -> None:
    understood = hoibao("search", "cau Song May dai bao nhieu", "--json").json["understood"]
    assert understood["accents_restored"] is True
    assert understood["text"].lower().startswith("cầu sông mây dài")


def test_search_says_what_the_reader_has_to_know(hoibao: Hoibao) -> None:
    note = "Không có bài nào viết nguyên văn “cầu dây văng”; đã tìm theo từng từ."
    question = "Bài nào viết “cầu dây văng”?"
    assert hoibao("search", question, "--json").json["understood"]["notes"] == [note]
    assert note in hoibao("search", question).out
    assert note in hoibao("ask", question, "--no-llm").out


def test_what_yesterday_counts_from_is_a_setting(hoibao: Hoibao, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOIBAO_TODAY", "2021-03-17")
    asked = hoibao("search", "Hôm qua khởi công cầu nào?", "--json").json
    assert asked["understood"]["period"] == {"from": "2021-03-16", "to": "2021-03-16"}
    assert [hit["article_id"] for hit in asked["hits"]] == ["cau"]


def test_search_is_limited_by_count_period_and_source(hoibao: Hoibao) -> None:
    assert len(hoibao("search", QUESTION, "-k", 1, "--json").json["hits"]) == 1
    dated = hoibao("search", QUESTION, "--from", "2022-06-01", "--to", "30/06/2022", "--json").json
    assert dated["understood"]["period"] == {"from": "2022-06-01", "to": "2022-06-30"}
    earlier = hoibao("search", QUESTION, "--to", "2022-05-31", "--json").json
    assert earlier["understood"]["period"] == {"from": None, "to": "2022-05-31"}
    assert [hit["article_id"] for hit in earlier["hits"]] == ["cau"]  # of no known day: never hidden
    sourced = hoibao("search", QUESTION, "--source", "thoi bao vi du", "--json").json
    assert [hit["article_id"] for hit in sourced["hits"]] == ["lua"]


def test_search_for_eyes(hoibao: Hoibao) -> None:
    lines = hoibao("search", QUESTION, "-k", 1).out.splitlines()
    assert lines[0].startswith("1. Khởi công cầu Sông Mây (1.000: dense ")
    whole = stored_text(hoibao, "cau")
    assert lines[1] == f"   cau#0 [0:{len(whole)}]"
    assert lines[2] == f"   {' '.join(whole.split())}"


@pytest.mark.parametrize("question", ["Cầu Sông Mây dài bao nhiêu mét?", "cau song may dai bao nhieu met"])
def test_search_shows_the_words_a_hit_was_found_by(
    hoibao: Hoibao, monkeypatch: pytest.MonkeyPatch, question: str
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    out = hoibao("search", question, "-k", 1).out
    bold = re.findall(r"\x1b\[1m(.*?)\x1b\[0m", out)
    assert bold[:4] == ["1. ", "cầu", "Sông", "Mây"]
    assert "dài" in bold
    assert {word.lower() for word in bold[1:]} == {"cầu", "sông", "mây", "dài"}


def test_search_names_the_terms_a_hit_was_found_by(hoibao: Hoibao) -> None:
    (best,) = hoibao("search", "Cầu Sông Mây ở đâu?", "-k", 1, "--json").json["hits"]
    assert best["matched"] == ["cầu", "cầu sông", "sông", "sông mây", "mây"]
    (folded,) = hoibao("search", "cau song may o dau", "-k", 1, "--json").json["hits"]
    assert folded["matched"] == ["cau", "cau song", "song", "song may", "may", "dau"]  # đầu tư


def test_search_says_who_else_carries_a_story(hoibao: Hoibao, tmp_path: Path) -> None:
    folder = tmp_path / "hai báo"
    folder.mkdir()
    body = "Đội cứu hộ xã Bản Lè đưa được bảy người mắc kẹt bên kia suối về nhà an toàn lúc nửa đêm."
    for name, paper in (("mot", "Nhật báo Minh Họa"), ("hai", "Thời báo Ví Dụ")):
        article = {"id": name, "title": "Cứu bảy người ở Bản Lè", "body": body, "source": paper}
        (folder / f"{name}.json").write_text(json.dumps(article), encoding="utf-8")
    assert hoibao("index", "add", folder).code == 0
    (best,) = hoibao("search", "Đội cứu hộ Bản Lè", "-k", 1, "--json").json["hits"]
    other = "Thời báo Ví Dụ" if best["article_id"] == "mot" else "Nhật báo Minh Họa"
    assert [(copy["title"], copy["published"], copy["source"]) for copy in best["copies"]] == [
        ("Cứu bảy người ở Bản Lè", None, other)
    ]
    lines = hoibao("search", "Đội cứu hộ Bản Lè", "-k", 1).out.splitlines()
    assert lines[1].endswith(" · 2 báo cùng đưa tin")


def test_search_shows_what_a_reranker_costs(hoibao: Hoibao, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rag.assemble.reranker", lambda _: FakeReranker())
    found = hoibao("search", QUESTION, "-k", 1, "--json").json
    assert found["timings"]["rerank"] == 0.25
    assert set(found["hits"][0]["scores"]) == {"dense", "lexical", "rerank"}
    result = hoibao("search", QUESTION, "-k", 1)
    assert "· rerank " in result.out
    assert result.err == "Xếp hạng lại mất 0.25 giây.\n"
