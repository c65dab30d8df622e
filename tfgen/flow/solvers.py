"""Solvers of ordinary differential equations dx/dt = f(x, t), in steps of one size.

A step is a function `(f, x, t, size) -> x` at the time `t + size`; `x` may be nested.
"""

from collections.abc import Callable
from typing import Any

import tensorflow as tf

_UNROLLED = 8  # steps; more are a loop, which keeps graphs and files small


def euler(f: Callable, x: Any, t: tf.Tensor | float, size: float) -> Any:
    """Return x one step on: an error of the order of `size`, for one evaluation of f."""
    return _plus(x, f(x, t), size)


def heun(f: Callable, x: Any, t: tf.Tensor | float, size: float) -> Any:
    """Return x one step on: an error of the order of `size**2`, for two evaluations of f."""
    first = f(x, t)
    second = f(_plus(x, first, size), t + size)
    return _plus(_plus(x, first, size / 2), second, size / 2)


STEPS = {"euler": euler, "heun": heun}


def integrate(
    f: Callable, x: Any, start: float, end: float, steps: int, solver: str = "heun"
) -> Any:
    """Return x at the time `end`.

    Args:
        f: `(x, t) -> dx/dt`, nested as x is; t is a float32 scalar.
        x: at the time `start`, a tensor or several nested.
        start: the first time.
        end: the last, before or after it.
        steps: how many, at least 1.
        solver: "euler" or "heun".

    Example:
        >>> float(integrate(lambda x, t: x, tf.constant(1.0), 0.0, 1.0, 100))  # e
        2.71823...
    """
    step, size = STEPS[solver], (end - start) / steps
    if steps <= _UNROLLED:
        for i in range(steps):
            x = step(f, x, tf.constant(start + i * size, tf.float32), size)
        return x

    def body(i, x):
        return i + 1, step(f, x, start + tf.cast(i, tf.float32) * size, size)

    return tf.while_loop(lambda i, _: i < steps, body, (tf.constant(0), x))[1]


def _plus(x, slope, size):
    return tf.nest.map_structure(lambda a, b: a + size * b, x, slope)
