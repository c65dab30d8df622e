"""SavedModels for TF Serving."""

import errno
import os
from pathlib import Path
from typing import Any

import keras
import tensorflow as tf
from tfgen.export.arguments import checked_endpoints, checked_text
from tfgen.export.destination import writable_directory
from tfgen.export.float32 import in_float32
from tfgen.export.gradients import gradients_forgotten
from tfgen.export.serving.signatures import traced, write_descriptions
from tfgen.export.serving.warmup import write_warmup

from tfgen.files import new_directory, new_parents
from tfgen.silence import silenced


@gradients_forgotten()
def to_saved_model(
    model: Any,
    directory: str | os.PathLike,
    version: int | None = None,
    *,
    name: str | None = None,
    verbose: bool = False,
) -> Path:
    """Write `directory/<version>`, a float32 SavedModel with one signature per endpoint.

    Inputs and outputs are named as in the endpoints and the batch size is free, so that TF Serving
    can batch requests. `serving_default` is `generate` if there is one, else the first endpoint.
    The version is written beside its place and renamed in: TF Serving never sees half of it. In its
    `assets.extra` stand warm-up requests, which TF Serving answers before it takes any, and
    `signatures.md` and `endpoints.json`, which say to people and programs what each signature
    does, takes and gives.

    Args:
        model: a built model with `endpoints()`; under mixed precision, a float32 clone is exported.
        directory: the directory of all versions; created if missing.
        version: a positive int that does not exist yet; default: one more than the highest.
        name: what the warm-up requests call the model; default: the name of `directory`.
        verbose: let TensorFlow write to the terminal.

    Returns:
        The `pathlib.Path` of the new version.

    Raises:
        ValueError: the model is not built or has no endpoints, a weight is NaN, the version exists
            or is no positive int, the name is no text, or the directory is not writable.
        FileExistsError: another export made the version meanwhile.
        OSError: the disk is full; nothing is left of the version.

    Example:
        >>> import tempfile, tfgen
        >>> from tfgen import losses, networks
        >>> generator, discriminator = networks.mlp((4,), (2,)), networks.mlp((2,), (1,))
        >>> gan = tfgen.GAN(generator, discriminator, latent_dim=4, loss=losses.hinge)
        >>> with tempfile.TemporaryDirectory() as directory:
        ...     version = to_saved_model(gan, directory)
        ...     print(version.name, sorted(tf.saved_model.load(str(version)).signatures))
        1 ['decode', 'generate', 'serving_default']
    """
    checked_endpoints(model)
    checked_text("to_saved_model received name", name, 'name="digits"')
    directory = writable_directory(directory)
    target = directory / str(_checked_version(directory, version))
    try:
        with new_parents(target), new_directory(target) as temporary, silenced(verbose):
            _write(in_float32(model), temporary, name or directory.resolve().name)
    except OSError as error:
        if error.errno in (errno.ENOTEMPTY, errno.EEXIST):
            raise FileExistsError(
                f"to_saved_model could not move {target} in: another export made that version "
                "meanwhile, and versions are never overwritten. Export again for the next one."
            ) from error
        raise
    except tf.errors.OpError as error:  # TensorFlow's word for a full disk
        raise OSError(f"to_saved_model could not write {target}: {error.message}") from error
    return target


def _checked_version(directory, version):
    present = directory.iterdir() if directory.exists() else ()
    existing = [int(path.name) for path in present if path.name.isdecimal()]
    if version is None:
        return max(existing, default=0) + 1
    if isinstance(version, bool) or not isinstance(version, int) or version < 1:
        raise ValueError(
            f"to_saved_model received version={version!r}: expected a positive int, by which TF "
            "Serving orders models. Leave it out for the next free one."
        )
    if version in existing:
        raise ValueError(
            f"to_saved_model received version={version}: {directory / str(version)} exists, and "
            f"versions are never overwritten. Leave it out for version {max(existing) + 1}."
        )
    return version


def _write(model, directory, name):
    endpoints = dict(model.endpoints())
    functions = {key: traced(endpoint) for key, endpoint in endpoints.items()}
    default = "generate" if "generate" in endpoints else next(iter(endpoints))
    archive = keras.export.ExportArchive()  # finds the variables that the functions use
    for key, function in functions.items():
        archive.add_endpoint(key, function)
    archive.add_endpoint("serving_default", functions[default])
    archive.write_out(str(directory), verbose=False)
    write_descriptions(model, endpoints, functions, default, directory)
    write_warmup({**endpoints, "serving_default": endpoints[default]}, directory, name)
