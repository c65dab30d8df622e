"""Texts of $name: prompts as tokens, and tokens as text."""

import json
import pathlib

import numpy as np
from tokenizer import Tokenizer

LENGTH = int("$length")  # tokens of a text, its prompt included
TOKENIZER = Tokenizer(
    json.loads(pathlib.Path(__file__).with_name("tokenizer.json").read_text(encoding="utf-8"))
)


def beginning(prompt):
    """Return the inputs that stand for a prompt, a row of each; ValueError says what is wrong."""
    tokens = TOKENIZER.encode(prompt)
    if len(tokens) >= LENGTH:
        raise ValueError(f"it has {len(tokens)} tokens, and texts {LENGTH} in all: shorten it.")
    row = np.zeros((1, LENGTH), np.int32)
    row[0, : len(tokens)] = tokens
    return {"tokens": row, "count": np.asarray([len(tokens)], np.int32)}


def sheet(rows):
    """Return rows of tokens as texts, a line each, or with rules between them."""
    texts = [TOKENIZER.decode(row).strip("\n") for row in np.asarray(rows).astype(int)]
    rule = "\n" + "-" * 40 + "\n"
    return (rule if any("\n" in text for text in texts) else "\n").join(texts) + "\n"
