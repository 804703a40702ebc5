"""Copies as the index finds them: after adding, replacing and removing, within a limit, in every commit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from rag.articles.clean import content_hash
from rag.store import Recipe, Snapshot, Store
from rag.store import snapshot as snapshot_module
from rag.types import Article, Passage

RECIPE = Recipe("none", "none", 1, "paragraphs")
STORY = (
    "Sáng 6/8, kíp trực trạm kiểm lâm Đèo Gió phát hiện một con voọc mẹ mắc bẫy ở tiểu khu 112.\n\n"
    "Sau bốn ngày chăm sóc, con vật được thả về rừng trước sự chứng kiến của bà con trong bản. "
    "Hạt kiểm lâm cho biết từ đầu năm đã gỡ 730 chiếc bẫy các loại trên địa bàn ba xã vùng cao."
)
OTHER = "Vụ vải sớm năm nay được mùa, thương lái đến tận vườn đặt mua từ khi quả còn xanh."


def article(article_id: str, text: str = STORY, **fields: str) -> Article:
    made = replace(Article(article_id, "Thả voọc về rừng", text), **fields)  # type: ignore[arg-type]
    return replace(made, content_hash=content_hash(made))


def put(store: Store, *articles: Article) -> None:
    """A passage per paragraph, no vectors."""
    with store.write(RECIPE) as writer:
        for made in articles:
            passages, start = [], 0
            for number, part in enumerate(made.text.split("\n\n")):
                end = start + len(part)
                passages.append(Passage(f"{made.id}#{number}", made.id, number, start, end, part))
                start = end + 2
            writer.put(made, passages, None)


def copies(store: Store, article_id: str, within: Sequence[str] | None = None) -> list[str]:
    with store.snapshot() as snapshot:
        return [copy.id for copy in snapshot.copies(article_id, within)]


def alike(snapshot: Snapshot, article_id: str, k: int = 10) -> list[str]:
    first = "SELECT min(p.rowid) FROM passages p JOIN articles a ON a.number = p.article WHERE a.id = ?"
    owner = "SELECT a.id FROM articles a JOIN passages p ON p.article = a.number WHERE p.rowid = ?"
    rowid = snapshot._database.scalar(first, (article_id,))
    return [snapshot._database.scalar(owner, (found,)) for found in snapshot._lexical.alike(rowid, k)]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(Store.open(tmp_path / "chỉ mục", create=True)) as opened:
        put(
            opened,
            article("muon", published="2023-08-12"),
            article("som", STORY.upper(), published="2023-08-10T07:00:00+07:00"),
            article("vai", OTHER),
            article("khong-ngay"),
        )
        yield opened


def test_copies_earliest_first_and_those_without_a_date_last(store: Store) -> None:
    assert copies(store, "khong-ngay") == ["som", "muon"]
    assert copies(store, "som") == ["muon", "khong-ngay"]
    assert copies(store, "vai") == []


def test_within_limits_the_copies_and_not_what_is_remembered_of_them(store: Store) -> None:
    assert copies(store, "som", ["som", "muon", "vai"]) == ["muon"]
    assert copies(store, "som", []) == []
    assert copies(store, "som") == ["muon", "khong-ngay"]


def test_an_unknown_article_is_a_key_error(store: Store) -> None:
    with store.snapshot() as snapshot, pytest.raises(KeyError):
        snapshot.copies("đâu đó")


def test_what_is_added_removed_or_replaced_counts_from_the_next_commit(store: Store) -> None:
    put(store, article("them", STORY + " Bản tin do cộng tác viên gửi.", published="2023-08-11"))
    assert copies(store, "som") == ["them", "muon", "khong-ngay"]
    with store.write(RECIPE) as writer:
        writer.remove(["muon"])
    assert copies(store, "som") == ["them", "khong-ngay"]
    put(store, article("khong-ngay", OTHER))
    assert copies(store, "som") == ["them"]
    assert copies(store, "khong-ngay") == ["vai"]  # the same text; that it is short makes no difference
    put(store, article("khong-ngay", STORY.replace("730", "370")))
    assert copies(store, "khong-ngay") == []  # nearly the same text, another figure


def test_derived_again_they_are_the_same(store: Store) -> None:
    store.derive_again()
    assert copies(store, "khong-ngay") == ["som", "muon"]


def test_an_open_snapshot_keeps_its_copies(store: Store) -> None:
    with store.snapshot() as before:
        put(store, article("them", published="2023-08-01"))
        assert [copy.id for copy in before.copies("som")] == ["muon", "khong-ngay"]
    assert copies(store, "som") == ["them", "muon", "khong-ngay"]


def test_a_text_without_syllables_has_no_copies(store: Store) -> None:
    put(store, article("gach", "—"), article("sao", "***"))
    assert copies(store, "gach") == []


def test_alike_gives_articles_that_share_bands_and_never_the_article_itself(store: Store) -> None:
    put(store, article("khac-so", STORY.replace("730", "370")))
    with store.snapshot() as snapshot:
        assert alike(snapshot, "som") == ["muon", "khong-ngay", "khac-so"]  # most bands first, then as added
        assert alike(snapshot, "som", 1) == ["muon"]
        assert alike(snapshot, "vai") == []
        assert snapshot._lexical.alike(10_000, 10) == []  # no such passage


def test_copies_are_looked_up_once_in_a_snapshot(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def counted(one: Article, others: Sequence[Article]) -> list[Article]:
        asked.append(one.id)
        return list(others)

    monkeypatch.setattr(snapshot_module, "copies_among", counted)
    with store.snapshot() as snapshot:
        found = [snapshot.copies("som"), snapshot.copies("som", ["muon"]), snapshot.copies("som")]
    assert [[copy.id for copy in one] for one in found] == [
        ["muon", "khong-ngay"],
        ["muon"],
        ["muon", "khong-ngay"],
    ]
    assert asked == ["som"]
