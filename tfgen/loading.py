"""Loading saved models."""

import json
import os
import pathlib
import zipfile
from typing import Any

import keras

_PARTS = ("config.json", "metadata.json")  # of every .keras file


def load_model(path: str | os.PathLike, **arguments: Any) -> keras.Model:
    """Return the model that `model.save(path)` wrote.

    `keras.models.load_model`, with every class of tfgen known to it, and what can be wrong with the
    file said in one line.

    Args:
        path: a `.keras` file.
        **arguments: as for `keras.models.load_model`.

    Raises:
        FileNotFoundError: where there is no such file.
        ValueError: where the file is no model, is damaged, or needs classes of another library.

    Example:
        >>> import tempfile, tfgen
        >>> networks = tfgen.networks.mlp((8, 8, 1), (4,)), tfgen.networks.mlp((2,), (8, 8, 1))
        >>> vae = tfgen.VAE(*networks, tfgen.likelihoods.Bernoulli(), latent_dim=2)
        >>> with tempfile.TemporaryDirectory() as directory:
        ...     vae.save(directory + "/vae.keras")
        ...     type(load_model(directory + "/vae.keras")).__name__
        'VAE'
    """
    path = pathlib.Path(path)
    _check_file(path)
    _register_for(path)
    try:
        return keras.models.load_model(path, **arguments)
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise ValueError(
            f"load_model could not rebuild {path}: {_first_line(error)}. Was it saved by another "
            "version, or does it need classes of your own? Import what defines them, registered by "
            "keras.saving.register_keras_serializable, before."
        ) from error


def register_all() -> None:
    """Import whatever registers classes with Keras that a saved model may need."""
    import tfgen.flow
    import tfgen.gan
    import tfgen.kinds
    import tfgen.priors
    import tfgen.quantizers
    import tfgen.text
    import tfgen.tokenizers
    import tfgen.vae
    import tfgen.vq  # noqa: F401 - with what these are made of


def load_preset(name: str) -> Any:
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


def _check_file(path):
    if not path.exists():
        raise FileNotFoundError(f"load_model found no {path}: expected the path of a .keras file.")
    if path.is_dir():
        raise ValueError(
            f"load_model received the folder {path}: expected a .keras file, such as model.keras "
            "of a run. A SavedModel is read by tf.saved_model.load."
        )
    damaged = _damage(path)
    if damaged:
        raise ValueError(
            f"load_model received {path}, which {damaged}. Copy it anew, or save the model again "
            "by model.save."
        )


def _damage(path):
    """Return what is wrong with the file as such, or None."""
    with path.open("rb") as file:
        head = file.read(4)
    try:
        with zipfile.ZipFile(path) as archive:
            broken = archive.testzip()  # compares every part with its checksum
            missing = [part for part in _PARTS if part not in archive.namelist()]
            if broken is None and not missing:
                json.loads(archive.read("config.json"))
    except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError, RuntimeError, ValueError):
        cut = "is damaged or cut off: it begins like a .keras file and is no whole one"
        return cut if head == b"PK\x03\x04" else "is no .keras file, or is damaged"
    if broken is not None:
        return f"is damaged: {broken} in it differs from its checksum"
    return "is no .keras file: it has no " + " and no ".join(missing) if missing else None


def _first_line(error):
    return str(error).strip().partition("\n")[0].rstrip(".")[:200] or type(error).__name__


def _register_for(path):
    """Register what a checked file needs: for a GAN less, and should that not do, Keras asks.

    TensorFlow Probability, which the others need, takes as long to import as to draw samples.
    """
    with zipfile.ZipFile(path) as archive:
        name = json.loads(archive.read("config.json")).get("registered_name")
    if name == "tfgen>GAN":
        import tfgen.gan  # noqa: F401 - registers it
    else:
        register_all()
