from __future__ import annotations

from test_web_markup import Reader

from rag.web.conversations import Conversation
from rag.web.sidebar import sidebar

FIRST = Conversation("c1", "Cầu <Bạch> Lạp", "2026-11-26T08:00:00+00:00")
SECOND = Conversation("c2", "Phà", "2026-11-25T08:00:00+00:00")


def test_lists_the_conversations_and_marks_the_one_on_the_page() -> None:
    reader = Reader(sidebar((FIRST, SECOND), "c2"))
    assert reader.values["data-conversation"] == ["c1", "c1", "c1", "c2", "c2", "c2"]
    assert reader.values["data-signal"] == ["new", "open", "rename", "delete", "open", "rename", "delete"]
    assert reader.values["aria-current"] == ["true"]
    assert reader.values["href"] == [
        "/conversations/c1.md",
        "/conversations/c1.json",
        "/conversations/c2.md",
        "/conversations/c2.json",
    ]
    assert "Cầu <Bạch> Lạp26/11/2026" in reader.text


def test_without_conversations_it_says_what_will_be_here() -> None:
    assert "Chưa có cuộc nào." in sidebar(())


def test_a_deletion_can_be_taken_back() -> None:
    reader = Reader(sidebar((SECOND,), deleted="Cầu <b>"))
    assert "Đã xóa “Cầu <b>”." in reader.text
    assert "restore" in reader.values["data-signal"]
