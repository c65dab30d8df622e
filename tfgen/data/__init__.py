"""tf.data pipelines that repeat exactly: the same seed and epoch give the same batches."""

from tfgen.data.images import image_shape, images

__all__ = ["image_shape", "images"]
