"""Hits → a short Vietnamese answer, every sentence with a verbatim citation, or a refusal."""
