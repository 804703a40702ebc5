from __future__ import annotations

from datetime import date

import pytest
from test_web_markup import Reader

from rag.errors import InputError
from rag.types import Options, Period
from rag.web.scope import Choices, Scope, form, scope_from, summary

CHOICES = Choices((("", "Mặc định"), ("Kho 2021", "Kho 2021")), ("Báo A", "Báo B"))


def test_values_of_the_form() -> None:
    values = {"collection": "Kho 2021", "source": "Báo A", "from": "2024-03-01", "to": "2024-03-31"}
    scope = scope_from(values)
    assert scope == Scope("Kho 2021", "Báo A", date(2024, 3, 1), date(2024, 3, 31))
    assert scope.options == Options(Period(date(2024, 3, 1), date(2024, 3, 31)), "Báo A")
    assert scope_from({"collection": "", "source": "", "from": "", "to": ""}) == Scope()
    assert Scope().options == Options()


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (
            {"from": "2024-03-31", "to": "2024-03-01"},
            "Ngày bắt đầu 31/03/2024 sau ngày kết thúc 01/03/2024. Hãy đổi lại một trong hai.",
        ),
        ({"to": "hôm qua"}, "hôm qua không phải là một ngày. Hãy chọn lại ngày."),
    ],
)
def test_impossible_values_are_named(values: dict[str, object], message: str) -> None:
    with pytest.raises(InputError) as raised:
        scope_from(values)
    assert str(raised.value) == message


@pytest.mark.parametrize(
    ("scope", "line"),
    [
        (Scope(), "Tìm trong tất cả các bài"),
        (Scope("Kho 2021", "Báo A"), "Chỉ tìm trong: Kho 2021, Báo A"),
        (Scope(start=date(2024, 3, 1)), "Chỉ tìm trong: từ 01/03/2024 trở đi"),
        (Scope(end=date(2024, 3, 1)), "Chỉ tìm trong: đến hết 01/03/2024"),
        (Scope(start=date(2024, 3, 1), end=date(2024, 3, 2)), "Chỉ tìm trong: từ 01/03/2024 đến 02/03/2024"),
    ],
)
def test_summary(scope: Scope, line: str) -> None:
    assert summary(scope, CHOICES) == line


def test_form_shows_what_is_chosen_and_the_problem() -> None:
    html = form(Scope("Kho 2021", "Báo B", date(2024, 3, 1)), CHOICES, opened=True, problem="Ngược <b>.")
    reader = Reader(html)
    chosen = [part.split(">")[0] for part in html.split("<option ") if " selected" in part]
    assert chosen == ['value="Kho 2021" selected', 'value="Báo B" selected']
    assert ("details", ("class", "open")) in reader.tags
    assert reader.values["value"][-2:] == ["2024-03-01", ""]
    assert "Ngược <b>." in reader.text


def test_one_collection_needs_no_switch() -> None:
    html = form(Scope(), Choices((("", "Mặc định"),), ("Báo A",)))
    assert Reader(html).values["name"] == ["source", "from", "to"]
