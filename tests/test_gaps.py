from __future__ import annotations

import pytest

from rag.answering.gaps import find_gaps, own_names, parts_of, refusal_text
from rag.types import Article, Hit, Passage, Query

BRIDGE = Article(
    "cau",
    "Khởi công cầu Sông Mây",
    "Sáng 15/3, UBND tỉnh Hà Trung Sơn khởi công cầu Sông Mây. Cầu dài 486 m, vốn 347 tỷ đồng.",
    published="2021-03-16",
    source="Nhật báo Minh Họa",
)
BUDGET = Article(
    "ngan-sach",
    "Lam Giang thu ngân sách vượt dự toán",
    "Năm 2022, tỉnh Lam Giang thu ngân sách 9.120 tỷ đồng. Ông Lê Văn Tám nêu giải pháp cho quý sau.",
    published="2023-01-09",
)
UNDATED = Article("tom", "", "Lam Giang xuất khẩu tôm sang ba thị trường.")


NEAREST_BUDGET = "Bài gần nhất: Lam Giang thu ngân sách vượt dự toán (09/01/2023)."
NEAREST_BRIDGE = "Bài gần nhất: Khởi công cầu Sông Mây (16/03/2021)."


def hits(*articles: Article) -> list[Hit]:
    return [
        Hit(rank, 1 / rank, Passage(f"{a.id}#0", a.id, 0, 0, len(a.text), a.text), a)
        for rank, a in enumerate(articles, start=1)
    ]


def refused(question: str, *articles: Article) -> str:
    return refusal_text(Query(question, question), hits(*articles))


# ── What a question speaks of ─────────────────────────────────────────────────────────────────────


def test_the_parts_of_a_question_in_its_order() -> None:
    parts = parts_of("Quý II/2023, Lam Giang xuất khẩu được bao nhiêu tấn tôm sang Nhật Bản?")
    assert [(part.kind, part.text) for part in parts] == [
        ("time", "Quý II/2023"),
        ("name", "Lam Giang"),
        ("thing", "xuất khẩu"),
        ("thing", "tấn tôm sang"),
        ("name", "Nhật Bản"),
    ]


@pytest.mark.parametrize(
    ("question", "things"),
    [
        ("Sự ngạc nhiên đối với dân làng ra sao?", ["sự ngạc nhiên", "dân làng"]),
        ("Mục tiêu tiếp theo của tỉnh là gì?", ["mục tiêu", "tỉnh"]),
        ("Cầu xây đến chừng nào?", ["cầu xây"]),
        ("Giám đốc Sở Giáo dục và Đào tạo là ai?", ["giám đốc Sở Giáo dục và Đào tạo"]),
        ("Phó GĐ Sở GD&ĐT là ai?", ["phó GĐ Sở GD&ĐT"]),
    ],
)
def test_no_phrase_is_cut_in_half(question: str, things: list[str]) -> None:
    assert [part.text for part in parts_of(question)] == things


def test_the_words_that_ask_for_an_office_are_nothing_that_an_article_lacks() -> None:
    assert [part.text for part in parts_of("Lê Thị Lan giữ chức vụ gì?")] == ["Lê Thị Lan"]


def test_numbers_are_things() -> None:
    parts = parts_of("Giá 42 lít xăng là gì?")
    assert [(part.kind, part.text) for part in parts] == [
        ("thing", "giá"),
        ("thing", "42 lít"),
        ("thing", "xăng"),
    ]


@pytest.mark.parametrize(
    ("question", "named"),
    [
        ("UBND tỉnh nào khởi công?", []),  # there is one everywhere
        ("Bí thư Tỉnh ủy Lam Giang là ai?", ["Bí thư", "Tỉnh ủy", "Lam Giang"]),
        ("Ông Lê Văn Tám nói gì với Vinamilk?", ["Lê Văn Tám", "Vinamilk"]),
        # "Sở Giáo" and "ĐT" are pieces of an office that there is everywhere
        ("Giám đốc Sở Giáo dục và Đào tạo Lam Giang là ai?", ["Lam Giang"]),
        ("Giám đốc Sở GD&ĐT Lam Giang là ai?", ["Lam Giang"]),
        ("Thành phố Hồ Chí Minh có gì?", ["Hồ Chí Minh"]),
    ],
)
def test_whom_a_question_names(question: str, named: list[str]) -> None:
    assert own_names(question) == named


