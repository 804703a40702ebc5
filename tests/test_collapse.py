"""Ranked passages → places: which are shown, which are joined, which say nothing new."""

from __future__ import annotations

from collections.abc import Sequence

from rag.collapse import NEIGHBOURS, SHARE, Place, collapse
from rag.types import Article, Passage

PORT = (
    "Cảng cá Bãi Vàng đón hơn một nghìn lượt tàu từ đầu năm đến nay.",
    "Ban quản lý kiến nghị tỉnh nạo vét luồng để tàu lớn vào được lúc nước ròng.",
    "Chợ cá bên cảng họp từ nửa đêm và tan khi mặt trời vừa lên khỏi mặt biển.",
    "Trường nghề của huyện mở lớp sửa máy tàu, học viên được miễn học phí cả khóa.",
    "Đồn biên phòng tặng áo phao cho những chủ tàu đánh bắt xa bờ trong vùng.",
    "Hội phụ nữ xã dựng thư viện nhỏ ngay trên bến để con em ngư dân đến đọc.",
    "Nhà máy nước đá đầu tiên ở cửa sông đã chạy thử hai dây chuyền sản xuất.",
)


def article(article_id: str, sentences: Sequence[str] = PORT) -> tuple[Article, list[Passage]]:
    """An article and its passages, one a sentence."""
    made = Article(article_id, "Cảng cá", " ".join(sentences))
    passages = []
    for number, sentence in enumerate(sentences):
        start = made.text.index(sentence)
        passages.append(
            Passage(f"{article_id}#{number}", article_id, number, start, start + len(sentence), sentence)
        )
    return made, passages


def ids(places: Sequence[Place]) -> list[list[str]]:
    return [[passage.id for passage in place.passages] for place in places]


def alone(_: str) -> tuple[Article, ...]:
    return ()


def test_places_are_in_the_order_of_their_best_passage_and_no_more_than_asked_for() -> None:
    (_, one), (_, two) = article("a", PORT[:3]), article("b", PORT[3:])
    ranked = [two[0], one[0], two[2], one[2]]
    assert ids(collapse(ranked, 10, alone)) == [["b#0"], ["a#0"], ["b#2"], ["a#2"]]
    assert ids(collapse(ranked, 2, alone)) == [["b#0"], ["a#0"]]
    assert collapse([], 10, alone) == []
    assert collapse(ranked, 0, alone) == []


def test_neighbours_are_one_verbatim_span_under_the_best() -> None:
    made, passages = article("a")
    (place,) = collapse([passages[2], passages[1]], 10, alone)
    span = place.span(made)
    assert (span.id, span.number, span.start, span.end) == ("a#2", 2, passages[1].start, passages[2].end)
    assert span.text == made.text[span.start : span.end] == f"{PORT[1]} {PORT[2]}"


def test_a_passage_between_two_places_joins_them_at_the_better_ones_rank() -> None:
    (_, passages), (_, others) = article("a"), article("b", PORT[5:])
    ranked = [passages[3], others[0], passages[1], passages[2]]
    assert ids(collapse(ranked, 10, alone)) == [["a#3", "a#1", "a#2"], ["b#0"]]


def test_a_place_grows_to_three_passages() -> None:
    assert NEIGHBOURS == 3
    _, passages = article("a")
    assert ids(collapse(passages[:5], 10, alone)) == [["a#0", "a#1", "a#2"], ["a#3", "a#4"]]
    # Joining 0, 1 and 3, 4 by 2 would be five.
    ranked = [passages[0], passages[1], passages[3], passages[4], passages[2]]
    assert ids(collapse(ranked, 10, alone)) == [["a#0", "a#1", "a#2"], ["a#3", "a#4"]]


def test_no_article_has_more_than_three_places_while_others_wait() -> None:
    assert SHARE == 3
    (_, many), (_, few) = article("a"), article("b", ("Mưa đá làm hỏng vườn vải sắp thu hoạch.",))
    ranked = [many[0], many[2], many[4], many[6], few[0]]
    assert ids(collapse(ranked, 4, alone)) == [["a#0"], ["a#2"], ["a#4"], ["b#0"]]
    assert ids(collapse(ranked, 5, alone)) == [["a#0"], ["a#2"], ["a#4"], ["b#0"], ["a#6"]]


def test_what_is_said_already_is_left_out() -> None:
    _, one = article("a")
    _, two = article("b", (PORT[0].upper(), "Vụ cá nam năm nay bắt đầu muộn hơn mọi năm nửa tháng."))
    assert ids(collapse([one[0], two[0], two[1]], 10, alone)) == [["a#0"], ["b#1"]]


def test_what_waits_in_vain_keeps_nobody_from_saying_it() -> None:
    _, many = article("a")
    _, other = article("b", (PORT[6],))
    ranked = [many[0], many[2], many[4], many[6], other[0]]
    assert ids(collapse(ranked, 10, alone)) == [["a#0"], ["a#2"], ["a#4"], ["b#0"]]


def test_copies_are_named_and_what_they_say_alike_is_left_out() -> None:
    first, one = article("a")
    # A copy that was split elsewhere: two sentences a passage.
    pairs = [f"{PORT[0]} {PORT[1]}", f"{PORT[2]} {PORT[3]}"]
    second, two = article("b", [*pairs, "Riêng báo này đăng thêm ảnh chụp cảng lúc bình minh."])
    copies = {"a": (second,), "b": (first,)}
    ranked = [one[0], two[0], two[1], one[1], one[2], one[3]]
    places = collapse(ranked, 10, copies.__getitem__)
    assert ids(places) == [["a#0", "a#1", "a#2"], ["a#3"]]
    assert [place.copies for place in places] == [(second,), (second,)]
    # What only the copy says is shown, and that it is carried by both.
    assert ids(collapse([one[0], two[2]], 10, copies.__getitem__)) == [["a#0"], ["b#2"]]


def test_the_better_copy_tells_the_story_whoever_is_asked_about() -> None:
    first, one = article("a")
    second, two = article("b")
    copies = {"a": (second,), "b": (first,)}
    assert ids(collapse([two[0], one[0], one[1], two[1]], 10, copies.__getitem__)) == [["b#0", "b#1"]]


def test_two_that_differ_in_a_figure_are_both_kept() -> None:
    said = "Theo ban quản lý, cảng cá Bãi Vàng bốc dỡ {} tấn hải sản trong chín tháng đầu năm nay."
    (_, one), (_, two) = article("a", (said.format("8.600"),)), article("b", (said.format("8.900"),))
    assert ids(collapse([one[0], two[0]], 10, alone)) == [["a#0"], ["b#0"]]


def test_a_better_passage_that_says_more_stands_for_both() -> None:
    _, long = article("a", (f"{PORT[0]} {PORT[1]}",))
    _, short = article("b", (PORT[1],))
    assert ids(collapse([long[0], short[0]], 10, alone)) == [["a#0"]]
    assert ids(collapse([short[0], long[0]], 10, alone)) == [["b#0"], ["a#0"]]
