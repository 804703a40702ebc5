from __future__ import annotations

from dataclasses import replace

from web_fakes import LENGTH, answer

from rag.types import Timings
from rag.web.costs import Costs, Times

WRITTEN = answer("Cầu dài bao nhiêu?", [("Cầu dài 1.240 m.", (LENGTH,))])


def test_medians_of_what_answers_took() -> None:
    times = Times()
    assert times.costs() == Costs()
    for evidence, total in ((0.25, 2.25), (0.5, 3.0), (1.0, 11.0)):
        times.note(replace(WRITTEN, timings=Timings(first_evidence=evidence, first_token=1.5, total=total)))
    assert times.costs() == Costs(answers=3, evidence=0.5, writing=2.5, total=3.0)


def test_refusals_count_for_themselves_and_quotes_alone_not_at_all() -> None:
    times = Times()
    refused = replace(WRITTEN, abstained=True, model="none")
    times.note(replace(refused, timings=Timings(total=0.25)))
    times.note(replace(refused, timings=Timings(first_evidence=0.1, first_token=2.0, total=5.0)))
    times.note(replace(WRITTEN, model="none", timings=Timings(first_evidence=0.25, total=0.5)))
    times.note(replace(WRITTEN, timings=Timings()))
    assert times.costs() == Costs(refusals=1, refusal=0.25)
