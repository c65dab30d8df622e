"""Models of text."""

from tfgen.text.language_model import LanguageModel

__all__ = ["LanguageModel"]
