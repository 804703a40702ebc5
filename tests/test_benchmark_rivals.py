"""What the benchmarks beside rivals count: speeds, ratios over pairs, shares; and the figure of them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from pathlib import Path
from types import SimpleNamespace
from typing import cast
from xml.etree import ElementTree

import pytest
from web_fakes import ANSWER, ScriptedAssistant

from benchmarks import (
    crowd,
    memory,
    over_http,
    results,
    rivals,
    rivals_setup,
    rivals_table,
    rivals_ways,
    time_spent,
)
from benchmarks.plain_recipe import PlainRecipe
from benchmarks.rivals_table import (
    FINISHED,
    FIRST_EVIDENCE,
    FIRST_TOKEN,
    FOLLOWED,
    NEW,
    PLAIN,
    TUNED,
    TUNED_FOLLOWED,
    TYPED,
    WAYS,
    Figures,
    Runs,
)
from benchmarks.rivals_ways import Told
from benchmarks.tables import Table
from rag.evaluation.cases import Case
from rag.prompts import prompt
from rag.settings import Settings
from rag.types import Message
from rag.web.desk import Desk

QUESTION = "Cầu Sông Lau dài mấy mét?"
WORDS = ((2.0, "Cầu"), (2.001, " dài"), (2.1, " hai"), (2.2, " trăm"), (2.4, " mét"))


def words(text: str) -> int:
    return len(text.split())


def told(first: float, *, evidence: float | None = 0.1, written: bool = True) -> Told:
    pieces = tuple((first + 0.1 * number, word) for number, (_, word) in enumerate(WORDS))
    return Told(QUESTION, pieces if written else (), first + 1.0, 0.05, evidence, 300)


def every_way(**given: dict[str, Told]) -> Runs:
    return {way: {"câu-1": told(4.0), "câu-2": told(8.0)} for way in WAYS} | given


def made(runs: Runs) -> Table:
    return rivals_table.table("ba câu", runs, words)


def row(table: Table, name: str) -> dict[str, object]:
    found = next(row for row in table.rows if row[0] == name)
    return dict(zip(table.columns, found, strict=True))


# ── Figures ───────────────────────────────────────────────────────────────────────────────────────


def test_speed_counts_what_was_not_computed_with_the_first_token() -> None:
    assert rivals_table.tokens_per_second(WORDS, words) == pytest.approx(3 / 0.4)


@pytest.mark.parametrize("pieces", [(), ((2.0, "Cầu"),), ((2.0, "Cầu"), (2.001, " dài"), (2.2, " hai"))])
def test_a_word_or_two_have_no_speed(pieces: tuple[tuple[float, str], ...]) -> None:
    assert rivals_table.tokens_per_second(pieces, words) is None


def test_ratios_pair_the_questions_that_both_have_a_figure_for() -> None:
    ours: dict[str, Figures] = {
        "một": {FIRST_TOKEN: 1.0},
        "hai": {FIRST_TOKEN: None},
        "ba": {FIRST_TOKEN: 3.0},
    }
    theirs: dict[str, Figures] = {
        "một": {FIRST_TOKEN: 4.0},
        "hai": {FIRST_TOKEN: 5.0},
        "bốn": {FIRST_TOKEN: 1.0},
    }
    assert rivals_table.ratios(FIRST_TOKEN, ours, theirs) == [0.25]


def test_the_first_evidence_is_held_against_the_others_first_token() -> None:
    ours: dict[str, Figures] = {"một": {FIRST_EVIDENCE: 0.2}}
    theirs: dict[str, Figures] = {"một": {FIRST_EVIDENCE: 0.1, FIRST_TOKEN: 8.0}}
    assert rivals_table.ratios(FIRST_EVIDENCE, ours, theirs) == [0.025]


def test_table_has_medians_then_ratios_with_their_aims() -> None:
    runs = every_way(**{NEW: {"câu-1": told(1.0), "câu-2": told(2.0, evidence=None, written=False)}})
    table = made(runs)
    assert [row[0] for row in table.rows][: len(WAYS)] == list(WAYS)
    ours = row(table, NEW)
    # The refusal has neither words nor evidence, and its end would make answers look short.
    assert (ours[FIRST_TOKEN], ours[FINISHED], ours[FIRST_EVIDENCE], ours["n"]) == (1.0, 2.0, 0.1, 1)
    assert row(table, TUNED)[FIRST_TOKEN] == 6.0
    ratio = row(table, f"{NEW} / {TUNED}")
    assert (ratio[FIRST_TOKEN], ratio[FINISHED], ratio["n"]) == (0.25, 0.4, 1)
    aims = table.rows[[row[0] for row in table.rows].index(f"{NEW} / {TUNED}") + 1]
    assert aims[0] == "… aim"
    assert dict(zip(table.columns, aims, strict=True))[FIRST_TOKEN] == "≤ 0.55"


def test_table_counts_what_of_a_prompt_is_fixed() -> None:
    table = made(every_way())
    assert row(table, NEW)["of them fixed"] == words(prompt("system"))
    assert row(table, "(d) llama-index")["of them fixed"] is None
    assert row(table, PLAIN)["of them question"] == words(QUESTION)


# ── What is asked ─────────────────────────────────────────────────────────────────────────────────


def test_questions_come_from_all_over() -> None:
    cases = [Case(str(number), "?") for number in range(10)]
    assert [case.id for case in rivals.spread(cases, 3)] == ["0", "3", "6"]
    assert rivals.spread(cases, 20) == cases


def test_a_neighbour_is_another_question_of_the_same_article() -> None:
    bridge, ferry, both = (
        Case(name, f"{name}?", articles=articles)
        for name, articles in {"cầu": ("a",), "đò": ("b",), "cả hai": ("b", "a")}.items()
    )
    assert rivals.neighbour(bridge, [bridge, ferry, both]) is both
    assert rivals.neighbour(bridge, [bridge, ferry]) is None


def test_what_we_share_with_a_rival_has_our_version() -> None:
    wanted = rivals_setup.requirements(rivals_setup.HAYSTACK)
    assert "haystack-ai==3.4.1" in wanted
    assert f"llama-cpp-python=={version('llama-cpp-python')}" in wanted
    assert f"torch=={version('torch').partition('+')[0]}" in wanted
    assert rivals_setup.requirements(rivals_setup.SERVER) == [
        f"llama-cpp-python[server]=={version('llama-cpp-python')}"
    ]


# ── Asking ────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def desk() -> Iterator[Desk]:
    opened = Desk(ScriptedAssistant(pace=0))
    yield opened
    opened.close()


def test_the_desk_is_timed_as_the_page_sees_it(desk: Desk) -> None:
    told, answer = rivals_ways.put(desk, QUESTION)
    assert told.text.strip() == ANSWER
    assert answer.text.startswith(ANSWER[:8])
    assert told.question == QUESTION
    assert told.evidence is not None
    assert told.first_token is not None
    assert told.evidence <= told.first_token <= told.finished


def test_the_conversation_is_kept_as_it_was_sent() -> None:
    class Recipe:
        ours = SimpleNamespace(settings=Settings())

        def search(self, question: str, k: int) -> tuple[None, tuple[()]]:
            return None, ()

    sent: list[list[Message]] = []

    def stream(messages: Sequence[Message], most: int) -> Iterator[str]:
        sent.append(list(messages))
        yield from ("", "Hai ", "trăm.")

    plain = rivals_ways.Plain(cast(PlainRecipe, Recipe()), stream, len)
    told, turns = plain.ask(QUESTION)
    assert (told.text, len(told.pieces), told.prompt_tokens) == ("Hai trăm.", 2, 2)
    plain.ask("Còn chiều rộng?", turns)
    assert sent[1][: len(sent[0])] == sent[0]  # what was read needs not be read again
    assert [message["role"] for message in sent[1]] == ["system", "user", "assistant", "user"]


def test_readers_ask_at_once_and_each_in_order(desk: Desk) -> None:
    assert len(crowd.together(desk, [["một?", "hai?"], ["ba?"]])) == 3


def test_memory_is_looked_at_before_some_and_all_questions(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "SOME", 2)
    held = memory.asked(desk, ["một?", "hai?", "ba?"])
    assert list(held) == [0, 2, 3]
    assert all(size > 1_000_000 for size in held.values())


# ── Readers at once, memory ───────────────────────────────────────────────────────────────────────


def test_fair_share_is_the_time_per_answer_times_the_readers() -> None:
    found = {name: figure for name, figure, _ in crowd.rows(60.0, 20.0, [3.0, 4.0, 5.0, 8.0])}
    assert found["throughput, ratio"] == 3.0
    assert found["fair share"] == 20.0
    assert found["longest wait / fair share"] == 0.4


def test_memory_grows_from_some_questions_to_many() -> None:
    rows = memory.rows({0: 900_000_000, 100: 1_000_000_000, 1000: 1_020_000_000})
    assert rows == [
        ["idle", 900.0, None],
        ["after 100 questions", 1000.0, None],
        ["after 1,000 questions", 1020.0, None],
        ["growth from 100 to 1,000", 20.0, "≤ 50"],
    ]
    assert memory.rows({0: 900_000_000, 2: 900_000_000})[-1] == ["after 2 questions", 900.0, None]


# ── The figure ────────────────────────────────────────────────────────────────────────────────────


def test_stages_are_the_time_between_columns() -> None:
    columns = dict.fromkeys(time_spent.STAGES.values())
    ours = columns | {"searched": 0.2, FIRST_EVIDENCE: 0.1, FIRST_TOKEN: 1.0, "written": 1.5, FINISHED: 1.75}
    spent = time_spent.stages(ours, checks=True)
    assert list(spent) == ["searching", "reading the prompt", "writing", "checking, citing"]
    assert list(spent.values()) == pytest.approx([0.2, 0.8, 0.5, 0.25])
    # Who checks nothing has still to find out that the answer is over.
    assert time_spent.stages(ours, checks=False)["writing"] == pytest.approx(0.75)


def test_parts_are_all_of_the_prompt() -> None:
    found = time_spent.parts({"prompt tokens": 400, "of them fixed": 150, "of them question": 20})
    assert list(found.values()) == [150, 230, 20]
    assert time_spent.parts({"prompt tokens": None}) == {}


def test_drawing_is_a_picture_with_every_way_and_its_time() -> None:
    drawn = time_spent.drawing(made(every_way(**{TYPED: {"câu-1": told(0.5)}})))
    picture = ElementTree.fromstring(drawn)
    texts = [element.text for element in picture.iter("{http://www.w3.org/2000/svg}text")]
    for way in (TUNED, NEW, TYPED, TUNED_FOLLOWED, FOLLOWED):
        assert texts.count(way) == 2  # its time and its prompt
    assert texts[texts.index(TYPED) + 1] == "1.50"
    assert "writing 0.40 s" in picture.attrib["aria-label"]


def test_the_page_of_results_shows_the_figure_of_its_table(tmp_path: Path) -> None:
    kept = tmp_path / "results"
    kept.mkdir()
    table = made(every_way())
    result = {"command": "", "day": "", "commit": "", "machine": {}}
    written = result | {
        "table": {name: getattr(table, name) for name in ("title", "note", "columns", "rows")}
    }
    page = tmp_path / "results.md"
    results.update(page, {})
    assert "time-spent.svg" not in page.read_text(encoding="utf-8")
    (kept / "rivals.json").write_text(json.dumps(written), encoding="utf-8")
    results.update(page, {})
    assert "](time-spent.svg)" in page.read_text(encoding="utf-8")
    assert (tmp_path / "time-spent.svg").read_text(encoding="utf-8") == time_spent.drawing(table)


def test_a_server_is_held_against_the_process_where_both_had_words() -> None:
    """ "finished" is a second behind the first token."""
    ours = [told(1.0), told(3.0), told(9.0, written=False)]
    theirs = [told(2.0, evidence=0.2), told(3.0, evidence=0.1), told(1.0)]
    assert over_http.rows({over_http.HERE: ours, over_http.THERE: theirs}) == [
        ["in the process", 0.1, 2.0, 3.0, 2],
        ["over HTTP", pytest.approx(0.15), 2.5, 3.5, 2],
        ["over HTTP / in the process", 1.5, 1.5, 1.25, 2],
    ]
