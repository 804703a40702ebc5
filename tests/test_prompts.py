from __future__ import annotations

import re
from pathlib import Path

import pytest

from rag.prompts import folder, prompt


def test_a_prompt_fills_its_variables() -> None:
    assert prompt("excerpt", title="Cầu mới", origin="Báo A, 1/2/2021", text="Cầu dài 2 km.") == (
        'Bài "Cầu mới" (Báo A, 1/2/2021):\nCầu dài 2 km.'
    )


def test_dollar_signs_in_values_stay() -> None:
    assert prompt("answer", evidence="giá $5 $question", question="Q?").startswith(
        "Trích đoạn bài báo:\n\ngiá $5 $question"
    )


@pytest.mark.parametrize("values", [{"evidence": "x"}, {"evidence": "x", "question": "y", "extra": "z"}])
def test_missing_and_unused_variables_are_errors(values: dict[str, str]) -> None:
    with pytest.raises(KeyError, match=r"prompts/answer\.txt"):
        prompt("answer", **values)


def test_every_prompt_file_is_used_and_every_stage_has_one() -> None:
    sources = (Path(__file__).parent.parent / "rag").rglob("*.py")
    used = {
        stage
        for source in sources
        for stage in re.findall(r'\bprompt\(\s*"(\w+)"', source.read_text(encoding="utf-8"))
    }
    assert used == {file.stem for file in folder().glob("*.txt")}