# ── What the nearest article lacks ────────────────────────────────────────────────────────────────


def test_the_nearest_article_has_most_of_what_is_asked() -> None:
    gaps = find_gaps("Năm 2022 Hà Trung Sơn thu ngân sách bao nhiêu tỷ đồng?", hits(BRIDGE, BUDGET))
    assert gaps.article == BUDGET
    assert [part.text for part in gaps.found] == ["Năm 2022", "thu ngân sách", "tỷ đồng"]
    assert [part.text for part in gaps.missing] == ["Hà Trung Sơn"]
    assert gaps.share == pytest.approx(7 / 11)  # a time 2, five words, of them and a name of 4


def test_names_without_accents_and_one_syllable_names() -> None:
    assert find_gaps("Tỉnh Ha Trung Son có gì?", hits(BRIDGE)).missing == ()
    lacking = find_gaps("Lam Giang bán gì cho Pháp?", hits(BUDGET)).missing  # "giải pháp" is not France
    assert "Pháp" in [part.text for part in lacking]


def test_the_day_of_the_paper_stands_in_for_a_year_only_when_it_tells_of_none() -> None:
    assert [p.text for p in find_gaps("Cầu Sông Mây năm 2021?", hits(BRIDGE)).missing] == []
    assert [p.text for p in find_gaps("Lam Giang năm 2023?", hits(BUDGET)).missing] == ["năm 2023"]


# ── In words ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("question", "there", "missing", "nearest"),
    [
        (
            "Năm 2022 Lam Giang thu hút bao nhiêu vốn FDI?",
            "Lam Giang",
            "không có số liệu về thu hút, vốn FDI",
            NEAREST_BUDGET,
        ),
        (
            "Năm 2023 Lam Giang thu ngân sách bao nhiêu?",
            "Lam Giang",
            "không có thông tin cho năm 2023",
            NEAREST_BUDGET,
        ),
        (
            "Tuyên Quang thu ngân sách bao nhiêu tỷ đồng vào 2024?",
            "thu ngân sách, tỷ đồng",
            "không nhắc đến Tuyên Quang và không có thông tin cho năm 2024",
            NEAREST_BUDGET,
        ),
        ("Vì sao cầu Sông Mây bị sập?", "Sông Mây", "không nêu lý do được hỏi", NEAREST_BRIDGE),
        ("Ai khởi công cầu Sông Mây?", "Sông Mây", "không cho biết người được hỏi", NEAREST_BRIDGE),
        ("Hà Trung Sơn có gì?", "Hà Trung Sơn", "không có điều được hỏi", NEAREST_BRIDGE),
    ],
)
def test_a_refusal_says_what_is_there_and_what_is_missing(
    question: str, there: str, missing: str, nearest: str
) -> None:
    said = f"Không tìm thấy câu trả lời: có bài nói đến {there}, nhưng {missing}. {nearest}"
    assert refused(question, BRIDGE, BUDGET) == said


def test_when_no_article_is_near_only_the_names_are_told() -> None:
    assert refused("Vinamilk và FPT đầu tư gì?", BRIDGE, BUDGET) == (
        "Không tìm thấy: các bài báo đã nạp không nhắc đến Vinamilk, FPT trong nội dung được hỏi."
    )
    assert refused("Cách nấu phở ngon?", BRIDGE) == "Không tìm thấy câu trả lời trong các bài báo đã nạp."


def test_an_article_without_title_is_not_named() -> None:
    assert refused("Lam Giang xuất khẩu tôm khi nào?", UNDATED) == (
        "Không tìm thấy câu trả lời: có bài nói đến Lam Giang, nhưng không cho biết thời gian được hỏi."
    )


def test_nothing_found_is_said_plainly() -> None:
    assert refused("Giá vàng?") == "Không tìm thấy câu trả lời trong các bài báo đã nạp."


def test_a_refusal_in_english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOIBAO_LANG", "en")
    assert refused("Tuyên Quang thu ngân sách bao nhiêu tỷ đồng vào 2024?", BUDGET) == (
        "No answer found: an article speaks of thu ngân sách, tỷ đồng, but it does not mention Tuyên Quang"
        " and it says nothing for 2024. The nearest article: Lam Giang thu ngân sách vượt dự toán"
        " (09/01/2023)."
    )
