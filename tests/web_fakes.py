"""A scripted assistant for the web tests: articles made up here, streams with delays."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from rag import indexing
from rag.answering.assistant import NO_LLM
from rag.embedding import FakeEmbedder
from rag.errors import ModelError
from rag.generation import ScriptedGenerator
from rag.library import Library
from rag.retrieval import Retriever
from rag.settings import Settings
from rag.store import ArticleSummary, Store
from rag.types import (
    Answer,
    AnswerSentence,
    Article,
    Citation,
    Done,
    Event,
    Evidence,
    Hit,
    Message,
    Options,
    Passage,
    Period,
    Query,
    Quote,
    Retrieved,
    Timings,
    Token,
    Understood,
)

BRIDGE = Article(
    id="cau-bach-lap",
    title="Thông xe cầu Bạch Lạp sau ba năm thi công",
    text=(
        "Sáng 12/3, cầu Bạch Lạp nối hai bờ sông Lục Yên chính thức thông xe sau ba năm thi công.\n\n"
        "Cầu dài 1.240 m, rộng 22 m, có bốn làn xe và hai lối đi bộ. Tổng mức đầu tư là 870 tỷ đồng, "
        "lấy từ ngân sách tỉnh.\n\n"
        "Trước đây người dân phải đi phà, mỗi lượt chờ gần nửa giờ. “Từ nay con tôi đi học chỉ mất mười "
        "phút”, một người dân ở bờ bắc nói.\n\n"
        "Ban quản lý dự án cho biết cây cầu dùng dầm bê tông dự ứng lực đúc sẵn. Phần đường dẫn phía nam "
        "dài 2,1 km sẽ được trải nhựa lớp cuối trong tháng 4. Trong thời gian đó xe tải trên 10 tấn vẫn "
        "phải đi đường vòng qua thị trấn Yên Sơn.\n\n"
        "Tỉnh dự kiến mở thêm hai tuyến xe buýt qua cầu từ tháng 6, giá vé 7.000 đồng một lượt. Bến phà "
        "cũ sẽ được giữ lại làm điểm du lịch."
    ),
    published="2024-03-12T16:58:00+07:00",
    source="Báo Lục Yên",
    url="https://example.org/cau-bach-lap",
    category="Giao thông",
)
FERRY = Article(
    id="pha-luc-yen",
    title="Chuyến phà cuối cùng trên sông Lục Yên",
    text=(
        "Tối 11/3, chuyến phà cuối cùng rời bến Lục Yên với hơn một trăm hành khách.\n\n"
        "Bến phà hoạt động từ năm 1978. Những ngày cao điểm, phà chở 6.500 lượt khách.\n\n"
        "Sau khi cầu Bạch Lạp thông xe, mười bốn nhân viên bến phà được chuyển sang đội quản lý cầu."
    ),
    published="2024-03-11",
    source="Tin Chiều",
)
HOSTILE = Article(
    id='doc-hai"><script>window.hacked=1</script>',
    title="<img src=x onerror=window.hacked=2> Bài độc & lạ ![anh](http://evil.example/t.png)",
    text=(
        "Câu đầu bình thường.\n\n<script>window.hacked=3</script> "
        "<form action=http://evil.example><input></form> "
        "[bấm vào](javascript:window.hacked=4) ${window.hacked=5} "
        "{{constructor.constructor('window.hacked=6')()}}"
        " </div></section><iframe srcdoc='<script>parent.hacked=7</script>'></iframe> "
        "<svg onload=window.hacked=8>"
        "\n\nCâu cuối <b>bình thường</b>."
    ),
    published="2024-05-05",
    source="<marquee onstart=window.hacked=9>Nguồn",
    url="javascript:window.hacked=10",
)
ARTICLES = (BRIDGE, FERRY, HOSTILE)

ANSWER = "Cầu Bạch Lạp dài 1.240 m và rộng 22 m. Cầu thông xe sáng 12/3."
FERRY_ANSWER = "Bến phà hoạt động từ năm 1978."
EXAMPLES = (f"Bài “{BRIDGE.title}” nói gì?", f"Bài “{FERRY.title}” nói gì?")
REFUSAL = "Không tìm thấy câu trả lời trong các bài báo đã nạp."


def quote(article: Article, words: str) -> Quote:
    """The span of `article` that reads `words`."""
    start = article.text.index(words)
    return Quote(article, start, start + len(words))


LENGTH = quote(BRIDGE, "Cầu dài 1.240 m, rộng 22 m, có bốn làn xe và hai lối đi bộ.")
OPENING = quote(
    BRIDGE, "Sáng 12/3, cầu Bạch Lạp nối hai bờ sông Lục Yên chính thức thông xe sau ba năm thi công."
)
STAFF = quote(
    FERRY, "Sau khi cầu Bạch Lạp thông xe, mười bốn nhân viên bến phà được chuyển sang đội quản lý cầu."
)
SINCE = quote(FERRY, "Bến phà hoạt động từ năm 1978. Những ngày cao điểm, phà chở 6.500 lượt khách.")
ATTACK = quote(HOSTILE, HOSTILE.text[HOSTILE.text.index("<script>") : HOSTILE.text.index("\n\nCâu cuối")])


def hit(rank: int, found: Quote) -> Hit:
    passage = Passage(
        f"{found.article.id}#{rank}", found.article.id, rank, found.start, found.end, found.text
    )
    return Hit(rank, 1 / rank, passage, found.article)


def answer(question: str, sentences: Sequence[tuple[str, Sequence[Quote]]], **changes: object) -> Answer:
    """An answer whose citations are numbered in the order of their first use."""
    quotes = list(dict.fromkeys(quote for _, support in sentences for quote in support))
    marked = [
        AnswerSentence(words, tuple(quotes.index(quote) + 1 for quote in support))
        for words, support in sentences
    ]
    text = " ".join(s.text + "".join(f"[{number}]" for number in s.citations) for s in marked)
    made = Answer(
        question=question,
        text=text,
        abstained=False,
        citations=tuple(Citation(number, quote) for number, quote in enumerate(quotes, 1)),
        sentences=tuple(marked),
        hits=tuple(hit(rank, quote) for rank, quote in enumerate(quotes, 1)),
        model="scripted",
        timings=Timings(first_evidence=0.25, first_token=0.5, total=1.0),
    )
    return replace(made, **changes)  # type: ignore[arg-type]  # the field names are the caller's


def refusal(question: str) -> Answer:
    return answer(
        question, [], text=REFUSAL, abstained=True, hits=(hit(1, SINCE), hit(2, LENGTH), hit(3, STAFF))
    )


@dataclass
class ScriptedAssistant:
    """Answers by a word of the question. `pace` is the delay between two events in seconds."""

    pace: float = 0.03
    by_id: Mapping[str, Article] = field(default_factory=lambda: {a.id: a for a in ARTICLES})
    asked: list[tuple[str, tuple[Message, ...]]] = field(default_factory=list)  # for the LLM to answer
    prepared: list[tuple[str, tuple[Message, ...]]] = field(default_factory=list)  # while it was typed
    read: list[tuple[str, int]] = field(default_factory=list)  # articles, and where they were opened
    options: list[Options] = field(default_factory=list)  # of each question asked
    wanted: str | None = field(default=None, compare=False)  # the collection this one was got for
    collections: list[str | None] = field(default_factory=list)  # of each question and search
    cancelled_after: list[float] = field(default_factory=list)  # seconds an endless answer lasted

    def answer(
        self,
        question: str,
        history: Sequence[Message] = (),
        *,
        period: Period | None = None,
        source: str | None = None,
        use_llm: bool = True,
        cancelled: Callable[[], bool],
    ) -> Iterator[Event]:
        self.collections.append(self.wanted)
        if use_llm:  # without, it is only tried out
            self.asked.append((question, tuple(history)))
        self.options.append(Options(period, source, use_llm))
        understood = Query(question, question)
        if question == "cau bach lap dai bao nhieu met":
            period = Period(date(2024, 3, 1), date(2024, 3, 31))
            understood = Query(
                question, "cầu bạch lạp dài bao nhiêu mét", accents_restored=True, period=period
            )
        yield Understood(understood)
        time.sleep(self.pace)
        yield Retrieved((hit(1, LENGTH),))
        stream = partial(self._stream, question, understood, "scripted" if use_llm else NO_LLM)
        if "mô hình hỏng" in question:
            raise ModelError("models.cannot_load", path="/models/x.gguf", reason="tệp bị cắt")
        if "lỗi lạ" in question:
            raise RuntimeError("secret detail of a bug")
        if "giá vàng" in question:
            yield Done(refusal(question))
        elif "mãi mãi" in question:
            yield from self._endless(cancelled)
        elif "độc" in question:
            yield from stream([(f"Trả lời {ATTACK.text}", (ATTACK,))])
        elif "phà" in question.lower():
            yield from stream([(FERRY_ANSWER, (SINCE,))])
        else:
            first, second = ANSWER.split(". ")
            yield from stream([(f"{first}.", (LENGTH,)), (second, (OPENING, STAFF))])

    def _stream(
        self, question: str, query: Query, model: str, sentences: Sequence[tuple[str, Sequence[Quote]]]
    ) -> Iterator[Event]:
        yield Evidence(tuple(dict.fromkeys(quote for _, support in sentences for quote in support)))
        time.sleep(8 * self.pace)
        for word in " ".join(words for words, _ in sentences).split(" "):
            time.sleep(self.pace)
            yield Token(word + " ")
        yield Done(answer(question, sentences, query=query, model=model))

    def _endless(self, cancelled: Callable[[], bool]) -> Iterator[Event]:
        started = time.perf_counter()
        yield Evidence((LENGTH,))
        try:
            while not cancelled():
                time.sleep(self.pace)
                yield Token("và ")
        finally:
            self.cancelled_after.append(time.perf_counter() - started)

    def prepare(
        self,
        question: str,
        history: Sequence[Message] = (),
        *,
        period: Period | None = None,
        source: str | None = None,
        cancelled: Callable[[], bool],
    ) -> None:
        self.prepared.append((question, tuple(history)))

    def read_article(self, article: Article, at: int, *, cancelled: Callable[[], bool]) -> None:
        self.read.append((article.id, at))

    def search(
        self, question: str, k: int, *, period: Period | None, source: str | None
    ) -> tuple[Query, tuple[Hit, ...]]:
        self.collections.append(self.wanted)
        self.options.append(Options(period, source))
        return Query(question, question, period=period), (hit(1, LENGTH), hit(2, STAFF))[:k]

    def article(self, article_id: str) -> Article:
        return self.by_id[article_id]

    def copies(self, article_id: str) -> tuple[Article, ...]:
        """The bridge was in another paper, too."""
        return (replace(BRIDGE, id="cau-khac", source="Tin Chiều"),) if article_id == BRIDGE.id else ()

    def __call__(self) -> AbstractContextManager[ScriptedLibrary]:
        """As a desk's `load`: there at once."""
        return scripted_library(self)

    def articles(self) -> list[ArticleSummary]:
        """More than there are, so that their number needs a separator."""
        real = [
            ArticleSummary(a.id, a.title, a.published, a.source, a.url, a.category, None, len(a.text), 1)
            for a in (BRIDGE, FERRY)
        ]
        return real + [replace(real[0], id=f"bai-{number}") for number in range(1232)]


