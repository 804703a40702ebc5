"""What a small model takes over from the question: "giá vé bao nhiêu là 8.000 đồng", "và tại sao vì …"."""

from __future__ import annotations

import re

_MANNER = re.compile(r" (?:như thế nào|ra sao) là (?=\w)")
_DAY = re.compile(r" (ngày|tháng|năm) nào là (?:(?:vào )?\1 )?(?=\d)")
_ASKING = re.compile(r" (?:bao nhiêu|ở đâu|vì sao|tại sao|mấy giờ) (?=là \w)")
_WHY = re.compile(r",? và (?:vì|tại) sao (?=(?:vì|do) )")
_TOPIC = re.compile(r" \([^()]+\)(?=\??$)")  # as `conversation` fills in what a question is about
_WHO = re.compile(r"^Ai (?=\w[^,]{1,60} là )(?!Cập)")


def without_echo(sentence: str, question: str = "") -> str:
    """The sentence without a question word before the answer to it, and without the topic that `question` has
    in brackets behind it; as it is where there is neither.
    """
    topic = _TOPIC.search(question)
    if topic:
        sentence = sentence.replace(topic.group(), "")
    for pattern, instead in (
        (_MANNER, " "),
        (_DAY, r" \1 "),
        (_ASKING, " "),
        (_WHY, " "),
        (_WHO, "Người "),
    ):
        sentence = pattern.sub(instead, sentence)
    return sentence
