"""A llama.cpp context of our own: tokens are read once, and what was read is moved, not read again.

llama-cpp-python's `Llama` keeps one line of tokens. This holds several in one memory: HEAD, what stands
before every question; MAIN, the prompt and what is written after it; SPARE, where a stretch is read apart,
behind HEAD and nothing else; MOVED, through which it goes to its place. Its keys and values are attached to
MAIN wherever it is needed: keys carry their position as a rotation (RoPE), which llama.cpp turns on.
API: https://github.com/ggml-org/llama.cpp/blob/master/include/llama.h
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from mmap import mmap
from pathlib import Path
from typing import Any

import numpy as np

from rag.errors import ModelError
from rag.generation import never
from rag.tuning import Tuning, may_repack

HEAD, MAIN, SPARE, MOVED = range(4)
BATCH = 512  # tokens of one call of llama.cpp; also the most that HEAD and a stretch may have
FEW = 32  # tokens read at a time when nobody waits for them; whoever asks waits for these
ABORTED = 2  # what llama_decode returns when the callback told it to stop
IN_ORDER = -1
PIECE = 256  # bytes, more than any token has

Held = tuple[int, int]


class Cancelled(Exception):
    """Whoever waited does not wait any more. What had been read before stays."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """What the model made of some tokens that it read behind `HEAD` and nothing else."""

    tokens: tuple[int, ...]
    start: int  # position of the first
    state: bytes | mmap  # of llama.cpp, some 28 KB a token for a model of 1.5 billion parameters


class Engine:
    """One model, one context. Not thread-safe, and fastest when one thread alone ever computes: OpenMP keeps
    workers for each that did, and where all of them together are more than the cores, they sleep between two
    steps.

    `held` is what MAIN holds: each token, and its place in the stretch it was attached with, `IN_ORDER` for
    one that was read behind all that stand before it. The two tell what the model made of it. `moves` says
    whether the model is such that stretches can be attached.
    """

    def __init__(self, path: Path, *, context_tokens: int, tuning: Tuning) -> None:
        """Loads the weights; takes seconds.

        Raises ModelError when llama.cpp cannot load the file.
        """
        # Imported here: loads the compiled library, which search and indexing do not need.
        import llama_cpp

        self._api: Any = llama_cpp
        self.held: list[Held] = []
        self.head: tuple[int, ...] = ()
        self._spare: tuple[int, ...] = ()  # what SPARE holds behind HEAD
        self._abort: Any = None
        _silence()
        self._api.llama_backend_init()
        weights = self._api.llama_model_default_params()
        weights.use_extra_bufts = tuning.repack and may_repack(built_for())
        self._model = self._api.llama_model_load_from_file(str(path).encode(), weights)
        if not self._model:
            raise ModelError("models.cannot_load", path=path, reason="llama.cpp")
        self._vocabulary = self._api.llama_model_get_vocab(self._model)
        self._context = self._api.llama_init_from_model(self._model, self._parameters(context_tokens, tuning))
        if not self._context:
            raise ModelError("models.cannot_load", path=path, reason=f"n_ctx = {context_tokens}")
        self._memory = self._api.llama_get_memory(self._context)
        self.moves = bool(self._api.llama_memory_can_shift(self._memory))
        self._batch = self._api.llama_batch_init(BATCH, 0, 1)
        self._width = self._api.llama_vocab_n_tokens(self._vocabulary)

    def _parameters(self, context_tokens: int, tuning: Tuning) -> Any:
        made = self._api.llama_context_default_params()
        made.n_ctx = context_tokens + 3 * BATCH  # what the others need when MAIN is full
        made.n_batch = made.n_ubatch = BATCH
        made.n_threads = made.n_threads_batch = tuning.threads
        if tuning.flash_attention is not None:
            made.flash_attn_type = int(tuning.flash_attention)
        made.n_seq_max = MOVED + 1
        made.kv_unified = True  # a token of HEAD that MAIN begins with is kept once
        made.no_perf = True
        return made

    def close(self) -> None:
        """Gives the memory back; nothing else may be called afterwards."""
        self._api.llama_batch_free(self._batch)
        self._api.llama_free(self._context)
        self._api.llama_model_free(self._model)

    # ── Text and tokens ───────────────────────────────────────────────────────────────────────────

    def chat_template(self) -> str | None:
        """The Jinja template in the model's file, None when it has none."""
        found: bytes | None = self._api.llama_model_chat_template(self._model, None)
        return found.decode() if found else None

    def text_of(self, token: int) -> str:
        """A token as the vocabulary spells it, control tokens too; empty for a number that is none."""
        if token < 0:
            return ""
        return str(self._api.llama_vocab_get_text(self._vocabulary, token).decode())

    def begins(self) -> int:
        """The token that texts begin with, negative when there is none."""
        return int(self._api.llama_vocab_bos(self._vocabulary))

    def ends(self) -> int:
        """The token that texts end with, negative when there is none."""
        return int(self._api.llama_vocab_eos(self._vocabulary))

    def is_end(self, token: int) -> bool:
        """Whether nothing is to be written after it."""
        return bool(self._api.llama_vocab_is_eog(self._vocabulary, token))

    def tokenize(self, text: str) -> list[int]:
        """Control tokens in the text count as such."""
        data = text.encode()
        room = len(data) + 8
        tokens = (ctypes.c_int32 * room)()
        count = self._api.llama_tokenize(self._vocabulary, data, len(data), tokens, room, False, True)
        return list(tokens[:count])

    def piece(self, token: int) -> bytes:
        """What a token writes; a letter may be spread over several. Empty for control tokens."""
        room = ctypes.create_string_buffer(PIECE)
        size = self._api.llama_token_to_piece(self._vocabulary, token, room, PIECE, 0, False)
        return room.raw[:size]

    # ── What is held ──────────────────────────────────────────────────────────────────────────────

    def cut(self, length: int) -> None:
        """MAIN forgets what comes after its first `length` tokens; all of it, where the model has no memory
        that can be cut.
        """
        if length < len(self.held) and not self._remove(MAIN, length):
            self._remove(MAIN)
            length = 0
        del self.held[length:]

    def read(
        self, tokens: Sequence[int], cancelled: Callable[[], bool] = never, *, politely: bool = False
    ) -> None:
        """Appends to MAIN. Raises Cancelled: at once, or `politely`, after the few tokens in hand."""
        for part in _steps(tokens, politely):
            self._append(part, cancelled, politely)

    def write(self, tokens: Sequence[int], cancelled: Callable[[], bool] = never) -> int:
        """Appends up to `BATCH` tokens to MAIN and gives the likeliest one to come next. Raises Cancelled."""
        self._append(tokens, cancelled, wanted=True)
        row = self._api.llama_get_logits_ith(self._context, len(tokens) - 1)
        return int(np.ctypeslib.as_array(row, (self._width,)).argmax())

    def begin(
        self, tokens: Sequence[int], cancelled: Callable[[], bool] = never, *, politely: bool = False
    ) -> None:
        """HEAD becomes these, at most `BATCH`, and MAIN too. Raises Cancelled, as `read`."""
        self.cut(common(self.held, in_order(tokens)))
        self.read(tokens[len(self.held) :], cancelled, politely=politely)
        self._forget_head()
        self._api.llama_memory_seq_cp(self._memory, MAIN, HEAD, 0, -1)
        self.head = tuple(tokens)

    def begin_main(self) -> None:
        """MAIN becomes HEAD."""
        self._remove(MAIN)
        self._api.llama_memory_seq_cp(self._memory, HEAD, MAIN, 0, -1)
        self.held = in_order(self.head)

    def apart(
        self, tokens: Sequence[int], cancelled: Callable[[], bool] = never, *, politely: bool = False
    ) -> Stretch:
        """Reads up to `BATCH` tokens behind HEAD alone.

        One stretch at a time: side by side they would be read a tenth faster, but what is left half read when
        somebody asks could not be told apart so simply. Raises Cancelled, as `read`; what had been read then
        is of use when the same tokens come next.
        """
        start = len(self.head)
        if not self._spare or self._spare != tuple(tokens[: len(self._spare)]):
            self._drop_spare()
            self._api.llama_memory_seq_cp(self._memory, HEAD, SPARE, 0, -1)
        for part in _steps(tokens[len(self._spare) :], politely):
            self._decode(SPARE, part, start + len(self._spare), cancelled, politely)
            self._spare += tuple(part)
        self._api.llama_memory_seq_rm(self._memory, SPARE, 0, start)
        made = Stretch(self._spare, start, self._state(SPARE))
        self._drop_spare()
        return made

    def attach(self, stretch: Stretch, skip: int = 0) -> None:
        """Appends a stretch to MAIN without reading it; `skip` of its tokens are there already."""
        at = len(self.held)
        if not self._restore(MOVED, stretch.state):
            raise RuntimeError("llama.cpp does not take back what it gave")
        self._api.llama_memory_seq_add(self._memory, MOVED, -1, -1, at - skip - stretch.start)
        self._api.llama_memory_seq_cp(self._memory, MOVED, MAIN, at, -1)
        self._remove(MOVED)
        self.held += [(token, place) for place, token in enumerate(stretch.tokens)][skip:]

    def saved_head(self) -> bytes:
        """HEAD as bytes that `load_head` takes."""
        return self._state(HEAD)[:]

    def load_head(self, tokens: Sequence[int], state: bytes) -> bool:
        """HEAD, and MAIN too, from what `saved_head` gave for the same tokens, model and version; False, and
        both empty, when it is not that.
        """
        self.cut(0)
        self._forget_head()
        whole = self._restore(HEAD, state)
        if not whole or self._api.llama_memory_seq_pos_max(self._memory, HEAD) != len(tokens) - 1:
            self._remove(HEAD)
            return False
        self.head = tuple(tokens)
        self.begin_main()
        return True

    def _drop_spare(self) -> None:
        self._remove(SPARE)
        self._spare = ()

    def _forget_head(self) -> None:
        self._remove(HEAD)
        self.head = ()
        self._drop_spare()

    def _remove(self, sequence: int, start: int = 0) -> bool:
        return bool(self._api.llama_memory_seq_rm(self._memory, sequence, start, -1))

    def _state(self, sequence: int) -> mmap:
        """In pages of its own, which go back to the system with it: blocks of a megabyte or two that come and
        go leave holes in the heap, and it grows.
        """
        size = self._api.llama_state_seq_get_size(self._context, sequence)
        room = mmap(-1, size)
        self._api.llama_state_seq_get_data(self._context, _address(room), size, sequence)
        return room

    def _restore(self, sequence: int, state: bytes | mmap) -> bool:
        size = len(state)
        return bool(self._api.llama_state_seq_set_data(self._context, _address(state), size, sequence))

    def _append(
        self,
        tokens: Sequence[int],
        cancelled: Callable[[], bool],
        politely: bool = False,
        wanted: bool = False,
    ) -> None:
        self._decode(MAIN, tokens, len(self.held), cancelled, politely, wanted)
        self.held += in_order(tokens)

    def _decode(
        self,
        sequence: int,
        tokens: Sequence[int],
        at: int,
        cancelled: Callable[[], bool],
        politely: bool,
        wanted: bool = False,
    ) -> None:
        """Reads tokens from position `at` on; `wanted` when it is to be computed what comes next.

        Raises Cancelled, and then has read none of them.
        """
        if cancelled():
            raise Cancelled
        batch = self._batch
        batch.n_tokens = len(tokens)
        for row, token in enumerate(tokens):
            batch.token[row] = token
            batch.pos[row] = at + row
            batch.n_seq_id[row] = 1
            batch.seq_id[row][0] = sequence
            batch.logits[row] = wanted and row == len(tokens) - 1
        # Asked at every node of the graph: a fiftieth of the time of a single token, which is soon over.
        asks = len(tokens) > 1 and not politely
        aborts = self._api.ggml_abort_callback
        self._abort = aborts(lambda _: cancelled()) if asks else aborts()  # kept: llama.cpp keeps its address
        self._api.llama_set_abort_callback(self._context, self._abort, None)
        code = self._api.llama_decode(self._context, batch)
        if code:
            self._remove(sequence, at)
            if code == ABORTED:
                raise Cancelled
            raise RuntimeError(f"llama_decode returned {code}")


