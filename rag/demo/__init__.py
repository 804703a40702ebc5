"""Demonstration articles, so that a newcomer has something to ask before adding articles of their own.

Invented news in Vietnamese, written for this project; README.md beside this file says what is in it.
"""

from __future__ import annotations

from pathlib import Path

ARTICLES: Path = Path(__file__).resolve().parent / "articles"
"""The folder of demonstration articles, ready for `hoibao index add`."""

__all__ = ["ARTICLES"]
