"""What a model offers to the outside world."""

import dataclasses
from collections.abc import Callable, Mapping

import numpy as np
import tensorflow as tf


@dataclasses.dataclass(frozen=True)
class Endpoint:
    """One deterministic, batch-major function of a model: all that `tfgen.export` ever sees.

    A model lists its endpoints in `model.endpoints() -> {name: Endpoint}`. Whatever would be random
    is an input: a `seed`, int32 `[batch, 2]`, from which `tfgen.sampling` makes the noise of that
    row alone. Only operations that TFLite has built in may be used.

    Attributes:
        function: called with one tensor per input by name; returns `{name: [batch, ...]}`. The
            first line of its docstring describes the endpoint to those who meet it exported.
        inputs: `{name: tf.TensorSpec([None, ...], dtype)}`, in the order of the call.
        examples: `(count, seed) -> {name: array [count, ...]}`: inputs as the model would meet
            them, for calibration, warm-up and verification.
    """

    function: Callable[..., Mapping[str, tf.Tensor]]
    inputs: Mapping[str, tf.TensorSpec]
    examples: Callable[[int, int], Mapping[str, np.ndarray]]

    def __post_init__(self):
        for name, spec in self.inputs.items():
            if spec.shape.rank is None or spec.shape.rank < 1 or spec.shape[0] is not None:
                raise ValueError(
                    f"Endpoint received the input {name!r} of shape {spec.shape}: the first axis "
                    "is the batch, of any size. Use tf.TensorSpec([None, ...], dtype)."
                )

    @property
    def doc(self):
        """What the endpoint does: the first line of its function's docstring, or nothing."""
        return (self.function.__doc__ or "").strip().partition("\n")[0]

    def __call__(self, **inputs):
        """Return the outputs by name for inputs given by name.

        Raises:
            ValueError: the names are not those of `self.inputs`.
        """
        if set(inputs) != set(self.inputs):
            raise ValueError(
                f"Endpoint received the inputs {sorted(inputs)}: expected exactly "
                f"{sorted(self.inputs)}."
            )
        return dict(self.function(**inputs))
