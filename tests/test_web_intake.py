from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from web_fakes import fake_models

from rag import indexing
from rag.embedding import FakeEmbedder
from rag.errors import IndexLocked, InputError
from rag.indexing import Summary
from rag.library import Library
from rag.settings import Settings
from rag.types import FloatMatrix
from rag.web.desk import Desk
from rag.web.discards import Discards
from rag.web.intake import Intake, JobState
from rag.web.uploads import Uploads


class PatientEmbedder(FakeEmbedder):
    """Embeds when it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.go = threading.Event()
        self.go.set()
        self.batches: list[int] = []

    def embed_passages(self, texts: Sequence[str]) -> FloatMatrix:
        self.batches.append(len(texts))
        assert self.go.wait(timeout=20)
        return super().embed_passages(texts)


class Workshop:
    """A desk with a real library, its worker, and what is deleted."""

    def __init__(self, folder: Path) -> None:
        self.settings = Settings(index=folder / "kho" / "default", uploads=folder / "tải lên")
        self.embedder = PatientEmbedder()
        self.library = Library(self.settings, self.embedder, *fake_models(lambda prompt: "")[1:])

        @contextmanager
        def load() -> Iterator[Library]:
            self.library.store()
            yield self.library
            self.library.close()

        self.desk = Desk(load)
        self.uploads = Uploads(self.settings.uploads)
        self.intake = Intake(self.desk, self.uploads)
        self.discards = Discards(self.uploads)
        self.drops = 0

    def upload(self, **files: str) -> int:
        """Files by name without suffix, as one drop into the default collection; gives the job's number."""
        self.drops += 1
        for name, content in files.items():
            with self.uploads.receiving(f"{self.drops:032x}", f"{name}.json") as file:
                file.write(content.encode())
        return self.intake.add_drop("default", f"{self.drops:032x}")

    def until(self, reached: Callable[[JobState], bool]) -> JobState:
        """The newest job of the default collection as soon as it is so far."""
        deadline = time.monotonic() + 20
        while not reached(state := max(self.intake.jobs("default"), key=lambda state: state.number)):
            assert time.monotonic() < deadline, state
            time.sleep(0.01)
        return state

    def finished(self) -> JobState:
        return self.until(lambda state: state.over)

    def ids(self) -> list[str]:
        return sorted(article.id for article in self.library.assistant().articles())

    def uploaded(self) -> list[str]:
        folder = self.uploads.folder
        return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Workshop]:
    shop = Workshop(tmp_path)
    yield shop
    shop.embedder.go.set()
    shop.intake.close()
    shop.discards.forget()
    shop.desk.close()


def news(topic: str) -> str:
    return f'{{"title": "Chuyện {topic}", "body": "Sáng nay {topic} được nhắc đến ở xã Bến Lũng."}}'


# ── Adding ────────────────────────────────────────────────────────────────────────────────────────


def test_uploaded_files_are_indexed_and_reported_one_by_one(shop: Workshop) -> None:
    number = shop.upload(một=news("sầu riêng"), hai="{", ba=news("vải thiều"))
    state = shop.finished()
    assert (state.number, state.kind, state.stage) == (number, "add", "done")
    assert [(f.name, f.stage, f.articles) for f in state.files] == [
        ("ba.json", "done", 1),
        ("hai.json", "skipped", 0),
        ("một.json", "done", 1),
    ]
    (message,) = state.files[1].messages
    assert message.startswith("Tệp hai.json không phải JSON hợp lệ")  # not where the server keeps it
    assert message.endswith("Hãy sửa hoặc xuất lại tệp.")
    assert state.summary is not None
    assert (state.summary.added, len(state.summary.skipped)) == (2, 1)
    assert shop.ids() == ["ba", "một"]
    assert shop.uploaded() == ["default/ba.json", "default/một.json"]  # what gave no article is not kept


def test_a_folder_of_the_server_is_indexed_where_it_is(shop: Workshop, tmp_path: Path) -> None:
    folder = tmp_path / "bài báo"
    folder.mkdir()
    (folder / "một.json").write_text(news("sầu riêng"), encoding="utf-8")
    shop.intake.add("default", [folder])
    assert shop.finished().summary == Summary(1, 0, 0, 0, ())
    (folder / "một.json").unlink()
    shop.intake.add("default", [folder])
    assert shop.finished().summary == Summary(0, 0, 0, 1, ())
    assert shop.ids() == []


