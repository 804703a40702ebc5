from __future__ import annotations

import pytest

from rag.answering.conversation import standalone
from rag.types import Message

MAYOR: list[Message] = [
    {"role": "user", "content": "Ai là Bí thư Tỉnh ủy Hà Trung Sơn?"},
    {"role": "assistant", "content": "Bí thư Tỉnh ủy Hà Trung Sơn là bà Hà Thị Mai. [1]"},
]
BRIDGE: list[Message] = [{"role": "user", "content": "Cầu Sông Mây khởi công khi nào?"}]


@pytest.mark.parametrize(
    ("question", "history", "expected"),
    [
        ("Bà còn giữ những chức vụ nào khác?", MAYOR, "Hà Thị Mai còn giữ những chức vụ nào khác?"),
        ("Bà ấy sinh năm nào?", MAYOR, "Hà Thị Mai sinh năm nào?"),
        ("ba ay sinh nam nao", MAYOR, "Hà Thị Mai sinh nam nao"),
        ("Còn năm 2022?", BRIDGE, "Còn năm 2022 (Cầu Sông Mây khởi công khi nào)?"),
        (
            "Công trình đó dài bao nhiêu?",
            BRIDGE,
            "Công trình đó dài bao nhiêu (Cầu Sông Mây khởi công khi nào)?",
        ),
        ("Cầu đó dài mấy mét?", BRIDGE, "Cầu đó dài mấy mét (Cầu Sông Mây khởi công khi nào)?"),
        ("Giá lúa vụ đông xuân là bao nhiêu?", BRIDGE, "Giá lúa vụ đông xuân là bao nhiêu?"),
        ("Bà Lò Thị Én trồng bao nhiêu hecta lúa?", MAYOR, "Bà Lò Thị Én trồng bao nhiêu hecta lúa?"),
        ("Bà còn giữ chức gì?", [], "Bà còn giữ chức gì?"),
    ],
)
def test_a_follow_up_stands_alone(question: str, history: list[Message], expected: str) -> None:
    assert standalone(question, history) == expected
