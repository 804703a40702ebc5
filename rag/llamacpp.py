"""A GGUF file run by llama.cpp on this machine, as a `Generator`.

Reading is what an answer takes long for: some hundred tokens a second on a laptop. So nothing is read twice.
What stands before every question is read once per model and kept on disk; each excerpt is read apart, behind
that and nothing else, and kept for whatever question needs it next, in whatever order. Only the best of
several excerpts and the question are read in their place. But for rounding, what is said depends on the
prompt alone, not on what was read before.
"""

from __future__ import annotations

import codecs
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rag.engine import BATCH, IN_ORDER, Cancelled, Engine, Held, Stretch, common, in_order
from rag.errors import ModelError
from rag.generation import check_fits, harmless, neutralised, never
from rag.heads import Heads
from rag.tuning import Tuning
from rag.types import Message

IN_PLACE = 1  # how many of several excerpts, from the last one on, are read behind what stands before them
KEPT = 256 * 2**20  # bytes of stretches, the last used


@dataclass(frozen=True, slots=True)
class Part:
    """Some tokens of a prompt, read behind all that stand before them, or apart."""

    tokens: tuple[int, ...]
    apart: bool = False

    @property
    def held(self) -> list[Held]:
        """As the engine holds them."""
        return [(token, place if self.apart else IN_ORDER) for place, token in enumerate(self.tokens)]


@dataclass(slots=True)
class Stretches:
    """Stretches by their tokens; beyond `room` bytes the one that was not used for longest goes."""

    room: int = KEPT
    _kept: OrderedDict[tuple[int, ...], Stretch] = field(default_factory=OrderedDict)
    _size: int = 0

    def get(self, tokens: tuple[int, ...]) -> Stretch | None:
        if tokens in self._kept:
            self._kept.move_to_end(tokens)
        return self._kept.get(tokens)

    def put(self, stretch: Stretch) -> None:
        self._kept[stretch.tokens] = stretch
        self._size += len(stretch.state)
        while self._size > self.room and len(self._kept) > 1:
            _, gone = self._kept.popitem(last=False)
            self._size -= len(gone.state)

    def clear(self) -> None:
        self._kept.clear()
        self._size = 0


