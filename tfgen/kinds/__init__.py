"""Kinds: what an example is to a person, and so how it is drawn, written, compared and judged.

A kind is a small value that travels with models and exported files. Nothing else in tfgen asks for
a rank, a file's suffix or a range of values to find out what data are.
"""

from tfgen.kinds.audio import Audio
from tfgen.kinds.default import of
from tfgen.kinds.image import Image
from tfgen.kinds.kind import Kind
from tfgen.kinds.numbers import Numbers
from tfgen.kinds.points import Points
from tfgen.kinds.text import Text

__all__ = ["Audio", "Image", "Kind", "Numbers", "Points", "Text", "of"]
