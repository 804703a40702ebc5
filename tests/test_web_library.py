from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from types import SimpleNamespace

import pytest
from web_payloads import PAYLOADS

from rag.web.intake import JobState
from rag.web.listing import Wish
from rag.web.pages.library import Page, View, _ids, _integer, _told, wish_from


def test_a_wish_is_read_from_the_fields_and_keeps_the_order() -> None:
    before = Wish(words="cũ", order="title", downwards=False, page=7)
    said = {"words": "cầu", "source": "Báo A", "category": "", "start": "2024-03-01", "end": ""}
    assert wish_from(said, before) == Wish("cầu", "Báo A", "", date(2024, 3, 1), None, "title", False)
    assert wish_from({}, before) == Wish(order="title", downwards=False)
    assert wish_from({"words": "x" * 10_000}, before).words == "x" * 200


@pytest.mark.parametrize("said", ["2024-13-45", "hôm qua", None, 5, *PAYLOADS[:5]])
def test_half_a_date_restricts_nothing(said: object) -> None:
    assert wish_from({"start": said}, Wish()).start is None


@pytest.mark.parametrize(
    ("said", "ids"),
    [
        ('["a", "b"]', ["a", "b"]),
        ("[1, null]", ["1", "None"]),
        ("[]", []),
        ('{"a": 1}', []),
        ('"a"', []),
        ("[", []),
        (None, []),
        (json.dumps(["a"] * 5_000), ["a"] * 500),
    ],
)
def test_ids_of_a_button(said: object, ids: list[str]) -> None:
    assert _ids(said) == ids


@pytest.mark.parametrize(
    ("said", "number"), [("3", 3), (3, 3), ("-1", 0), ("x", 0), (None, 0), ("9" * 500, 0)]
)
def test_numbers_of_a_button(said: object, number: int) -> None:
    assert _integer(said) == number


def test_a_job_that_ends_while_the_page_is_filled_is_looked_at_again() -> None:
    working = JobState(1, "add", "default", stage="embedding")
    looks = iter([(working,), (replace(working, stage="done"),)])
    intake = SimpleNamespace(jobs=lambda _: next(looks), busy=lambda _: False)
    page = Page(SimpleNamespace(desk=None, intake=intake, discards=None))  # type: ignore[arg-type]  # it needs no more
    page.jobs, page.timer = "jobs", "timer"
    changed = page.on_tick(View(collection="default", told=_told((working,))))
    assert changed["timer"].active is True
