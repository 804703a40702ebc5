from __future__ import annotations

from concurrent.futures import CancelledError

import pytest

from rag.web.turns import Turn, Turns


class Line:
    """Turns that write down what was served."""

    def __init__(self) -> None:
        self.turns = Turns()
        self.served: list[str] = []

    def join(self, reader: str | None, name: str) -> Turn:
        return self.turns.join(reader, lambda: self.served.append(name))

    def serve(self, times: int) -> list[str]:
        before = len(self.served)
        for _ in range(times):
            self.turns.serve()
        return self.served[before:]


@pytest.fixture
def line() -> Line:
    return Line()


def test_one_reader_is_served_in_order(line: Line) -> None:
    for name in ("một", "hai", "ba"):
        line.join("báo", name)
    assert line.serve(3) == ["một", "hai", "ba"]


def test_each_reader_has_one_before_anybodys_second(line: Line) -> None:
    for number in range(4):
        line.join("script", f"script {number}")
    line.join("báo", "báo 0")
    line.join("báo", "báo 1")
    line.join(None, "ai đó")
    assert line.serve(7) == ["script 0", "báo 0", "ai đó", "script 1", "báo 1", "script 2", "script 3"]


def test_whoever_comes_late_waits_for_the_round_and_not_for_all(line: Line) -> None:
    for number in range(4):
        line.join("script", f"script {number}")
    line.serve(2)
    late = line.join("báo", "báo")
    assert line.turns.ahead(late) == 0
    assert line.serve(1) == ["báo"]


def test_newcomers_join_the_round_being_served_and_the_next_comes_after_it(line: Line) -> None:
    for number in range(3):
        line.join("script", f"script {number}")
    served = []
    for number in range(4):
        line.join(f"mới {number}", f"mới {number}")
        served += line.serve(1)
    assert served == ["script 0", "mới 0", "mới 1", "mới 2"]
    assert line.serve(2) == ["mới 3", "script 1"]


def test_places_are_counted_as_they_are_served(line: Line) -> None:
    first, second = line.join("script", "script 0"), line.join("script", "script 1")
    other = line.join("báo", "báo")
    assert [line.turns.ahead(turn) for turn in (first, other, second)] == [0, 1, 2]
    assert (line.turns.waiting, line.turns.waiting_of("script"), line.turns.waiting_of("ai")) == (3, 2, 0)


def test_the_one_in_hand_is_ahead_and_makes_the_line_busy(line: Line) -> None:
    seen: list[tuple[int, bool, int]] = []
    line.turns.join(
        "báo", lambda: seen.append((line.turns.ahead(second), line.turns.busy, line.turns.waiting))
    )
    second = line.join("báo", "hai")
    line.serve(1)
    assert seen == [(1, True, 1)]
    assert line.turns.ahead(second) == 0


def test_whoever_leaves_is_not_served_and_owes_no_round(line: Line) -> None:
    line.join("khác", "khác 0")
    gone = line.join("báo", "báo 0")
    line.turns.leave(gone)
    line.join("báo", "báo 1")
    line.join("khác", "khác 1")
    assert line.serve(4) == ["khác 0", "báo 1", "khác 1"]
    with pytest.raises(CancelledError):
        gone.over.result()


def test_a_place_that_was_served_can_be_left_too(line: Line) -> None:
    turn = line.join("báo", "một")
    line.serve(1)
    line.turns.leave(turn)
    assert (turn.over.result(), line.turns.busy) == (None, False)


def test_all_leave(line: Line) -> None:
    waiting = [line.join(None, name) for name in ("một", "hai")]
    line.turns.clear()
    assert line.serve(2) == []
    assert [turn.over.cancelled() for turn in waiting] == [True, True]


def test_what_the_work_raises_is_told_to_whoever_waits(line: Line) -> None:
    def fails() -> None:
        raise ValueError("hỏng")

    turn = line.turns.join("báo", fails)
    line.turns.serve()
    with pytest.raises(ValueError, match="hỏng"):
        turn.over.result()
    assert not line.turns.busy
