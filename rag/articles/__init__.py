"""A file → Articles: readers by format, cleaning, dates."""
