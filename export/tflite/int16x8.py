"""int16x8 by ai-edge-quantizer, for networks that TensorFlow's converter refuses.

Such as Keras's GroupNormalization and LayerNormalization.
"""

import contextlib
import io
import warnings

MISSING = "pip install 'tfgen[quantizer]' adds a second quantizer, which may do it"


def available():
    """Whether ai-edge-quantizer is installed."""
    try:
        import ai_edge_quantizer  # noqa: F401
    except ImportError:
        return False
    return True


def quantized(file, signature, batches):
    """Return a float TFLite file with int8 weights, and int16 activations but inputs and outputs.

    Args:
        file: its bytes.
        signature: the name of its signature.
        batches: list of `{input: array}`, by which the ranges of activations are measured.
    """
    from ai_edge_quantizer import algorithm_manager, calibrator, qtyping, quantizer, recipe
    from ai_edge_quantizer.recipe_manager import RecipeManager
    from ai_edge_quantizer.utils import qsv_utils

    recipes = RecipeManager()
    recipes.load_quantization_recipe(recipe.static_wi8_ai16())
    for operation in (qtyping.TFLOperationName.INPUT, qtyping.TFLOperationName.OUTPUT):
        recipes.add_quantization_config(
            ".*", operation, algorithm_key=algorithm_manager.AlgorithmName.NO_QUANTIZE
        )
    with warnings.catch_warnings(), contextlib.redirect_stderr(io.StringIO()):  # of its bars
        warnings.simplefilter("ignore")  # of the memory that keeping all activations takes
        # Its default, a moving average, cuts off what few examples have and costs 8 dB.
        ranges = calibrator.Calibrator(file, qsv_update_func=qsv_utils.min_max_update)
        ranges.calibrate({signature: batches}, recipes)
        engine = quantizer.Quantizer(file, recipes.get_quantization_recipe())
        result = engine.quantize(ranges.get_model_qsvs(), enable_progress_report=False)
    return bytes(result.quantized_model)
