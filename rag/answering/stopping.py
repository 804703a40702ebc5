"""When an answer is over before the model says so: it drifts, repeats itself, or begins a turn of its own.

Looked at after every piece, so that nobody waits for, or reads, what cannot be used. What is cut off is
made up for from the evidence (`citations.repair`).
"""

from __future__ import annotations

import re

from rag.answering.claims import claims_of, facts_of
from rag.language.drift import foreign_letter, is_foreign
from rag.language.normalize import tokens
from rag.language.sentences import split_sentences

LEAST_FOREIGN = 5  # unknown words before a sentence may be called English: a name alone is none
LOOP = 3  # times the same words in a row
LONGEST_LOOP = 16  # words
# How a prompt goes on: another question, another excerpt, the markup of a chat.
_NEW_TURN = re.compile(
    r"(?:^|(?<=[\n.!?])\s*)(?:\*\*|#+ ?)?(?:Câu hỏi|Trả lời|Trích đoạn(?: bài báo)?|Người dùng|Trợ lý|Hỏi|Đáp"
    r"|Question|Answer|User|Assistant|Human|System)\s*(?:\d+\s*)?:|\n\s*Bài \"|<\||###|</?s>|\[/?INST\]"
)


def ending(written: str, known: str) -> int | None:
    """Where the answer in `written` ends, if what follows is of no use; None while it may go on.

    `known` is what the model may repeat: excerpts and question.
    """
    turn = _NEW_TURN.search(written)
    if turn and written[: turn.start()].strip():
        return turn.start()
    if turn:  # "Trả lời: …": it announces its answer
        return ending_after(written, turn.end(), known)
    return ending_after(written, 0, known)


def ending_after(written: str, start: int, known: str) -> int | None:
    """As `ending`, for what follows the announcement."""
    spans = split_sentences(written[start:])
    if not spans:
        return None
    current = start + spans[-1].start
    sentence = written[current:]
    earlier = written[start:current]
    if foreign_letter(sentence, known) is not None or is_foreign(sentence, known, least=LEAST_FOREIGN):
        return len(written)  # the aligner finds it wrong, and evidence to put in its place
    if loops(tokens(sentence)):
        return current
    if earlier and sentence[-1:] in ".!?\n" and says_nothing_new(sentence, earlier):
        return current
    return None


def loops(words: list[str]) -> bool:
    """Whether `words` end with the same run of words three times over."""
    return any(
        words[-length:] * LOOP == words[-LOOP * length :]
        for length in range(1, min(LONGEST_LOOP, len(words) // LOOP) + 1)
    )


def says_nothing_new(sentence: str, earlier: str) -> bool:
    """Whether all that `sentence` claims has been said: it would go on like this."""
    said = facts_of(earlier)
    claims = claims_of(sentence)
    return bool(claims) and all(said.say(claim) for claim in claims)
