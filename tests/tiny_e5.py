"""A BERT of one layer and twelve words in the 4-bit format, its numbers worked out on paper."""

from __future__ import annotations

import struct
from pathlib import Path

from rag.models.convert import BLOCK, convert_e5

HIDDEN, LAYERS, HEADS, FFN, VOCABULARY, POSITIONS, TYPES = 32, 1, 2, 64, 12, 16, 2
SHAPE = (HIDDEN, LAYERS, HEADS, FFN, VOCABULARY, POSITIONS, TYPES)
WORD_SCALES = [1.0, 0.5, -2.0, 0.25, 1.0, -1.0, 0.5, -0.5, 2.0, -0.25, 4.0, -4.0]
WORDS = ["<s>", "<pad>", "</s>", "<unk>", "query", "passage", ":", "bão", "lũ", "cầu", "đường", "tàu"]
RAMP = list(range(-8, 8)) + list(range(7, -9, -1))  # a block: low nibbles rise, high nibbles fall
RAMP_NIBBLES = bytes(j | (15 - j) << 4 for j in range(16))


def q4_blocks(scales: list[float]) -> bytes:
    """One block with the ramp for each scale."""
    return b"".join(struct.pack("<e", scale) + RAMP_NIBBLES for scale in scales)


def floats(*values: float) -> bytes:
    return struct.pack(f"<{len(values)}f", *values)


def tiny_tensors() -> dict[str, tuple[int, bytes]]:
    """Name → number of values and bytes. Matrices are ramps times a scale of their own."""
    tensors = {
        "emb.word": (VOCABULARY * HIDDEN, q4_blocks(WORD_SCALES)),
        "emb.pos": (POSITIONS * HIDDEN, floats(*range(POSITIONS * HIDDEN))),
        "emb.type": (TYPES * HIDDEN, floats(*[0.25] * HIDDEN, *[0.75] * HIDDEN)),
        "emb.ln.w": (HIDDEN, floats(*[1.5] * HIDDEN)),
        "emb.ln.b": (HIDDEN, floats(*[-1.5] * HIDDEN)),
    }
    for number, name in enumerate(["q", "k", "v", "ao"], start=1):
        tensors[f"l0.{name}.w"] = (HIDDEN * HIDDEN, q4_blocks([number] * HIDDEN))
        tensors[f"l0.{name}.b"] = (HIDDEN, floats(*[number] * HIDDEN))
    tensors["l0.fi.w"] = (FFN * HIDDEN, q4_blocks([5] * FFN))
    tensors["l0.fi.b"] = (FFN, floats(*[5] * FFN))
    tensors["l0.fo.w"] = (HIDDEN * FFN, q4_blocks([6, 7] * HIDDEN))
    tensors["l0.fo.b"] = (HIDDEN, floats(*[6] * HIDDEN))
    for number, name in enumerate(["aln", "oln"], start=8):
        tensors[f"l0.{name}.w"] = (HIDDEN, floats(*[number] * HIDDEN))
        tensors[f"l0.{name}.b"] = (HIDDEN, floats(*[-number] * HIDDEN))
    return tensors


def e5s1(
    tensors: dict[str, tuple[int, bytes]], *, magic: bytes = b"E5S1", block: int = BLOCK, shift: int = 0
) -> bytes:
    """A whole file; `shift` moves every tensor's offset."""
    head = magic + struct.pack("<I7ifi", 1, *SHAPE, 1e-12, block)
    blob, rules = b"<s>ab", b"123456789"
    head += struct.pack("<5iQ", 2, 0, 2, 1, 3, len(blob)) + struct.pack("<3I2f", 0, 3, 5, 0.0, -1.0) + blob
    head += struct.pack("<iI", 1, len(rules)) + rules + struct.pack("<i", len(tensors))
    offset = len(head) + sum(2 + len(name) + 1 + 4 + 8 + 8 for name in tensors) + shift
    data = b""
    for name, (count, content) in tensors.items():
        head += struct.pack("<H", len(name)) + name.encode()
        head += struct.pack("<BIQQ", 1, count, offset + len(data), len(content))
        data += content
    return head + data


def write_tokenizer(path: Path) -> None:
    """A `tokenizer.json` that splits WORDS at spaces and punctuation, with <s> and </s> around."""
    from tokenizers import Tokenizer, models, pre_tokenizers, processors

    tokenizer = Tokenizer(models.WordLevel({word: i for i, word in enumerate(WORDS)}, unk_token="<unk>"))
    tokenizer.add_special_tokens(WORDS[:4])
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    tokenizer.save(str(path))


def make_model(folder: Path) -> Path:
    """The sentence-transformers folder `folder`, converted from the tiny file."""
    source = folder.parent / "source"
    source.mkdir()
    (source / "weights.bin").write_bytes(e5s1(tiny_tensors()))
    write_tokenizer(source / "tokenizer.json")
    convert_e5(source / "weights.bin", source / "tokenizer.json", folder)
    return folder
