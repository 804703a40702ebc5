"""An assistant whose answers are known beforehand, and the small world it answers about."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from rag.evaluation.cases import Case
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
    Passage,
    Query,
    Quote,
    Retrieved,
    Timings,
    Token,
    Understood,
)

REFUSAL = "Không tìm thấy câu trả lời trong các bài báo đã nạp."

ARTICLES = {
    article.id: article
    for article in (
        Article(
            "cau-song-han",
            "Khánh thành cầu Bình Lộc",
            "Sáng 12/4, tỉnh Hòa An khánh thành cầu Bình Lộc dài 1.250 m.\n\n"
            "Cầu có tổng vốn 860 tỷ đồng, do Công ty Xây lắp Minh Phú thi công trong 28 tháng.",
            "2023-04-12",
            "Báo Hòa An",
            path=Path("/bao/cau-song-han.txt"),
        ),
        Article(
            "mua-lua",
            "Hòa An được mùa lúa",
            "Năng suất lúa vụ đông xuân của tỉnh Hòa An đạt 6,85 tấn/ha, cao nhất trong năm năm.\n\n"
            "Giám đốc Sở Nông nghiệp Trần Quốc Bảo cho biết diện tích gieo trồng là 41.300 ha.",
            "2023-05-20",
            "Báo Hòa An",
        ),
        Article(
            "thu-vien",
            "Thư viện lưu động về xã",
            "Thư viện tỉnh tặng 3.200 cuốn sách cho trường học ở xã Tân Khê vào ngày 5 tháng 9 năm 2022.",
            "2022-09-06",
        ),
        Article(
            "giai-chay",
            "Giải chạy ven biển",
            "Vận động viên Lê Thị Mai về nhất cự ly 21 km với thời gian 1 giờ 24 phút.",
            "2023-06-01",
        ),
    )
}


@dataclass(frozen=True)
class Line:
    """What the assistant says to one question. `parts` are (sentence, article id, quoted text)."""

    parts: tuple[tuple[str, str, str], ...] = ()
    found: tuple[str, ...] = ()  # article ids, best first
    sufficiency: float = 0.9


def spoken(case_line: Line) -> tuple[AnswerSentence, ...]:
    return tuple(AnswerSentence(text, (n,)) for n, (text, _, _) in enumerate(case_line.parts, start=1))


def quote(article_id: str, text: str) -> Quote:
    """The first occurrence of `text` in the article."""
    article = ARTICLES[article_id]
    start = article.text.index(text)
    return Quote(article, start, start + len(text))


def hits(article_ids: Sequence[str]) -> tuple[Hit, ...]:
    """The whole articles as hits, in this order."""
    return tuple(
        Hit(
            rank,
            1.0 / rank,
            Passage(f"{name}#0", name, 0, 0, len(ARTICLES[name].text), ARTICLES[name].text),
            ARTICLES[name],
        )
        for rank, name in enumerate(article_ids, start=1)
    )


@dataclass
class ScriptedAssistant:
    """Says the line of the question, or refuses when there is none. The clock moves only where it says."""

    lines: Mapping[str, Line]
    now: float = 0.0
    asked: list[tuple[str, frozenset[str], date | None]] = field(default_factory=list)
    change_hits: Callable[[tuple[Hit, ...]], tuple[Hit, ...]] = lambda found: found
    change_answer: Callable[[Answer], Answer] = lambda answer: answer

    def clock(self) -> float:
        return self.now

    def article(self, article_id: str) -> Article:
        return ARTICLES[article_id]

    def search(
        self,
        question: str,
        k: int,
        *,
        without: frozenset[str] = frozenset(),
        today: date | None = None,
    ) -> tuple[Query, tuple[Hit, ...]]:
        self.asked.append((question, without, today))
        self.now += 0.25
        names = [name for name in self.lines.get(question, Line()).found if name not in without]
        return Query(question, question), self.change_hits(hits(names[:k]))

    def answer(
        self,
        question: str,
        history: Sequence[Message] = (),
        *,
        without: frozenset[str] = frozenset(),
        today: date | None = None,
    ) -> Iterator[Event]:
        query, found = self.search(question, 10, without=without, today=today)
        yield Understood(query)
        yield Retrieved(found)
        answer = self.change_answer(self._written(question, query, found, without))
        if answer.abstained:
            yield Done(answer)
            return
        self.now += 0.25
        yield Evidence(tuple(citation.quote for citation in answer.citations))
        self.now += 0.5
        yield Token(answer.text)
        self.now += 1.0
        yield Done(answer)

    def _written(
        self, question: str, query: Query, found: tuple[Hit, ...], without: frozenset[str]
    ) -> Answer:
        line = self.lines.get(question, Line(sufficiency=0.1))
        parts = [part for part in line.parts if part[1] not in without]
        refusal = Answer(
            question, REFUSAL, True, (), (), found, "none", Timings(), sufficiency=0.1, query=query
        )
        if not parts:
            return replace(refusal, sufficiency=min(line.sufficiency, 0.1))
        sentences = spoken(replace(line, parts=tuple(parts)))
        return replace(
            refusal,
            text=" ".join(f"{s.text} [{s.citations[0]}]" for s in sentences),
            abstained=False,
            citations=tuple(
                Citation(n, quote(name, quoted)) for n, (_, name, quoted) in enumerate(parts, start=1)
            ),
            sentences=sentences,
            model="script",
            sufficiency=line.sufficiency,
            prompt_tokens=300,
            answer_tokens=20,
        )


def case(case_id: str, question: str, *facts: Sequence[str], **fields: object) -> Case:
    """A case with these facts; refused when there are none and no reference."""
    answers = tuple(tuple(fact) for fact in facts)
    made = Case(case_id, question, answers=answers, abstain=not answers)
    return replace(made, **fields)  # type: ignore[arg-type]  # the fields of Case


CASES = (
    case("dai", "Cầu Bình Lộc dài bao nhiêu mét?", ["1250 m"], articles=("cau-song-han",), tags=("number",)),
    case(
        "von",
        "Cầu Bình Lộc tốn bao nhiêu và do ai thi công?",
        ["860 tỷ đồng"],
        ["Minh Phú"],
        articles=("cau-song-han",),
        tags=("number", "name"),
    ),
    case("lua", "Năng suất lúa đạt bao nhiêu?", ["6,85 tấn"], articles=("mua-lua",), tags=("number",)),
    case("sach", "Thư viện tặng sách vào ngày nào?", ["5/9/2022"], articles=("thu-vien",), tags=("date",)),
    case("xang", "Giá xăng hôm nay là bao nhiêu?", tags=("near",)),
    case("bien", "Ai vô địch giải bơi ven biển?", tags=("near",)),
)

LINES = {
    "Cầu Bình Lộc dài bao nhiêu mét?": Line(
        (("Cầu Bình Lộc dài 1.250 m.", "cau-song-han", "tỉnh Hòa An khánh thành cầu Bình Lộc dài 1.250 m."),),
        ("cau-song-han", "mua-lua"),
        0.95,
    ),
    "Cầu Bình Lộc tốn bao nhiêu và do ai thi công?": Line(
        (
            ("Cầu có tổng vốn 860 tỷ đồng.", "cau-song-han", "Cầu có tổng vốn 860 tỷ đồng"),
            (
                "Công ty Xây lắp Minh Phú thi công cầu.",
                "cau-song-han",
                "Công ty Xây lắp Minh Phú thi công trong 28 tháng.",
            ),
        ),
        ("mua-lua", "cau-song-han"),
        0.8,
    ),
    "Năng suất lúa đạt bao nhiêu?": Line(
        (
            (
                "Năng suất lúa vụ đông xuân đạt 6,85 tấn/ha.",
                "mua-lua",
                "Năng suất lúa vụ đông xuân của tỉnh Hòa An đạt 6,85 tấn/ha",
            ),
        ),
        ("mua-lua",),
        0.9,
    ),
    "Thư viện tặng sách vào ngày nào?": Line(
        (
            (
                "Thư viện tỉnh tặng sách vào ngày 5 tháng 9 năm 2022.",
                "thu-vien",
                ARTICLES["thu-vien"].text,
            ),
        ),
        ("thu-vien", "giai-chay"),
        0.7,
    ),
    "Giá xăng hôm nay là bao nhiêu?": Line((), ("mua-lua",), 0.1),
    "Ai vô địch giải bơi ven biển?": Line((), ("giai-chay",), 0.1),
}
"""A perfect run: everything right, two refused; one gold article found at rank 2."""
