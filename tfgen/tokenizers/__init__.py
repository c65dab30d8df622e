"""Tokenizers: between texts and the integers that models see.

Values, saved with models and written into exported files. Each has `size` (of the vocabulary),
`end` (its last index, which ends a text and fills a row behind it), `encode`, `decode`, `known` and
`about`, and is made from training text by `trained`.
"""

from tfgen.tokenizers.characters import Characters
from tfgen.tokenizers.named import NAMED, class_named, from_about
from tfgen.tokenizers.octets import Bytes
from tfgen.tokenizers.rows import counted, padded
from tfgen.tokenizers.subwords import Subwords
from tfgen.tokenizers.tokenizer import Tokenizer

__all__ = [
    "NAMED",
    "Bytes",
    "Characters",
    "Subwords",
    "Tokenizer",
    "class_named",
    "counted",
    "from_about",
    "padded",
]
