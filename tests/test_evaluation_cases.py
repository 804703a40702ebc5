from __future__ import annotations

import gzip
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from scripted_assistant import case

from rag.errors import InputError
from rag.evaluation.cases import Case, read_cases
from rag.evaluation.corpus import corpus_articles, corpus_fingerprint, has_contexts
from rag.evaluation.variants import drop_gold, resolve_articles, sample, unaccented

RIVER = "Sông Lam chảy qua tỉnh Nghệ An."
LAKE = "Hồ Tây rộng khoảng 500 ha."
MORE_LAKE = "Ven hồ có đền Quán Thánh."


def own(**fields: Any) -> dict[str, Any]:
    return {"id": "a", "question": "Ai?", "answers": [["Mai"]]} | fields


def flat(case_id: str, title: str, context: str, answer: str | None) -> dict[str, Any]:
    answers = [{"text": answer, "answer_start": context.index(answer)}] if answer else []
    return {
        "id": case_id,
        "title": title,
        "context": context,
        "question": f"Hỏi {case_id}?",
        "answers": answers,
        "is_impossible": answer is None,
    }


FLAT = [
    flat("1", "Sông_Lam", RIVER, "Nghệ An"),
    flat("2", "Hồ Tây", LAKE, "500 ha"),
    flat("3", "Hồ Tây", LAKE, None),
    flat("4", "Hồ Tây", MORE_LAKE, "Quán Thánh"),
]


def lines(path: Path, *records: object) -> Path:
    content = "\n".join(json.dumps(record, ensure_ascii=False) for record in records) + "\n"
    if path.suffix == ".gz":
        path.write_bytes(gzip.compress(content.encode()))
    else:
        path.write_text(content, encoding="utf-8")
    return path


def test_our_own_lines(tmp_path: Path) -> None:
    record = own(
        history=[{"role": "user", "content": "Chào"}],
        answers=[["Mai", "Lê Mai"], ["21 km"]],
        reference="Mai chạy 21 km.",
        articles=["giai-chay"],
        abstain=False,
        tags=["name"],
        today="2023-06-02",
    )
    path = lines(tmp_path / "a.jsonl", record)
    assert read_cases([path]) == (
        Case(
            id="a",
            question="Ai?",
            history=({"role": "user", "content": "Chào"},),
            answers=(("Mai", "Lê Mai"), ("21 km",)),
            reference="Mai chạy 21 km.",
            articles=("giai-chay",),
            tags=("name",),
            today=date(2023, 6, 2),
            related=frozenset({"giai-chay"}),
            place=f"{path}:1",
        ),
    )


@pytest.mark.parametrize("name", ["flat.jsonl", "flat.jsonl.gz"])
def test_flat_squad_lines(tmp_path: Path, name: str) -> None:
    cases = read_cases([lines(tmp_path / name, *FLAT)])
    river, lake, impossible, more = cases
    assert (river.question, river.answers, river.abstain) == ("Hỏi 1?", (("Nghệ An",),), False)
    assert (impossible.answers, impossible.abstain) == ((), True)
    assert lake.articles == impossible.articles
    assert lake.related == impossible.related == more.related == {*lake.articles, *more.articles}
    assert river.related == frozenset(river.articles)


def test_nested_squad_is_the_same_as_flat(tmp_path: Path) -> None:
    question = {key: FLAT[0][key] for key in ("id", "question", "answers")}
    nested = {
        "version": "1.1",
        "data": [{"title": "Sông_Lam", "paragraphs": [{"context": RIVER, "qas": [question]}]}],
    }
    path = tmp_path / "squad.json"
    path.write_text(json.dumps(nested, indent=2), encoding="utf-8")
    (found,) = read_cases([path])
    (wanted,) = read_cases([lines(tmp_path / "flat.jsonl", FLAT[0])])
    assert found.place == f"{path}:data[0].paragraphs[0].qas[0]"
    assert (found.id, found.question, found.answers, found.articles, found.related) == (
        wanted.id,
        wanted.question,
        wanted.answers,
        wanted.articles,
        wanted.related,
    )


