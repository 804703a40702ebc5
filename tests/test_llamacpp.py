"""What the llama.cpp generator keeps, without a model."""

from __future__ import annotations

from rag.engine import IN_ORDER, Stretch, common
from rag.llamacpp import Part, Stretches


def stretch(*tokens: int, size: int = 10) -> Stretch:
    return Stretch(tokens, start=300, state=b"x" * size)


def test_stretches_not_used_for_longest_go() -> None:
    kept = Stretches(room=25)
    kept.put(stretch(1, 2))
    kept.put(stretch(3))
    assert kept.get((1, 2)) == stretch(1, 2)
    kept.put(stretch(4))
    assert [kept.get(tokens) for tokens in ((1, 2), (3,), (4,))] == [stretch(1, 2), None, stretch(4)]


def test_the_one_in_hand_stays_however_large() -> None:
    kept = Stretches(room=25)
    kept.put(stretch(1, size=100))
    assert kept.get((1,)) == stretch(1, size=100)
    kept.put(stretch(2))
    assert (kept.get((1,)), kept.get((2,))) == (None, stretch(2))


def test_the_same_token_read_apart_is_another() -> None:
    assert Part((7, 8)).held == [(7, IN_ORDER), (8, IN_ORDER)]
    assert Part((7, 8), apart=True).held == [(7, 0), (8, 1)]


def test_common() -> None:
    assert common([1, 2, 3], [1, 2, 4]) == 2
    assert common([1, 2], [1, 2, 4]) == 2
    assert common([], [1]) == 0
