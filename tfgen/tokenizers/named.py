"""Tokenizers by the names that people give them."""

from collections.abc import Mapping
from typing import Any

from tfgen.tokenizers.characters import Characters
from tfgen.tokenizers.octets import Bytes
from tfgen.tokenizers.subwords import Subwords
from tfgen.tokenizers.tokenizer import Tokenizer

NAMED: dict[str, type[Tokenizer]] = {each.name: each for each in (Characters, Bytes, Subwords)}


def class_named(name: str) -> type[Tokenizer]:
    """Return the class of tokenizers of a name.

    Raises:
        ValueError: for an unknown name.

    Example:
        >>> class_named("bytes")().size
        257
    """
    if name not in NAMED:
        raise ValueError(
            f"There is no tokenizer {name!r}: expected one of {', '.join(NAMED)}. Choose one of "
            "these, or pass a tfgen.tokenizers.Tokenizer."
        )
    return NAMED[name]


def from_about(about: Mapping[str, Any]) -> Tokenizer:
    """Return the tokenizer that `Tokenizer.about()` told of.

    Raises:
        ValueError: for an unknown name, or pieces that are none.

    Example:
        >>> from_about(Characters("abc").about())
        Characters(characters='abc')
    """
    cls = class_named(about["tokenizer"])
    if cls is Characters:
        return Characters("".join(about["pieces"]))
    return Bytes() if cls is Bytes else Subwords(tuple(map(tuple, about["merges"])))
