from __future__ import annotations

import threading
import time
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from tiny_reranker import make_reranker

from rag import assemble
from rag.embedding import FakeEmbedder
from rag.errors import EmbedderMismatch, ModelError, StoreError
from rag.generation import OpenAIGenerator, ScriptedGenerator
from rag.settings import Settings
from rag.store import Store


def test_once_builds_once_whichever_thread_comes_first() -> None:
    built: list[object] = []

    def build() -> object:
        time.sleep(0.05)  # long enough for all threads to want it
        built.append(object())
        return built[-1]

    get = assemble.once(build)
    together = threading.Barrier(8)
    got: list[object] = []

    def use() -> None:
        together.wait()
        got.append(get())

    users = [threading.Thread(target=use) for _ in range(8)]
    for user in users:
        user.start()
    for user in users:
        user.join()
    assert len(built) == 1
    assert got == built * 8


def test_once_builds_nothing_before_it_is_used_and_tries_again_after_a_failure() -> None:
    attempts: list[int] = []

    def build() -> str:
        attempts.append(len(attempts))
        if len(attempts) == 1:
            raise ModelError("models.missing", name="a", folder="b")
        return "ready"

    get = assemble.once(build)
    assert attempts == []
    with pytest.raises(ModelError):
        get()
    assert (get(), get(), attempts) == ("ready", "ready", [0, 1])


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("http://127.0.0.1:8080/v1", True),
        ("https://llm.example/v1#model", True),
        ("qwen2.5-coder-1.5b-instruct-q4_k_m", False),
        ("owner/repo:file.gguf", False),
        ("/models/http.gguf", False),
        ("", False),
    ],
)
def test_is_server(name: str, expected: bool) -> None:
    assert assemble.is_server(name) is expected


def test_threads_are_as_many_as_real_cores_unless_told(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(psutil, "cpu_count", lambda logical: 16 if logical else 8)
    assert assemble.threads(settings) == 8
    assert assemble.threads(replace(settings, threads=3)) == 3
    monkeypatch.setattr(psutil, "cpu_count", lambda logical: None)  # some virtual machines do not say
    assert assemble.threads(settings) == 1


@pytest.mark.parametrize(
    ("url", "name"), [("http://127.0.0.1:9/v1#qwen", "qwen"), ("http://127.0.0.1:9/v1", "default")]
)
def test_a_server_is_asked_for_the_model_in_its_address(settings: Settings, url: str, name: str) -> None:
    generator = assemble.generator(replace(settings, llm=url, context_tokens=512))
    assert isinstance(generator, OpenAIGenerator)
    assert (generator.name, generator.context_tokens) == (name, 512)


def test_missing_weights_are_named(settings: Settings) -> None:
    with pytest.raises(ModelError, match="multilingual-e5-small"):
        assemble.embedder(settings)
    with pytest.raises(ModelError, match=r"qwen2\.5"):
        assemble.generator(settings)


def test_there_is_a_reranker_when_one_is_set(settings: Settings, tmp_path: Path) -> None:
    assert assemble.reranker(settings) is None
    with pytest.raises(ModelError, match="owner/reranker"):
        assemble.reranker(replace(settings, reranker="owner/reranker"))
    folder = make_reranker(tmp_path / "tiny")
    (score,) = assemble.reranker(replace(settings, reranker=str(folder))).score("cầu", ["cầu dài"])  # type: ignore[union-attr]
    assert 0 < score < 1


def test_a_store_is_only_created_when_asked_for(settings: Settings) -> None:
    with pytest.raises(StoreError, match="hoibao index add"), assemble.store(settings):
        pass
    assert not settings.index.exists()
    with assemble.store(settings, create=True) as store:
        assert store.status().articles == 0


def test_an_opened_assistant_answers_and_loads_the_model_late(
    store: Store, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded: list[Path] = []

    def generator(settings: Settings) -> ScriptedGenerator:
        loaded.append(settings.index)
        return ScriptedGenerator(lambda _: "Cầu dài 486 m.")

    monkeypatch.setattr(assemble, "embedder", lambda settings: FakeEmbedder())
    monkeypatch.setattr(assemble, "generator", generator)
    with assemble.opened(settings) as assistant:
        _, hits = assistant.search("Cầu Sông Mây dài bao nhiêu?", 1)
        assert [hit.article.id for hit in hits] == ["cau"]
        assert loaded == []
        for _ in range(2):
            list(assistant.answer("Cầu Sông Mây dài bao nhiêu?"))
        assert loaded == [settings.index]


def test_an_index_of_another_embedder_is_refused(
    store: Store, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(assemble, "embedder", lambda settings: FakeEmbedder(dimension=32))
    with pytest.raises(EmbedderMismatch, match="hoibao index rebuild"), assemble.opened(settings):
        pass
