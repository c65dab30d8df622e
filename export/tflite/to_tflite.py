"""TFLite files: one for each mode and batch size, builtin operations only."""

import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from tfgen.export.arguments import (
    checked_endpoints,
    chosen,
    usual_endpoints,
    warn_of_untrained,
)
from tfgen.export.description import description
from tfgen.export.destination import writable_directory, write_into
from tfgen.export.float32 import in_float32
from tfgen.export.gradients import gradients_forgotten
from tfgen.export.modes import ASKED_FOR, MODES
from tfgen.export.tflite import int4
from tfgen.export.tflite.calibration import calibration_inputs
from tfgen.export.tflite.conversion import conversions
from tfgen.export.tflite.file.inspect import inspect_bytes
from tfgen.export.tflite.file.metadata import checked_about, with_metadata
from tfgen.export.tflite.file.parsed import output_names, parsed
from tfgen.export.tflite.int8.fine_tuning import ROWS, Practice

from tfgen.kinds import Image
from tfgen.silence import silenced


@gradients_forgotten()
def to_tflite(
    model: Any,
    directory: str | os.PathLike,
    modes: Iterable[str] = MODES,
    batch_sizes: Iterable[int] | int = (1,),
    endpoints: Iterable[str] | str | None = None,
    *,
    calibration: Mapping[str, Mapping[str, np.ndarray]] | None = None,
    pixels: bool | tuple[float, float] | None = None,
    fine_tune_steps: int = 0,
    about: Mapping[str, Any] | None = None,
    seed: int = 0,
    verbose: bool = False,
    progress: Callable[[str], Any] | None = None,
) -> list[Path]:
    """Write one TFLite file per mode and batch size, with the endpoints as named signatures.

    | mode         | weights | activations                  |
    |--------------|---------|------------------------------|
    | float32      | float32 | float32                      |
    | float16      | float16 | float32                      |
    | dynamic_int8 | int8    | float32, quantized as needed |
    | int8         | int8    | int8                         |
    | int16x8      | int8    | int16                        |
    | dynamic_int4 | int4    | float32, quantized as needed |

    The last one, of matrices in blocks of 32 numbers with a scale each, is made if asked for only,
    and needs `pip install 'tfgen[quantizer]'`.

    Inputs and outputs stay float32 (and int32 for seeds and labels) in every mode, and so does the
    noise of `tfgen.sampling`: the same seed asks every file for the same example, on LiteRT and
    wherever else 32-bit integers wrap around. OpenVINO reads a file's first signature only and has
    no BITWISE_XOR: give it `endpoints="decode"`. Signatures share weights. All files are written
    beside their places and renamed in together.

    Args:
        model: a built model with `endpoints()`; under mixed precision, a float32 clone is exported.
        directory: where `float32.tflite`, `float32_batch8.tflite` and so on go; created if missing.
        modes: some of the above.
        batch_sizes: static batch sizes, ints of at least 1.
        endpoints: names of the model's endpoints; by default `generate` and `decode`, and of models
            of text `prefill` and `score` too.
        calibration: `{endpoint: {input: array [count, ...]}}`, by which int8 and int16x8 measure
            the ranges of activations; by default the endpoints' own examples.
        pixels: whether images leave int8 files as uint8 pixels, 0 for black and 255 for white,
            without a float32 in between; the other modes stay as they are. What is black and white
            the endpoints' kinds say; or give `(black, white)`.
        fine_tune_steps: number of updates, at each of two learning rates, by which the weights and
            ranges of int8 files learn to answer like the float network in spite of rounding; 0 for
            none. 200 mend weights of uneven size. The model itself stays as it is.
        about: None, or what each file says of itself beside what tfgen knows, a dict such as
            `{"recipe": "mnist-conv-vae", "licence": "CC-BY-4.0"}`; `inspect` reads it.
        seed: int, of those examples.
        verbose: let the converter write to the terminal.
        progress: function that is told in a line what comes next, such as `print`, or None.

    Returns:
        A list of `pathlib.Path`, batch sizes within modes.

    Warns:
        UserWarning: a compiled model has taken no training step.

    Raises:
        ValueError: before any work, for arguments that do not fit the model; later, for an
            operation that TFLite lacks.

    Example:
        >>> import tempfile, tfgen
        >>> from tfgen import losses, networks
        >>> generator, discriminator = networks.mlp((4,), (2,)), networks.mlp((2,), (1,))
        >>> gan = tfgen.GAN(generator, discriminator, latent_dim=4, loss=losses.hinge)
        >>> with tempfile.TemporaryDirectory() as directory:
        ...     [path] = to_tflite(gan, directory, ["float32"], endpoints="decode")
        ...     print(path.name)
        float32.tflite
    """
    modes = chosen("modes", modes, (*MODES, *ASKED_FOR))
    int4.check(modes)
    sizes = _checked_batch_sizes(batch_sizes)
    about = checked_about(about)
    endpoints = usual_endpoints(model) if endpoints is None else endpoints
    names = list(checked_endpoints(model, endpoints))
    pixels = _pixel_ranges(pixels, {name: model.endpoints()[name] for name in names})
    warn_of_untrained(model)
    directory = writable_directory(directory)
    model = in_float32(model)
    chosen_endpoints = {name: model.endpoints()[name] for name in names}
    data = calibration_inputs(chosen_endpoints, calibration, seed, max(sizes))
    practice = _practice(chosen_endpoints, calibration, seed, fine_tune_steps)
    files, say = {}, progress or (lambda _: None)
    for batch_size in sizes:
        converted = conversions(model, chosen_endpoints, modes, batch_size, data, pixels, practice)
        for mode in modes:
            name = _file_name(mode, batch_size)
            say(f"Converting to {name}")
            with silenced(verbose):
                file = next(converted)
                outputs = output_names(parsed(file))
                known = {"mode": mode, **about}
                told = description(model, chosen_endpoints, data, outputs, known)
                files[name] = with_metadata(file, told)
                inspect_bytes(files[name], name, data)
    write_into(directory, files)
    return [directory / _file_name(mode, size) for mode in modes for size in sizes]


