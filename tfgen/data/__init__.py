"""tf.data pipelines that repeat exactly: the same seed and epoch give the same batches."""

from tfgen.data.images import image_shape, images
from tfgen.data.mixtures import mixture

__all__ = ["image_shape", "images", "mixture"]
