"""SavedModels for TF Serving."""

import keras
import tensorflow as tf
from tfgen.export.checks import checked_endpoints, writable_directory
from tfgen.export.float32 import in_float32

from tfgen.files import new_directory
from tfgen.silence import silenced


def to_saved_model(model, directory, version=None, *, verbose=False):
    """Write `directory/<version>`, a float32 SavedModel with one signature per endpoint.

    Inputs and outputs are named as in the endpoints and the batch size is free, so that TF Serving
    can batch requests. `serving_default` is `generate` if there is one, else the first endpoint.
    The version is written beside its place and renamed in: TF Serving never sees half of it.

    Args:
        model: a built model with `endpoints()`; under mixed precision, a float32 clone is exported.
        directory: the directory of all versions; created if missing.
        version: a positive int that does not exist yet; default: one more than the highest.
        verbose: let TensorFlow write to the terminal.

    Returns:
        The `pathlib.Path` of the new version.

    Raises:
        ValueError: the model is not built or has no endpoints, the version exists or is no
            positive int, or the directory is not writable.
    """
    checked_endpoints(model)
    directory = writable_directory(directory)
    target = directory / str(_checked_version(directory, version))
    with new_directory(target) as temporary, silenced(verbose):
        _write(in_float32(model), temporary)
    return target


def _checked_version(directory, version):
    existing = [int(path.name) for path in directory.iterdir() if path.name.isdecimal()]
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


def _write(model, directory):
    functions = {name: _function(endpoint) for name, endpoint in model.endpoints().items()}
    archive = keras.export.ExportArchive()  # finds the variables that the functions use
    for name, function in functions.items():
        archive.add_endpoint(name, function)
    default = "generate" if "generate" in functions else next(iter(functions))
    archive.add_endpoint("serving_default", functions[default])
    archive.write_out(str(directory), verbose=False)


def _function(endpoint):
    specs = [tf.TensorSpec(s.shape, s.dtype, name=n) for n, s in endpoint.inputs.items()]

    @tf.function(input_signature=specs, autograph=False)
    def function(*values):
        return endpoint(**dict(zip(endpoint.inputs, values, strict=True)))

    function.get_concrete_function()  # ExportArchive takes traced functions only
    return function