def _checked_batch_sizes(batch_sizes):
    sizes = [batch_sizes] if isinstance(batch_sizes, int) else list(batch_sizes)
    for size in sizes:
        if isinstance(size, bool) or not isinstance(size, int) or size < 1:
            raise ValueError(
                f"to_tflite received batch_sizes={tuple(sizes)}: expected ints of at least 1. "
                "Each gets a file of its own."
            )
    if not sizes:
        raise ValueError("to_tflite received batch_sizes=(): expected at least one int.")
    return list(dict.fromkeys(sizes))


def _practice(endpoints, calibration, seed, steps):
    """Return the `Practice` of so many steps, or None for none.

    Its inputs are others than those that calibrate and verify, unless the user gave some.
    """
    if isinstance(steps, bool) or not isinstance(steps, int) or steps < 0:
        raise ValueError(
            f"to_tflite received fine_tune_steps={steps!r}: expected an int of at least 0. "
            "Use fine_tune_steps=200."
        )
    rows = calibration_inputs(endpoints, calibration, seed + 1, count=ROWS) if steps else None
    return Practice(rows, steps) if steps else None


def _pixel_ranges(pixels, endpoints):
    """Return `{endpoint: {output: (black, white)}}` of the images that are to be uint8."""
    given = None if pixels in (None, False, True) else _checked_range(pixels)
    found = {
        name: {
            output: given or kind.value_range
            for output, kind in endpoint.outputs.items()
            if isinstance(kind, Image) and pixels not in (None, False)
        }
        for name, endpoint in endpoints.items()
    }
    if pixels not in (None, False) and not any(found.values()):
        raise ValueError(
            f"to_tflite received pixels={pixels!r} for the endpoints {', '.join(endpoints)}, none "
            "of which gives images: leave it out."
        )
    return found


def _checked_range(pixels):
    try:
        black, white = (float(value) for value in pixels)
    except (TypeError, ValueError):
        black = white = 0.0
    if not -np.inf < black < white < np.inf:
        raise ValueError(
            f"to_tflite received pixels={pixels!r}: expected True, or (black, white) with black < "
            "white. Use pixels=True."
        )
    return black, white


def _file_name(mode, batch_size):
    return f"{mode}.tflite" if batch_size == 1 else f"{mode}_batch{batch_size}.tflite"