@dataclass
class SlowStart:
    """A `load` that is there when told to."""

    assistant: ScriptedAssistant
    go: threading.Event = field(default_factory=threading.Event)

    def __call__(self) -> AbstractContextManager[ScriptedLibrary]:
        self.go.wait(timeout=30)
        return scripted_library(self.assistant)


SECOND = "Báo tỉnh"  # the other collection of the scripted library


class ScriptedLibrary(Library):
    """Collections with real stores, in which whatever is asked is answered by a script."""

    script: ScriptedAssistant
    filled = False

    def assistant(self, name: str | None = None) -> ScriptedAssistant:  # type: ignore[override]  # the script
        self._folder(self.default if name is None else name)  # raises when there is no such collection
        placed = copy(self.script)  # what it was asked is kept in the same lists
        placed.wanted = name
        return placed

    def store(self, name: str | None = None) -> Store:
        """The default one is filled when it is first looked at: most tests never do."""
        store = super().store(name)
        if name in (None, self.default) and not self.filled:
            self.filled = True
            indexing.add_articles((BRIDGE, FERRY), store, self.embedder, self.settings)
        return store


@contextmanager
def scripted_library(script: ScriptedAssistant) -> Iterator[ScriptedLibrary]:
    """Two collections, the default one with the two articles about the bridge and the ferry."""
    with TemporaryDirectory() as folder:
        settings = Settings(index=Path(folder, "default"))
        library = ScriptedLibrary(settings, *fake_models(lambda prompt: ""))
        library.script = script
        library.create(SECOND)
        try:
            yield library
        finally:
            library.close()


def real_library(settings: Settings, says: Callable[[str], str] = lambda prompt: "") -> Library:
    """A library whose indexes are real; the embedder is the fake one and the model says what it is told."""
    return Library(settings, *fake_models(says))


def fake_models(
    says: Callable[[str], str],
) -> tuple[FakeEmbedder, Retriever, Callable[[], ScriptedGenerator]]:
    embedder = FakeEmbedder()
    retriever = Retriever(embedder, candidates=10, dense_weight=0.5)
    return embedder, retriever, lambda: ScriptedGenerator(says)
