"""Asking on the terminal: one streamed answer, or a conversation."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich.markup import escape

from rag.answering.prompting import origin
from rag.console import say, show, show_understood
from rag.copies import carried_in
from rag.errors import InputError
from rag.texts import text
from rag.types import Answer, Done, Evidence, Message, Options, Token, Understood

if TYPE_CHECKING:
    from rag.answering.assistant import Assistant

LEAVE = {"", "thoát", "thoat", "quit", "exit"}


def read_history(path: Path) -> list[Message]:
    """The turns in a JSON file: a list of `{"role": "user"|"assistant", "content": …}`.

    Raises InputError naming the file when it is missing or of another shape.
    """
    try:
        turns = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError("errors.history_unreadable", path=path, reason=error) from error
    well_formed = isinstance(turns, list) and all(
        isinstance(turn, dict)
        and turn.get("role") in ("user", "assistant")
        and isinstance(turn.get("content"), str)
        for turn in turns
    )
    if not well_formed:
        raise InputError("errors.history_shape", path=path)
    return [{"role": turn["role"], "content": turn["content"]} for turn in turns]


def finished(assistant: Assistant, question: str, history: Sequence[Message], options: Options) -> Answer:
    """The answer once it is complete."""
    for event in assistant.answer(
        question, history, period=options.period, source=options.source, use_llm=options.use_llm
    ):
        if isinstance(event, Done):
            return event.answer
    raise AssertionError("the stream of an answer always ends with Done")


def show_answer(assistant: Assistant, question: str, history: Sequence[Message], options: Options) -> Answer:
    """Streams an answer: what was understood, the evidence, the words, then the verified citations."""
    events = assistant.answer(
        question, history, period=options.period, source=options.source, use_llm=options.use_llm
    )
    for event in events:
        match event:
            case Understood(query):
                show_understood(query)
            case Evidence(quotes) if options.use_llm:
                show(f"[dim]{escape(text('cli.evidence'))}[/]")
                for quote in quotes:
                    show(f"[dim]  “{escape(quote.text)}” — {escape(quote.article.title)}[/]")
            case Token(piece):
                show(piece, end="", markup=False)
            case Done(answer):
                _show_finished(answer, streamed=options.use_llm)
                return answer
            case _:
                pass
    raise AssertionError("the stream of an answer always ends with Done")


def _show_finished(answer: Answer, *, streamed: bool) -> None:
    if streamed and not answer.abstained:
        show("\n")
    show(f"[bold]{escape(answer.text)}[/]")
    if answer.withheld:
        show(f"[dim]{escape(text('answer.withheld', count=len(answer.withheld)))}[/]")
    carried = carried_in(answer.hits)
    for citation in answer.citations:
        article = citation.quote.article
        named = " · ".join(filter(None, (origin(article), carried.get(article.id))))
        show(f"  {escape(f'[{citation.number}]')} “{escape(citation.quote.text)}”")
        show(f"      [dim]{escape(article.title)} ({escape(named)})[/]")
    if answer.abstained and answer.hits:
        show(f"[dim]{escape(text('cli.nearest'))}[/]")
        for title in dict.fromkeys(hit.article.title for hit in answer.hits[:3]):
            show(f"[dim]  · {escape(title)}[/]")


def chat(assistant: Assistant, history: Sequence[Message], options: Options) -> None:
    """Asks and answers until an empty line or the end of input."""
    turns = list(history)
    say(text("cli.chat_welcome"))
    while True:
        try:
            question = input("? ").strip()
        except EOFError:
            return
        if question.lower() in LEAVE:
            return
        try:
            answer = show_answer(assistant, question, turns, options)
        except InputError as error:  # a question too long is no reason to lose the conversation
            say(str(error), markup=False)
            continue
        turns += [{"role": "user", "content": question}, {"role": "assistant", "content": answer.text}]