def test_a_path_that_leads_to_nothing_is_named(shop: Workshop, tmp_path: Path) -> None:
    shop.intake.add("default", [tmp_path / "không có"])
    state = shop.finished()
    assert state.stage == "failed"
    assert state.failure is not None
    assert "không có" in state.failure


def test_an_empty_drop_starts_nothing(shop: Workshop) -> None:
    with pytest.raises(InputError):
        shop.intake.add_drop("default", "f" * 32)
    assert shop.intake.jobs("default") == ()


def test_embedding_is_told_with_its_pace_and_stops_between_batches(
    shop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(indexing, "PASSAGES_PER_COMMIT", 1)
    shop.embedder.go.clear()
    number = shop.upload(**{f"tin{n}": news(f"vườn {n}") for n in range(4)})
    shop.until(lambda state: state.stage == "embedding")
    assert shop.intake.busy("default")
    assert len(shop.ids()) == 4  # found by their words already
    shop.embedder.go.set()
    paced = shop.until(lambda state: state.over or state.left is not None)
    assert paced.over or paced.rate > 0
    shop.finished()
    shop.embedder.go.clear()
    shop.upload(**{f"bài{n}": news(f"chợ {n}") for n in range(4)})
    state = shop.until(lambda state: state.number > number and state.stage == "embedding")
    shop.intake.cancel(state.number)
    assert shop.intake.jobs("default")[0].stopping
    shop.embedder.go.set()
    assert shop.finished().stage == "cancelled"
    assert len(shop.ids()) == 8  # nothing is lost
    assert 0 < shop.library.store().status().pending_vectors < 4
    shop.intake.resume(state.number)
    assert shop.finished().summary == Summary(0, 0, 4, 0, ())
    assert shop.library.store().status().pending_vectors == 0
    assert shop.library.store().verify() == []


def test_what_a_cancelled_job_did_not_read_waits_until_it_is_dismissed(shop: Workshop) -> None:
    shop.embedder.go.clear()
    first = shop.upload(một=news("sầu riêng"))
    second = shop.upload(hai=news("vải thiều"))
    shop.intake.cancel(second)
    shop.embedder.go.set()
    shop.finished()
    assert shop.ids() == ["một"]
    assert shop.uploaded() == ["default/hai.json", "default/một.json"]
    shop.intake.dismiss(second)
    assert shop.uploaded() == ["default/một.json"]
    assert [state.number for state in shop.intake.jobs("default")] == [first]
    shop.intake.resume(second)  # forgotten
    assert not shop.intake.busy("default")


def test_of_many_files_those_with_problems_are_shown(shop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rag.web.intake.LISTED", 3)
    files = {f"tin{n}": news(f"vườn {n}") for n in range(5)}
    shop.upload(**files, hỏng1="{", hỏng2="[")
    state = shop.finished()
    assert [file.name for file in state.files] == ["hỏng1.json", "hỏng2.json"]
    assert len(shop.ids()) == 5


def test_waiting_questions_go_first(shop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.upload(một=news("sầu riêng"))
    shop.finished()
    asked = threading.Event()
    monkeypatch.setattr(Desk, "busy", property(lambda desk: not asked.is_set()))
    shop.upload(hai=news("vải thiều"))
    time.sleep(0.3)
    assert shop.embedder.batches == [1]
    asked.set()
    shop.finished()
    assert shop.embedder.batches == [1, 1]


def test_a_bug_is_told_without_its_text_and_the_worker_goes_on(
    shop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(indexing, "add", lambda *_, **__: 1 / 0)
        shop.upload(một=news("sầu riêng"))
        failure = shop.finished().failure
    assert failure == "Lỗi ngoài dự kiến; chi tiết nằm trong nhật ký của máy chủ. Hãy thử lại."
    shop.upload(hai=news("vải thiều"))
    assert shop.finished().stage == "done"


# ── Looking after ─────────────────────────────────────────────────────────────────────────────────


def test_a_check_says_in_words_what_it_found_and_a_rebuild_cures_it(shop: Workshop) -> None:
    shop.upload(một=news("sầu riêng"))
    shop.finished()
    shop.intake.verify("default")
    assert shop.finished().findings == ()
    (shop.settings.index / "passages.faiss").write_bytes(b"x")
    shop.intake.verify("default")
    state = shop.finished()
    assert state.stage == "done"
    assert state.findings[0].startswith("passages.faiss: ")
    assert not shop.library.store().status().healthy
    shop.intake.rebuild("default")
    assert shop.finished().stage == "done"
    assert shop.library.store().status().healthy
    assert shop.library.store().verify() == []


# ── Deleting ──────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def stocked(shop: Workshop) -> Workshop:
    shop.upload(
        một=news("sầu riêng"), hai=news("vải thiều"), nhiều=f"[{news('chôm chôm')}, {news('mít tố nữ')}]"
    )
    shop.finished()
    return shop


def test_deleted_is_gone_everywhere_and_comes_back_whole(stocked: Workshop) -> None:
    store, assistant = stocked.library.store(), stocked.library.assistant()
    before = [assistant.article(article_id) for article_id in stocked.ids()]
    assert stocked.discards.delete("default", store, ["một", "nhiều-1", "không có", "một"]) == 2
    assert stocked.ids() == ["hai", "nhiều-2"]
    assert [hit.article.id for hit in assistant.search("sầu riêng", 10)[1]] == ["hai", "nhiều-2"]
    with pytest.raises(KeyError):
        assistant.article("một")
    assert "default/một.json" not in stocked.uploaded()
    assert "default/nhiều.json" in stocked.uploaded()  # another article still comes from it
    assert stocked.discards.deleted("default") == 2
    assert stocked.discards.deleted("Báo tỉnh") == 0
    batches = list(stocked.embedder.batches)
    assert stocked.discards.undo("default") == 2
    assert [assistant.article(article_id) for article_id in stocked.ids()] == before
    assert assistant.search("sầu riêng", 10)[1][0].article.id == "một"
    assert stocked.embedder.batches == batches  # its vectors came back with it
    assert stocked.uploaded() == ["default/hai.json", "default/một.json", "default/nhiều.json"]
    assert store.verify() == []
    with pytest.raises(InputError, match="Không hoàn tác được nữa"):
        stocked.discards.undo("default")


def test_the_next_deletion_makes_the_last_one_final(stocked: Workshop) -> None:
    store = stocked.library.store()
    stocked.discards.delete("default", store, ["một"])
    assert len(stocked.uploaded()) == 3  # one of them aside
    stocked.discards.delete("default", store, ["nhiều-1", "nhiều-2"])
    assert len(stocked.uploaded()) == 2
    stocked.discards.forget()
    assert stocked.uploaded() == ["default/hai.json"]
    assert stocked.discards.deleted("default") == 0


def test_after_its_time_a_deletion_is_final(stocked: Workshop) -> None:
    discards = Discards(stocked.uploads, seconds=0.05)
    discards.delete("default", stocked.library.store(), ["một"])
    deadline = time.monotonic() + 10
    while discards.deleted("default"):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert stocked.uploaded() == ["default/hai.json", "default/nhiều.json"]


def test_a_file_of_the_reader_is_never_deleted(shop: Workshop, tmp_path: Path) -> None:
    own = tmp_path / "của tôi.json"
    own.write_text(news("sầu riêng"), encoding="utf-8")
    shop.intake.add("default", [own])
    shop.finished()
    shop.discards.delete("default", shop.library.store(), ["của tôi"])
    shop.discards.forget()
    assert own.is_file()
    assert shop.ids() == []


def test_nothing_is_deleted_while_the_index_is_written(stocked: Workshop) -> None:
    store = stocked.library.store()
    with store.write(), pytest.raises(IndexLocked):
        stocked.discards.delete("default", store, ["một"])
    with pytest.raises(InputError, match="không còn trong bộ"):
        stocked.discards.delete("default", store, ["không có"])
    assert len(stocked.ids()) == 4


def test_a_file_comes_back_beside_one_that_took_its_name(stocked: Workshop) -> None:
    stocked.discards.delete("default", stocked.library.store(), ["một"])
    stocked.upload(một=news("măng cụt"))
    stocked.finished()
    stocked.discards.undo("default")
    path = stocked.library.assistant().article("một").path
    assert path is not None
    assert path.name == "một (2).json"
    assert path.read_text(encoding="utf-8") == news("sầu riêng")
