"""Cases → other cases: a stratified sample, questions typed without accents, gold articles hidden."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from rag.errors import InputError
from rag.evaluation.cases import Case
from rag.language.normalize import fold
from rag.types import Message


def sample(cases: Sequence[Case], size: int, seed: int) -> tuple[Case, ...]:
    """`size` cases, every combination of tags and answerability represented by its share, in file order.

    The same cases, size and seed give the same sample. Raises InputError for a size below 1.
    """
    if size < 1:
        raise InputError("eval.sample_size", size=size)
    if size >= len(cases):
        return tuple(cases)
    random = np.random.default_rng(seed)
    strata: defaultdict[tuple[bool, tuple[str, ...]], list[int]] = defaultdict(list)
    for position, case in enumerate(cases):
        strata[case.abstain, tuple(sorted(case.tags))].append(position)
    groups = [strata[key] for key in sorted(strata)]
    exact = np.array([len(group) * size / len(cases) for group in groups])
    counts = np.floor(exact).astype(int)
    # The seats that are left go to the largest remainders, ties drawn by lot
    order = np.lexsort((random.random(len(groups)), -(exact - counts)))
    counts[order[: size - counts.sum()]] += 1
    chosen = [
        int(position)
        for group, count in zip(groups, counts, strict=True)
        for position in random.choice(group, size=int(count), replace=False)
    ]
    return tuple(cases[position] for position in sorted(chosen))


def unaccented(cases: Iterable[Case]) -> tuple[Case, ...]:
    """The same cases as someone types them who leaves out all accents; ids unchanged, to compare by."""
    return tuple(
        replace(case, question=fold(case.question), history=tuple(map(_fold_user, case.history)))
        for case in cases
    )


def _fold_user(message: Message) -> Message:
    if message["role"] != "user":
        return message
    return Message(role="user", content=fold(message["content"]))


def drop_gold(cases: Iterable[Case]) -> tuple[Case, ...]:
    """The same questions with their own articles hidden: each must now be refused.

    For SQuAD every context of the same title is hidden. Cases that name no article have nothing to hide
    and stay as they are only when they must be refused anyway; the others are left out.
    """
    return tuple(
        replace(case, abstain=True, answers=(), reference=None, articles=(), hidden=case.related)
        for case in cases
        if case.related or case.abstain
    )


def resolve_articles(
    cases: Iterable[Case], known: Iterable[tuple[str, str | Path | None]]
) -> tuple[Case, ...]:
    """The cases with their articles given by id, where the file may name a file stem instead.

    `known` are (article id, path) of the index. Raises InputError when it lacks a cited article.
    """
    ids: dict[str, str] = {}
    for article_id, path in known:
        if path is not None:
            ids.setdefault(Path(path).stem, article_id)
        ids[article_id] = article_id
    resolved: list[Case] = []
    missing: list[tuple[Case, str]] = []
    for case in cases:
        missing += [(case, name) for name in case.articles if name not in ids]
        resolved.append(
            replace(
                case,
                articles=tuple(dict.fromkeys(ids.get(name, name) for name in case.articles)),
                related=frozenset(ids.get(name, name) for name in case.related),
            )
        )
    if missing:
        case, name = missing[0]
        raise InputError("eval.missing_articles", place=case.place, article=name, count=len(missing))
    return tuple(resolved)
