"""tf.data pipelines that repeat exactly: the same seed and epoch give the same batches."""

from tfgen.data.images import image_shape, images
from tfgen.data.mixtures import mixture
from tfgen.data.opening import open_source
from tfgen.data.source import Source
from tfgen.data.spec import Spec
from tfgen.data.texts import TextSource, open_text, text

__all__ = [
    "Source",
    "Spec",
    "TextSource",
    "image_shape",
    "images",
    "mixture",
    "open_source",
    "open_text",
    "text",
]
