"""Vietnamese: normalisation, sentences, dates, accents."""