def built_for() -> str:
    """What llama.cpp says of how it was built, such as "CPU : AVX2 = 1 | REPACK = 1 | "."""
    import llama_cpp  # imported here, as above

    told: bytes = llama_cpp.llama_print_system_info()
    return told.decode()


@cache
def _silence() -> Any:
    """Ends the messages of llama.cpp; gives what it calls instead, which must live as long as the process."""
    import llama_cpp  # imported here, as above

    nothing = llama_cpp.llama_log_callback(lambda *_: None)
    llama_cpp.llama_log_set(nothing, None)
    return nothing


def _address(room: bytes | mmap) -> Any:
    """Where its first byte is, as llama.cpp takes it; holds on to it as long as itself is there."""
    return np.frombuffer(room, np.uint8).ctypes.data_as(ctypes.POINTER(ctypes.c_uint8))


def _steps(tokens: Sequence[int], politely: bool) -> Iterator[Sequence[int]]:
    """The tokens in the parts that they are read in."""
    size = FEW if politely else BATCH
    return (tokens[at : at + size] for at in range(0, len(tokens), size))


def in_order(tokens: Sequence[int]) -> list[Held]:
    """Tokens as MAIN holds them when they were read one after the other."""
    return [(token, IN_ORDER) for token in tokens]


def common(one: Sequence[Any], other: Sequence[Any]) -> int:
    """How many items both begin with."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((place for place, (a, b) in pairs if a != b), min(len(one), len(other)))
