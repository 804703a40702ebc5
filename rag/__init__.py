"""Hỏi Báo: offline question answering over Vietnamese news, every sentence with a verified citation."""

__version__ = "0.1.0"