def test_contexts_become_one_article_each(tmp_path: Path) -> None:
    path = lines(tmp_path / "flat.jsonl", *FLAT)
    articles = list(corpus_articles([path, path]))
    assert [(article.title, article.text) for article in articles] == [
        ("Sông Lam", RIVER),
        ("Hồ Tây", LAKE),
        ("Hồ Tây", MORE_LAKE),
    ]
    assert [article.id for article in articles] == [
        read_cases([path])[position].articles[0] for position in (0, 1, 3)
    ]
    assert corpus_fingerprint(articles) == corpus_fingerprint(articles[::-1])
    assert corpus_fingerprint(articles) != corpus_fingerprint(articles[1:])
    assert has_contexts(path)
    assert not has_contexts(lines(tmp_path / "own.jsonl", own()))
    assert not has_contexts(tmp_path / "bài.txt")
    (tmp_path / "articles.json").write_text('[{"title": "a"}]', encoding="utf-8")
    assert not has_contexts(tmp_path / "articles.json")


@pytest.mark.parametrize(
    ("record", "message"),
    [
        ({"question": "Ai?", "abstain": True}, '{place}: thiếu "id". Hãy thêm trường này.'),
        ({"id": "a", "abstain": True}, '{place}: thiếu "question". Hãy thêm trường này.'),
        (own(question=" "), '{place}: "question" phải có dạng "…".'),
        (own(answers="Mai"), '{place}: "answers" phải có dạng […].'),
        (own(answers=["Mai"]), '{place}: "answers" phải có dạng […].'),
        (own(answers=[[]]), '{place}: "answers" phải có dạng [["…", …], …].'),
        (own(answers=[[1]]), '{place}: "answers" phải có dạng ["…", …].'),
        (own(abstain="no"), '{place}: "abstain" phải có dạng true | false.'),
        (own(abstain=True), '{place}: có "answers" mà "abstain" lại là true. Hãy bỏ một trong hai.'),
        (own(history=[{"role": "bot", "content": "x"}]), '{place}: "role" phải có dạng user | assistant.'),
        (own(history=[{"role": "user"}]), '{place}: thiếu "content". Hãy thêm trường này.'),
        (own(today="hôm qua"), '{place}: "today" phải có dạng YYYY-MM-DD.'),
        ([1], "{place}: phải là một đối tượng JSON {{…}}."),
        (
            own(answers=[]),
            '{place}: thiếu "answers": cần ít nhất một đáp án, hoặc đánh dấu câu này là phải từ chối.',
        ),
        ({"id": "a", "question": "Ai?", "context": RIVER}, '{place}: thiếu "answers". Hãy thêm trường này.'),
        ({"id": "a", "question": "Ai?", "context": "", "answers": []}, None),
    ],
)
def test_a_malformed_case_is_named_with_file_and_line(
    tmp_path: Path, record: object, message: str | None
) -> None:
    path = lines(tmp_path / "x.jsonl", own(id="before"), record)
    with pytest.raises(InputError) as raised:
        read_cases([path])
    assert str(raised.value).startswith(f"{path}:2: ")
    if message is not None:
        assert str(raised.value) == message.format(place=f"{path}:2")


def test_bad_files(tmp_path: Path) -> None:
    broken = tmp_path / "broken.jsonl"
    broken.write_text(json.dumps(own()) + '\n{"id": "b",\n', encoding="utf-8")
    with pytest.raises(InputError, match=r"broken\.jsonl:2: không phải JSON"):
        read_cases([broken])
    empty = tmp_path / "empty.jsonl"
    empty.write_text("\n", encoding="utf-8")
    with pytest.raises(InputError, match="không có câu hỏi nào"):
        read_cases([empty])
    with pytest.raises(InputError, match="Không có tệp"):
        read_cases([tmp_path / "missing.jsonl"])
    damaged = tmp_path / "damaged.jsonl.gz"
    damaged.write_bytes(gzip.compress(b"{}" * 100)[:-12])
    with pytest.raises(InputError, match="Không đọc được"):
        read_cases([damaged])
    binary = tmp_path / "binary.jsonl"
    binary.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="Không đọc được"):
        read_cases([binary])
    twice = lines(tmp_path / "twice.jsonl", own(), own())
    with pytest.raises(InputError, match=r'twice\.jsonl:2: id "a" đã dùng ở .*twice\.jsonl:1'):
        read_cases([twice])