class LlamaCppGenerator:
    """One context, so one answer at a time (a lock sees to it)."""

    def __init__(self, path: Path, *, context_tokens: int, tuning: Tuning, heads: Path) -> None:
        """Loads the weights; takes seconds. `heads` is the folder where what is read once is kept.

        Raises ModelError when llama.cpp cannot load the file, or when it has no chat template.
        """
        # Imported here: loads the compiled library, which search and indexing do not need.
        from llama_cpp.llama_chat_format import Jinja2ChatFormatter

        self._name = path.stem
        self._context_tokens = context_tokens
        self._lock = threading.Lock()
        self._engine = Engine(path, context_tokens=context_tokens, tuning=tuning)
        template = self._engine.chat_template()
        if template is None:
            raise ModelError("models.no_chat_template", path=path)
        self._format = Jinja2ChatFormatter(
            template=template,
            eos_token=self._engine.text_of(self._engine.ends()),
            bos_token=self._engine.text_of(self._engine.begins()),
        )
        self._stretches = Stretches()
        self._heads = Heads(heads, path)

    @property
    def name(self) -> str:
        return self._name

    @property
    def context_tokens(self) -> int:
        return self._context_tokens

    def count_tokens(self, messages: Sequence[Message]) -> int:
        return len(self._engine.tokenize(self._rendered(messages)))

    def generate(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int,
        excerpts: Sequence[str] = (),
        cancelled: Callable[[], bool] = never,
    ) -> Iterator[str]:
        check_fits(self.count_tokens(messages), max_tokens, self.context_tokens)
        with self._lock:
            try:
                apart = excerpts if excerpts and self._begin(messages, excerpts, cancelled) else ()
                parts = self._parts(self._rendered(messages), apart)
                tail = self._lay(parts, cancelled, left=1)
                yield from self._write(tail, max_tokens, cancelled)
            except Cancelled:
                return

    def prepare(
        self,
        messages: Sequence[Message],
        *,
        excerpts: Sequence[str] = (),
        cancelled: Callable[[], bool] = never,
    ) -> None:
        if self.count_tokens(messages) >= self.context_tokens:
            return
        with self._lock:
            try:
                apart = excerpts if self._begin(messages, excerpts, cancelled, politely=True) else ()
                parts = self._parts(self._rendered(messages, whole=False), apart)
                tail = self._lay(parts, cancelled, left=0, politely=True)
                self._engine.read(tail, cancelled, politely=True)
            except Cancelled:
                return

    # ── Reading ───────────────────────────────────────────────────────────────────────────────────

    def _begin(
        self,
        messages: Sequence[Message],
        excerpts: Sequence[str],
        cancelled: Callable[[], bool],
        *,
        politely: bool = False,
    ) -> bool:
        """What stands before every question becomes the head: the system's message, and the last one up to
        its first excerpt. False when it is too long, or the model is not such that excerpts can be moved.
        """
        first, last = messages[0], messages[-1]
        opening = [first, last] if first["role"] == "system" else [last]
        tokens = self._parts(self._rendered(opening, whole=False), excerpts)[0].tokens
        if len(tokens) > BATCH or not self._engine.moves:
            return False
        if tokens == self._engine.head:
            return True
        self._stretches.clear()
        kept = self._heads.load(tokens)
        if kept is None or not self._engine.load_head(tokens, kept):
            self._engine.begin(tokens, cancelled, politely=politely)
            self._heads.save(tokens, self._engine.saved_head())
        return True

    def _lay(
        self, parts: Sequence[Part], cancelled: Callable[[], bool], *, left: int, politely: bool = False
    ) -> list[int]:
        """The parts into the engine, and the rest of the last one, at least `left` tokens."""
        engine = self._engine
        wanted = [held for part in parts for held in part.held]
        same = min(common(engine.held, wanted), len(wanted) - left)
        if same < len(engine.head) and wanted[: len(engine.head)] == in_order(engine.head):
            engine.begin_main()
            same = len(engine.head)
        engine.cut(same)
        same = len(engine.held)
        for part in parts[:-1]:
            done = min(same, len(part.tokens))
            same -= done
            if done == len(part.tokens):
                continue
            if part.apart:
                engine.attach(self._stretch(part, cancelled, politely), skip=done)
            else:  # by itself: in one batch with what follows, rounding would tell what was there before
                engine.read(part.tokens[done:], cancelled, politely=politely)
        tail = list(parts[-1].tokens[same:])
        engine.read(tail[:-BATCH], cancelled, politely=politely)
        return tail[-BATCH:]

    def _stretch(self, part: Part, cancelled: Callable[[], bool], politely: bool) -> Stretch:
        kept = self._stretches.get(part.tokens)
        if kept is None:
            kept = self._engine.apart(part.tokens, cancelled, politely=politely)
            self._stretches.put(kept)
        return kept

    # ── Writing ───────────────────────────────────────────────────────────────────────────────────

    def _write(self, tail: list[int], most: int, cancelled: Callable[[], bool]) -> Iterator[str]:
        # A letter may be spread over several tokens: hold its bytes back until it is whole.
        decoder = codecs.getincrementaldecoder("utf-8")(errors="ignore")
        token = self._engine.write(tail, cancelled)
        for _ in range(most):
            if cancelled() or self._engine.is_end(token):
                return
            if piece := decoder.decode(self._engine.piece(token)):
                yield piece
            token = self._engine.write([token], cancelled)

    # ── Text → parts ──────────────────────────────────────────────────────────────────────────────

    def _rendered(self, messages: Sequence[Message], *, whole: bool = True) -> str:
        """The prompt; without `whole` up to the end of what the last message says."""
        made = str(self._format(messages=neutralised(messages)).prompt)
        said = harmless(messages[-1]["content"])
        if whole:
            return made
        said = said if said in made else said.strip()  # there are templates that strip it
        return made[: made.rindex(said) + len(said)]

    def _parts(self, rendered: str, excerpts: Sequence[str]) -> list[Part]:
        """The prompt, cut before and after each excerpt; line ends behind one belong to it.

        The last of several stands next to the question and is the best; read apart it answers worse, the
        others do not (`benchmarks.stitching`). A single one is the same either way.
        """
        parts: list[Part] = []
        end = len(rendered)
        for excerpt in reversed(excerpts):  # from behind: an answer before may have quoted one
            start = rendered.rindex(harmless(excerpt), 0, end)
            stop = start + len(harmless(excerpt))
            stop += len(rendered[stop:end]) - len(rendered[stop:end].lstrip("\n"))
            apart = len(parts) >= 2 * IN_PLACE or len(excerpts) == 1
            parts += [self._part(rendered[stop:end]), self._part(rendered[start:stop], apart=apart)]
            end = start
        parts.append(self._part(rendered[:end]))
        return [part for part in reversed(parts) if part.tokens]

    def _part(self, text: str, *, apart: bool = False) -> Part:
        tokens = tuple(self._engine.tokenize(text))
        return Part(tokens, apart and len(tokens) <= BATCH)
