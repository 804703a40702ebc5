"""What is known of a question so far: each event of the assistant's stream gives a new, fuller `Turn`."""

from __future__ import annotations

from dataclasses import dataclass, replace

from rag.types import Answer, Done, Event, Evidence, Hit, Query, Quote, Retrieved, Token, Understood


@dataclass(frozen=True, slots=True)
class Turn:
    """One question and everything that came back. Exactly one of the last three is set when it is over."""

    question: str
    query: Query | None = None
    quotes: tuple[Quote, ...] = ()
    hits: tuple[Hit, ...] = ()
    draft: str = ""  # streamed so far, not yet verified
    seconds: float = 0.0
    answer: Answer | None = None
    stopped: bool = False
    problem: str | None = None  # one line: what went wrong and the cure


def advance(turn: Turn, event: Event) -> Turn:
    """The turn after `event`."""
    match event:
        case Understood(query):
            return replace(turn, query=query)
        case Retrieved(hits):
            return replace(turn, hits=hits)
        case Evidence(quotes):
            return replace(turn, quotes=quotes)
        case Token(text):
            return replace(turn, draft=turn.draft + text)
        case Done(answer):
            return replace(turn, answer=answer)
