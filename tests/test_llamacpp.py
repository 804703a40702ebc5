"""What the llama.cpp generator reads, apart, in place and not at all; the model itself is a fake."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeAlias

import pytest

from rag.engine import BATCH, IN_ORDER, Cancelled, Held, Stretch, common, in_order
from rag.generation import never
from rag.llamacpp import LlamaCppGenerator, Part, Stretches
from rag.tuning import Tuning
from rag.types import Message

TEMPLATE = (
    "{% for m in messages %}<{{ m.role }}>{{ m.content }}</{{ m.role }}>"
    "{% endfor %}{% if add_generation_prompt %}<assistant>{% endif %}"
)
END = 0


class FakeEngine:
    """Holds what it is told to. A token is a letter; it answers with nothing."""

    moves = True

    def __init__(self, path: Path, *, context_tokens: int, tuning: Tuning) -> None:
        self.held: list[Held] = []
        self.head: tuple[int, ...] = ()
        self.did: list[tuple[str, str]] = []  # what was done, and with what words

    def chat_template(self) -> str:
        return TEMPLATE

    def text_of(self, token: int) -> str:
        return ""

    def begins(self) -> int:
        return -1

    def ends(self) -> int:
        return END

    def is_end(self, token: int) -> bool:
        return token == END

    def tokenize(self, text: str) -> list[int]:
        return [ord(letter) for letter in text]

    def cut(self, length: int) -> None:
        del self.held[length:]

    def read(
        self, tokens: Sequence[int], cancelled: Callable[[], bool] = never, *, politely: bool = False
    ) -> None:
        if not tokens:
            return
        if cancelled():
            raise Cancelled
        self._note("read", tokens)
        self.held += in_order(tokens)

    def write(self, tokens: Sequence[int], cancelled: Callable[[], bool] = never) -> int:
        self._note("write", tokens)
        self.held += in_order(tokens)
        return END

    def begin(
        self, tokens: Sequence[int], cancelled: Callable[[], bool] = never, *, politely: bool = False
    ) -> None:
        self._note("begin", tokens)
        self.head, self.held = tuple(tokens), in_order(tokens)

    def begin_main(self) -> None:
        self.held = in_order(self.head)

    def apart(
        self, tokens: Sequence[int], cancelled: Callable[[], bool] = never, *, politely: bool = False
    ) -> Stretch:
        self._note("apart", tokens)
        return Stretch(tuple(tokens), len(self.head), b"x" * len(tokens))

    def attach(self, stretch: Stretch, skip: int = 0) -> None:
        self._note("attach", stretch.tokens[skip:])
        self.held += [(token, place) for place, token in enumerate(stretch.tokens)][skip:]

    def saved_head(self) -> bytes:
        return bytes(len(self.head))

    def load_head(self, tokens: Sequence[int], state: bytes) -> bool:
        self._note("load", tokens)
        self.head, self.held = tuple(tokens), in_order(tokens)
        return len(state) == len(tokens)

    def _note(self, what: str, tokens: Sequence[int]) -> None:
        self.did.append((what, "".join(map(chr, tokens))))


Made: TypeAlias = tuple[LlamaCppGenerator, FakeEngine]
Make: TypeAlias = Callable[[], Made]


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Make:
    """Builds a generator over a fake engine; all of a test keep their heads in one folder."""
    monkeypatch.setattr("rag.llamacpp.Engine", FakeEngine)
    model = tmp_path / "model.gguf"
    model.write_bytes(b"GGUF")

    def build() -> Made:
        made = LlamaCppGenerator(model, context_tokens=4096, tuning=Tuning(1), heads=tmp_path / "heads")
        engine = made._engine
        assert isinstance(engine, FakeEngine)
        return made, engine

    return build


def messages(question: str, *excerpts: str, history: Sequence[str] = ()) -> list[Message]:
    turns: list[Message] = [{"role": "user", "content": words} for words in history]
    content = "Đọc:\n\n" + "\n\n".join(excerpts) + f"\n\nHỏi: {question}"
    return [{"role": "system", "content": "Luật"}, *turns, {"role": "user", "content": content}]


HEAD = "<system>Luật</system><user>Đọc:\n\n"


def did(made: Made, question: str, *excerpts: str, history: Sequence[str] = ()) -> list[tuple[str, str]]:
    """What answering takes."""
    generator, engine = made
    engine.did.clear()
    list(generator.generate(messages(question, *excerpts, history=history), max_tokens=5, excerpts=excerpts))
    return list(engine.did)


def test_the_best_of_several_excerpts_is_read_in_place_the_others_apart(
    make: Make,
) -> None:
    made = make()
    assert did(made, "Gì?", "Xe", "Phà") == [
        ("begin", HEAD),
        ("apart", "Xe\n\n"),
        ("attach", "Xe\n\n"),
        ("read", "Phà\n\n"),
        ("write", "Hỏi: Gì?</user><assistant>"),
    ]
    assert did(made, "Ai?", "Xe", "Phà") == [("write", "Ai?</user><assistant>")]
    assert did(made, "Ai?", "Phà", "Xe") == [
        ("apart", "Phà\n\n"),
        ("attach", "Phà\n\n"),
        ("read", "Xe\n\n"),
        ("write", "Hỏi: Ai?</user><assistant>"),
    ]
    assert did(made, "Gì?", "Xe", "Đò") == [
        ("attach", "Xe\n\n"),
        ("read", "Đò\n\n"),
        ("write", "Hỏi: Gì?</user><assistant>"),
    ]


def test_a_single_excerpt_is_read_once_for_all_questions(
    make: Make,
) -> None:
    made = make()
    did(made, "Gì?", "Xe")
    did(made, "Gì?", "Phà")
    assert did(made, "Ai?", "Xe") == [
        ("attach", "Xe\n\n"),
        ("write", "Hỏi: Ai?</user><assistant>"),
    ]


def test_history_stands_between_and_is_read_in_place(
    make: Make,
) -> None:
    made = make()
    did(made, "Gì?", "Xe")
    assert did(made, "Ai?", "Xe", history=["Gì?"]) == [
        ("read", "Gì?</user><user>Đọc:\n\n"),
        ("attach", "Xe\n\n"),
        ("write", "Hỏi: Ai?</user><assistant>"),
    ]


def test_what_is_prepared_is_not_read_when_it_is_asked(
    make: Make,
) -> None:
    generator, engine = make()
    generator.prepare([*messages("")[:1], {"role": "user", "content": "Đọc:\n\n"}])
    assert engine.did == [("begin", HEAD)]
    generator.prepare(messages("Cầu dài", "Xe"), excerpts=["Xe"])
    assert engine.did[1:] == [("apart", "Xe\n\n"), ("attach", "Xe\n\n"), ("read", "Hỏi: Cầu dài")]
    assert did((generator, engine), "Cầu dài mấy mét?", "Xe") == [("write", " mấy mét?</user><assistant>")]


def test_the_next_start_has_the_head_on_the_disk(
    make: Make,
) -> None:
    did(make(), "Gì?", "Xe")
    assert did(make(), "Ai?", "Xe") == [
        ("load", HEAD),
        ("apart", "Xe\n\n"),
        ("attach", "Xe\n\n"),
        ("write", "Hỏi: Ai?</user><assistant>"),
    ]


def test_where_nothing_can_be_moved_all_is_read_in_its_place(
    make: Make,
) -> None:
    long = "dài " * (BATCH // 3)
    rest = "Hỏi: Gì?</user><assistant>"
    made = make()
    assert did(made, "Gì?", long, "Xe") == [  # an excerpt that is too long
        ("begin", HEAD),
        ("read", f"{long}\n\n"),
        ("read", "Xe\n\n"),
        ("write", rest),
    ]
    made = make()
    made[1].moves = False  # a model that is not such
    assert did(made, "Gì?", "Xe", "Phà") == [("write", f"{HEAD}Xe\n\nPhà\n\n{rest}")]
    made = make()
    list(made[0].generate([{"role": "user", "content": "Chào"}], max_tokens=5))  # no excerpts at all
    assert made[1].did == [("write", "<user>Chào</user><assistant>")]


def test_who_is_gone_is_not_answered(make: Make) -> None:
    generator, engine = make()
    asked = messages("Gì?", "Xe", "Phà")
    gone = generator.generate(asked, max_tokens=5, excerpts=["Xe", "Phà"], cancelled=lambda: True)
    assert list(gone) == []
    assert [what for what, _ in engine.did] == ["begin", "apart", "attach"]


# ── What is kept ──────────────────────────────────────────────────────────────────────────────────


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
