"""A second, slower look at the best places, question and passage read together; off unless asked for.

The seam: `Reranker`; its implementations: any CrossEncoder of sentence-transformers, and a fake for tests.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from rag.collapse import Place
from rag.embedding import offline_and_quiet
from rag.errors import ModelError
from rag.language.normalize import fold, tokens

if TYPE_CHECKING:
    from sentence_transformers import CrossEncoder

RERANKED = 20  # places that are looked at again: each costs as much as embedding a passage, or more
BATCH = 8


class Reranker(Protocol):
    """Reads a question together with a passage."""

    @property
    def seconds(self) -> float:
        """What the last call of `score` cost, the loading of the model not counted; 0 before the first."""
        ...

    def score(self, question: str, passages: Sequence[str]) -> list[float]:
        """How well each passage answers, 0..1, in the order given."""
        ...


def rerank(
    places: Sequence[Place], question: str, reranker: Reranker, title_of: Callable[[str], str]
) -> tuple[list[Place], dict[str, float]]:
    """The places with the first RERANKED in the reranker's order, and its scores by passage id.

    It reads the title and the best passage of each: more than that many models would cut off. `title_of`
    gives the title of an article by its id. Equal scores keep their order.
    """
    looked_at = places[:RERANKED]
    best = [place.passages[0] for place in looked_at]
    scores = reranker.score(question, [f"{title_of(passage.article_id)}\n{passage.text}" for passage in best])
    judged = {passage.id: score for passage, score in zip(best, scores, strict=True)}
    ordered = sorted(looked_at, key=lambda place: -judged[place.passages[0].id])
    return [*ordered, *places[RERANKED:]], judged


class CrossEncoderReranker:
    """A CrossEncoder folder on the CPU. Opening costs nothing: the model is loaded when first used.

    It may be shared by threads, which take turns.
    """

    def __init__(self, path: Path, *, threads: int = 0) -> None:
        """`threads` 0 leaves the number to torch.

        Raises ModelError when `path` holds no safetensors, or a model that gives no score to a pair of
        texts: sentence-transformers would open an embedder, too, and give it random weights to score with.
        """
        self._path = path
        self._threads = threads
        self._lock = threading.Lock()
        self._loaded: CrossEncoder | None = None
        self._seconds = 0.0
        if not any(path.glob("*.safetensors")):
            raise ModelError("models.no_safetensors", path=path)
        if not _gives_one_score(path):
            raise ModelError("models.no_reranker", path=path)

    @property
    def seconds(self) -> float:
        return self._seconds

    def score(self, question: str, passages: Sequence[str]) -> list[float]:
        if not passages:
            return []
        with self._lock:
            if self._loaded is None:
                self._loaded = _load(self._path, self._threads)
            started = time.perf_counter()
            scores = self._loaded.predict(
                [(question, passage) for passage in passages], batch_size=BATCH, show_progress_bar=False
            )
            self._seconds = time.perf_counter() - started
        return [float(score) for score in scores]


def _gives_one_score(path: Path) -> bool:
    """Whether the configuration is that of a network with one label, or of a language model that says
    yes or no."""
    try:
        config = json.loads((path / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError("models.bad_weights", file=path / "config.json", reason=error) from error
    kinds = config.get("architectures") or [""]
    if kinds[0].endswith("ForCausalLM"):
        return True
    labels = config.get("id2label") or (0, 1)  # transformers does not write the two that it takes for granted
    return bool(kinds[0].endswith("ForSequenceClassification")) and len(labels) == 1


def _load(path: Path, threads: int) -> CrossEncoder:
    import torch  # torch and sentence-transformers take seconds to import
    from safetensors import SafetensorError
    from sentence_transformers import CrossEncoder

    if threads:
        torch.set_num_threads(threads)
    with offline_and_quiet():
        try:
            model = CrossEncoder(
                str(path),
                device="cpu",
                local_files_only=True,
                trust_remote_code=False,
                model_kwargs={"use_safetensors": True},
                activation_fn=torch.nn.Sigmoid(),  # whatever the folder says: 0..1
            )
        except (OSError, ValueError, KeyError, SafetensorError) as error:
            reason = (str(error).splitlines() or [type(error).__name__])[0]
            raise ModelError("models.bad_weights", file=path, reason=reason) from error
    return model.float()  # half precision is slow on a CPU, and less exact


class FakeReranker:
    """The share of the question's syllables that a passage has, accents aside."""

    seconds = 0.25

    def score(self, question: str, passages: Sequence[str]) -> list[float]:
        asked = set(tokens(fold(question)))
        return [len(asked & set(tokens(fold(passage)))) / max(1, len(asked)) for passage in passages]
