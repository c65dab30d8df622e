"""What a model's examples must be, and what is wrong with those that are not."""

import dataclasses
from collections.abc import Callable

import numpy as np
import tensorflow as tf

from tfgen.checks.labels import check_labels


@dataclasses.dataclass(frozen=True)
class Examples:
    """What a model takes: `fit`, `evaluate` and the like ask it of their data, all families alike.

    Whole numbers, booleans and floats of any size are cast; other dtypes are refused.

    Attributes:
        shape: of one example; None, or None in it, where any will do.
        num_classes: labels come with the examples, and so many; None: they must not.
        dtype: what steps receive, "float32" or "int32".
        check: `values -> None`, raises `ValueError` for examples out of their range.
        weights: whether sample weights mean something.
        takes: who decides on the shape, such as "the encoder takes".
        fix: what to do about another shape.
        name: what an error calls the examples.
    """

    shape: tuple | None = None
    num_classes: int | None = None
    dtype: str = "float32"
    check: Callable = lambda values: None
    weights: bool = True
    takes: str = "the networks take"
    fix: str = "Resize them, or build the networks for them."
    name: str = "examples"

    def check_batch(self, owner, examples, labels=None, weights=None):
        """Raise `ValueError` where a batch, or all of the data, can't be what the model needs.

        Args:
            owner: who received it, such as "VAE.fit".
            examples: `[count, ...]`, arrays, tensors, or `tf.TensorSpec`s of them.
            labels: int `[count]`, or None.
            weights: `[count]`, or None.
        """
        self._check_dtype(owner, examples)
        self._check_shape(owner, examples)
        count = examples.shape[0] if len(examples.shape) else None
        check_labels(owner, labels, self.num_classes, count)
        if weights is not None:
            self._check_weights(owner, weights, count)
        if not isinstance(examples, tf.TypeSpec):
            self._check_values(owner, np.asarray(examples))

    def cast(self, examples):
        """Return the examples in the dtype of the steps."""
        return tf.cast(examples, self.dtype)

    def _check_dtype(self, owner, examples):
        if not hasattr(examples, "shape") or not hasattr(examples, "dtype"):
            raise ValueError(
                f"{owner} received {self.name} as a {type(examples).__name__}: expected one array "
                f"or tensor [batch, ...]. Use numpy.asarray, or dataset.map to choose what to "
                "train on: {'image': x, 'label': y} becomes (x, y)."
            )
        name = getattr(examples.dtype, "name", str(examples.dtype))
        if not name.startswith(("float", "bfloat", "int", "uint", "bool")):
            raise ValueError(
                f"{owner} received {self.name} of dtype {name}: expected numbers that {self.dtype} "
                "can hold. Convert them, as by numpy.asarray(x, 'float32')."
            )
        if self.dtype.startswith("int") and "float" in name:
            raise ValueError(
                f"{owner} received {self.name} of dtype {name}: expected integers. Cast them, as "
                "by x.astype('int32')."
            )

    def _check_shape(self, owner, examples):
        if getattr(examples.shape, "rank", 0) is None:
            return
        received = tuple(examples.shape)[1:]
        if len(examples.shape) and _fits(received, self.shape):
            return
        raise ValueError(
            f"{owner} received {self.name} of shape {received}: {self.takes} {self.shape}, after "
            f"the axis of the batch. {self.fix}"
        )

    def _check_values(self, owner, examples):
        if examples.shape[0] == 0:
            raise ValueError(f"{owner} received 0 {self.name}: expected at least 1.")
        if examples.dtype.kind == "f" and not _finite(examples):
            raise ValueError(
                f"{owner} received {self.name} with NaN or infinite values: expected finite "
                "numbers. Remove or repair them."
            )
        self.check(examples)

    def _check_weights(self, owner, weights, count):
        if not self.weights:
            raise ValueError(
                f"{owner} received sample weights: a fake has no example whose weight it could "
                "take. Leave them out, and repeat or drop examples instead."
            )
        if len(weights.shape) != 1 or (
            None not in (count, weights.shape[0]) and weights.shape[0] != count
        ):
            raise ValueError(
                f"{owner} received sample weights of shape {tuple(weights.shape)} for {count} "
                f"{self.name}: expected one number for each, [{count}]."
            )
        if not isinstance(weights, tf.TypeSpec):
            low = np.min(np.asarray(weights), initial=0)
            if not (low >= 0 and np.isfinite(np.max(np.asarray(weights), initial=0))):
                raise ValueError(
                    f"{owner} received sample weights with negative or no finite values, such as "
                    f"{low:g}: expected numbers of at least 0. Use 0 to leave an example out."
                )


def _finite(values):
    # Two passes and no array of the data's size beside it; both show a NaN.
    return bool(np.isfinite(values.min()) and np.isfinite(values.max()))


def _fits(received, expected):
    if expected is None:
        return True
    return len(received) == len(expected) and all(
        None in (a, b) or a == b for a, b in zip(received, expected, strict=True)
    )
