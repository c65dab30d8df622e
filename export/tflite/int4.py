"""Weights of 4 bits, in blocks with a scale each, by ai-edge-quantizer.

Activations are float32, and quantized row by row as they are needed. What is no product with a
matrix keeps its weights in float32.

Reference: Dettmers and Zettlemoyer 2022, arXiv 2212.09720, for 4 bits in small blocks.
"""

import contextlib
import io
import warnings

from tfgen.export.tflite.int16x8 import available

MODE = "dynamic_int4"
BLOCK = 32
_LEAST = 1024  # numbers of a matrix: smaller ones stay in float32, as in dynamic_int8


def check(modes):
    """Raise `ValueError` where the mode is asked for and its quantizer is not installed."""
    if MODE in modes and not available():
        raise ValueError(
            f"to_tflite received the mode {MODE!r}, which needs ai-edge-quantizer: pip install "
            "'tfgen[quantizer]', or use dynamic_int8."
        )


def quantized(file, endpoint):
    """Return a float TFLite file, as bytes, with int4 weights; `endpoint` is named in errors."""
    from ai_edge_quantizer import qtyping, quantizer, recipe_manager

    weights = qtyping.TensorQuantizationConfig(
        num_bits=4, symmetric=True, granularity=qtyping.QuantGranularity.BLOCKWISE_32
    )
    recipes = recipe_manager.RecipeManager()
    recipes.add_quantization_config(
        ".*",
        qtyping.TFLOperationName.FULLY_CONNECTED,
        qtyping.OpQuantizationConfig(
            weight_tensor_config=weights,
            compute_precision=qtyping.ComputePrecision.INTEGER,
            min_weight_elements=_LEAST,
        ),
    )
    with warnings.catch_warnings(), contextlib.redirect_stderr(io.StringIO()):  # of its bars
        warnings.simplefilter("ignore")
        try:
            engine = quantizer.Quantizer(file, recipes.get_quantization_recipe())
            return bytes(engine.quantize(enable_progress_report=False).quantized_model)
        except Exception as error:  # of many kinds, none of which names the endpoint
            line = next((line for line in str(error).splitlines() if line.strip()), repr(error))
            raise ValueError(
                f"Endpoint {endpoint!r} cannot have int4 weights in blocks of {BLOCK} ({line}): "
                f"use widths that {BLOCK} divides, or dynamic_int8."
            ) from error
