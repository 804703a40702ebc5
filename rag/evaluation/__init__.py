"""The scripted test set: cases → a run → figures, without judge model and without network.

read_cases, corpus_articles, resolve_articles    what is asked, and of which articles
run                                              asks it through the stream of events
gate, load_run, compare                          is it good enough, is it better than before
write_report                                     the run as one offline page
"""

from __future__ import annotations

from rag.evaluation.cases import Case, read_cases
from rag.evaluation.compare import Comparison, compare, load_run
from rag.evaluation.corpus import corpus_articles, corpus_fingerprint, has_contexts
from rag.evaluation.report import write_report
from rag.evaluation.runner import Assistant, Options, Progress, run
from rag.evaluation.summary import Failure, Report, gate, parse_bounds
from rag.evaluation.variants import resolve_articles

__all__ = [  # noqa: RUF022  # in the order of use
    # what is asked, and of which articles
    "Case",
    "read_cases",
    "resolve_articles",
    "corpus_articles",
    "corpus_fingerprint",
    "has_contexts",
    # a run
    "Assistant",
    "Options",
    "Progress",
    "run",
    "Report",
    # is it good enough, is it better than before
    "Failure",
    "gate",
    "parse_bounds",
    "Comparison",
    "compare",
    "load_run",
    "write_report",
]
