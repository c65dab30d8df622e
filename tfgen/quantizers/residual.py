"""Quantisation in stages, each of what the ones before left over."""

from collections.abc import Callable, Sequence
from typing import Any

import keras
import tensorflow as tf

from tfgen.quantizers.gradients import straight_through
from tfgen.quantizers.quantizer import Quantized, Quantizer, check_quantizer


@keras.saving.register_keras_serializable(package="tfgen")
class ResidualQuantizer(Quantizer):
    """Sums the codes of several quantizers, each of which sees what the ones before left over.

        r_1 = x,   r_(i+1) = r_i - sg[code_i],   codes = code_1 + code_2 + ...

    The codes are detached before they are subtracted: a code with a straight-through gradient
    would cancel that of its input, and the later stages' losses would not reach the encoder. The
    sum as a whole then gets one gradient estimator.

    Args:
        quantizers: the stages, of equal `codebook_size` and `code_dim`. Stages of `FSQ` after the
            first need the width of the cells before and no squashing:
            `[FSQ((5, 5)), FSQ((5, 5), scale=1 / 4, squash=False)]`.
        gradient: `straight_through` or `rotation_trick`; that of the stages has no effect.
        **kwargs: `name`.

    Indices are `[batch, ..., stages]`; the loss is the sum of the stages' losses.

    Raises:
        ValueError: for fewer than 2 stages, stages of different sizes, and stages with cosine codes
            or a projection, whose codes are not in the unit of their inputs.

    Example:
        >>> from tfgen.quantizers import EMAQuantizer
        >>> quantizer = ResidualQuantizer([EMAQuantizer(16, 4), EMAQuantizer(16, 4)])
        >>> quantizer(tf.ones([2, 7, 7, 4])).indices.shape
        TensorShape([2, 7, 7, 2])

    Reference: Zeghidour et al. 2021 (SoundStream), arXiv 2107.03312, algorithm 1; Lee et al. 2022,
        arXiv 2203.01941, equation 3.
    """

    def __init__(
        self,
        quantizers: Sequence[Quantizer],
        *,
        gradient: Callable = straight_through,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        quantizers = list(quantizers)
        _check_stages(quantizers)
        self.quantizers, self.gradient = quantizers, gradient
        self.stages = len(quantizers)
        self.codebook_size = quantizers[0].codebook_size
        self.code_dim = quantizers[0].code_dim

    def build(self, input_shape: tuple[int, ...]) -> None:
        """Build every stage."""
        super().build(input_shape)
        for quantizer in self.quantizers:
            if not quantizer.built:
                quantizer.build(input_shape)

    def call(self, inputs: tf.Tensor, training: bool = False) -> Quantized:
        """Return the `Quantized` of float `[batch, ..., code_dim]`."""
        self.check_inputs(inputs.shape)
        residual, stages = inputs, []
        for quantizer in self.quantizers:
            stages.append(quantizer(residual, training=training))
            residual = quantizer.bound(residual) - tf.stop_gradient(stages[-1].codes)
        codes = tf.stop_gradient(_total([stage.codes for stage in stages]))
        return Quantized(
            self.gradient(self.bound(inputs), codes),
            tf.stack([stage.indices for stage in stages], axis=-1),
            _total([stage.loss for stage in stages]),
        )

    def bound(self, inputs: tf.Tensor) -> tf.Tensor:
        """Return what the first stage's codes approximate."""
        return self.quantizers[0].bound(inputs)

    def codes_of(self, indices: tf.Tensor) -> tf.Tensor:
        """Return the codes, float32 `[batch, ..., code_dim]`, of indices `[batch, ..., stages]`."""
        columns = tf.unstack(indices, num=self.stages, axis=-1)
        pairs = zip(self.quantizers, columns, strict=True)
        return _total([quantizer.codes_of(column) for quantizer, column in pairs])

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        own = {"quantizers": list(self.quantizers), "gradient": self.gradient}
        return {**super().get_config(), **own}


def _total(values):
    """The sum in the order of the stages, so that lookup adds what quantisation added."""
    total = values[0]
    for value in values[1:]:
        total = total + value
    return total


def _check_stages(quantizers):
    if len(quantizers) < 2:
        raise ValueError(
            f"ResidualQuantizer received {len(quantizers)} stages: expected at least 2. Use a "
            "single quantizer as it is."
        )
    for quantizer in quantizers:
        check_quantizer("ResidualQuantizer", quantizer)
    sizes = {(quantizer.codebook_size, quantizer.code_dim) for quantizer in quantizers}
    if len(sizes) > 1:
        raise ValueError(
            f"ResidualQuantizer received stages of different (codebook_size, code_dim), "
            f"{sorted(sizes)}: they must be equal. Build all stages alike."
        )
    for quantizer in quantizers:
        if not quantizer.stackable or quantizer.stages > 1:
            raise ValueError(
                f"ResidualQuantizer received a {type(quantizer).__name__} with cosine codes, a "
                "projection or stages of its own: expected codes in the unit of the inputs. Use "
                "cosine=False, and project around the whole: Projected(ResidualQuantizer(...))."
            )