@pytest.mark.parametrize(
    ("nested", "message"),
    [
        ({"data": {}}, 's.json: "data" phải có dạng […].'),
        ({"data": [{}]}, 's.json:data[0]: thiếu "paragraphs". Hãy thêm trường này.'),
        (
            {"data": [{"paragraphs": [{}]}]},
            's.json:data[0].paragraphs[0]: thiếu "context". Hãy thêm trường này.',
        ),
        (
            {"data": [{"paragraphs": [{"context": "x"}]}]},
            's.json:data[0].paragraphs[0]: thiếu "qas". Hãy thêm trường này.',
        ),
        ({"data": [3]}, "s.json:data[0]: phải là một đối tượng JSON {…}."),
    ],
)
def test_malformed_nested_squad(tmp_path: Path, nested: object, message: str) -> None:
    path = tmp_path / "s.json"
    path.write_text(json.dumps(nested), encoding="utf-8")
    with pytest.raises(InputError) as raised:
        read_cases([path])
    assert str(raised.value).endswith(message)


# ── Variants ──────────────────────────────────────────────────────────────────────────────────────


def test_a_sample_keeps_the_shares_of_tags_and_answerability() -> None:
    cases = [case(f"n{i}", "?", ["x"], tags=("number",)) for i in range(60)]
    cases += [case(f"d{i}", "?", ["x"], tags=("date",)) for i in range(30)]
    cases += [case(f"u{i}", "?", tags=("number",)) for i in range(10)]
    chosen = sample(cases, 20, seed=7)
    assert [sum(c.id.startswith(letter) for c in chosen) for letter in "ndu"] == [12, 6, 2]
    assert chosen == sample(cases, 20, seed=7)
    assert chosen != sample(cases, 20, seed=8)
    assert [cases.index(c) for c in chosen] == sorted(cases.index(c) for c in chosen)
    assert sample(cases, 1_000, seed=7) == tuple(cases)
    assert len(sample(cases, 7, seed=7)) == 7
    with pytest.raises(InputError, match="--sample 0"):
        sample(cases, 0, seed=7)


def test_unaccented_copies_fold_what_the_user_typed() -> None:
    asked = case(
        "a",
        "Đường nào ở Huế?",
        ["Lê Lợi"],
        history=({"role": "user", "content": "Chào"}, {"role": "assistant", "content": "Chào bạn"}),
    )
    (typed,) = unaccented([asked])
    assert typed.question == "Duong nao o Hue?"
    assert typed.history == (
        {"role": "user", "content": "Chao"},
        {"role": "assistant", "content": "Chào bạn"},
    )
    assert (typed.id, typed.answers) == ("a", (("Lê Lợi",),))


def test_drop_gold_hides_the_articles_and_wants_a_refusal(tmp_path: Path) -> None:
    river, lake, *_ = read_cases([lines(tmp_path / "flat.jsonl", *FLAT)])
    hidden = drop_gold([river, lake, case("none", "?", ["x"]), case("refuse", "?")])
    assert [c.id for c in hidden] == ["1", "2", "refuse"]
    assert [c.abstain for c in hidden] == [True, True, True]
    assert [c.hidden for c in hidden] == [river.related, lake.related, frozenset()]
    assert len(hidden[1].hidden) == 2
    assert (hidden[0].answers, hidden[0].articles) == ((), ())


def test_articles_may_be_named_by_file_stem() -> None:
    cases = [case("a", "?", ["x"], articles=("bai-1", "id-2"), related=frozenset({"bai-1", "id-2"}))]
    (resolved,) = resolve_articles(cases, [("id-1", Path("/b/bai-1.html")), ("id-2", None)])
    assert resolved.articles == ("id-1", "id-2")
    assert resolved.related == {"id-1", "id-2"}
    with pytest.raises(InputError, match=r'không có bài "bai-1" \(thiếu tất cả 2 bài'):
        resolve_articles(cases, [("other", None)])
