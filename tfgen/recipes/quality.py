"""Functions of generated images by which an export shows what each conversion cost."""

import numpy as np

import tfgen


def mnist_frechet(settings, data_dir=None, *, value_range=(0.0, 1.0)):
    """Return a function from images to their `{"frechet_distance": ...}` from MNIST's test images.

    The distance is between 128 features of `tfgen.metrics.mnist_features`.

    Args:
        settings: of the run; they play no part.
        data_dir: where TFDS keeps MNIST, or None.
        value_range: black and white of the generated images.

    Raises:
        FileNotFoundError: where MNIST neither is nor can be downloaded.
    """
    from tfgen import metrics

    extractor, (low, high) = metrics.mnist_features(), value_range
    test = tfgen.data.images("mnist", "test", batch_size=500, data_dir=data_dir)
    real = metrics.moments(metrics.feature_batches(extractor, test))

    def frechet(images):
        grey = np.clip((images - low) / (high - low), 0.0, 1.0)
        fake = metrics.feature_batches(extractor, grey)
        return {"frechet_distance": metrics.frechet_distance(real, fake)}

    return frechet
