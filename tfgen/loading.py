"""Loading saved models."""

import json
import zipfile

import keras


def load_model(path, **arguments):
    """Return the model that `model.save(path)` wrote.

    `keras.models.load_model`, with every class of tfgen known to it: a bare `import tfgen` imports
    none, so that the command line answers at once.

    Args:
        path: a `.keras` file.
        **arguments: as for `keras.models.load_model`.

    Raises:
        ValueError: where there is no such file, or it is no model.

    Example:
        >>> import tempfile, tfgen
        >>> networks = tfgen.networks.mlp((8, 8, 1), (4,)), tfgen.networks.mlp((2,), (8, 8, 1))
        >>> vae = tfgen.VAE(*networks, tfgen.likelihoods.Bernoulli(), latent_dim=2)
        >>> with tempfile.TemporaryDirectory() as directory:
        ...     vae.save(directory + "/vae.keras")
        ...     type(load_model(directory + "/vae.keras")).__name__
        'VAE'
    """
    register(path)
    return keras.models.load_model(path, **arguments)


def register(path):
    """Import what registers the classes with Keras that a file may need.

    Of a GAN that is less, for TensorFlow Probability takes as long to import as to draw samples.
    """
    import tfgen.gan

    if not _is_gan(path):
        import tfgen.priors
        import tfgen.quantizers
        import tfgen.vae
        import tfgen.vq  # noqa: F401 - all with what they are made of


def _is_gan(path):
    try:
        with zipfile.ZipFile(path) as archive:
            return json.loads(archive.read("config.json"))["registered_name"] == "tfgen>GAN"
    except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile):
        return False


def load_preset(name):
    """Return one of the small trained models that come with the package.

    Args:
        name: one of `tfgen.presets.names()`.

    Raises:
        ValueError: for an unknown name, with the nearest, or a damaged file.

    Example:
        >>> load_preset("mnist-conv-vae").sample(3, seed=0).shape
        TensorShape([3, 28, 28, 1])
    """
    from tfgen import presets

    return load_model(presets.path(name))
