"""Measured claims: each module is one command, `python -m benchmarks.<name> [--json]`, that makes one table.

With `--json` it prints that table and nothing else on stdout (progress goes to stderr), so that
`python -m benchmarks.results` can put it into docs/results.md:

    {"title": "demo, 235 questions over 60 articles",   what was measured on: data by file stem, never a path
     "note": "…",                                       how to read it, one paragraph; may be empty
     "columns": ["way", "nDCG@10", "ms"],               headings
     "rows": [["dense leg alone", {"value": 0.901, "stderr": 0.006}, 21.5]]}

A cell is a string, a whole number, a number, null, or a figure with its standard error (above). Numbers are
rounded where they are shown, never before. `benchmarks.tables` has all of it as `Table`: build one and
`show(table, as_json=options.json)` it. A new benchmark is added to `OURS` in `benchmarks/results.py` with the
arguments that measure it on our own articles.
"""
