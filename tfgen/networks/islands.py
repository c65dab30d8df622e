"""Small operations compiled as one, amid large ones that are better not compiled.

On CPUs, TensorFlow's own matrix products are up to seven times as fast as XLA's: they use what a
processor has for bfloat16. Everything between the products is faster by XLA, which passes over
the memory once. So a training step is compiled in islands.
"""

import contextlib
import functools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import tensorflow as tf

_sunk: list[bool] = []  # not empty where graphs have none


@contextlib.contextmanager
def no_islands() -> Iterator[None]:
    """Make graphs of plain operations only, such as are exported.

    Example:
        >>> def doubled(x):
        ...     return 2.0 * x
        >>> with no_islands():
        ...     graph = tf.function(lambda x: island(doubled, [x])).get_concrete_function(1.0).graph
        >>> "PartitionedCall" in {operation.type for operation in graph.get_operations()}
        False
    """
    _sunk.append(True)
    try:
        yield
    finally:
        _sunk.pop()


def island(
    function: Callable, floats: Sequence[tf.Tensor], others: Sequence[tf.Tensor] = (), **static: Any
) -> Any:
    """Return `function(*floats, *others, **static)`, compiled by XLA where a graph is made.

    Its gradient is compiled too, and computes again what it needs of the function: nothing but the
    arguments is kept. In eager code it is the plain function.

    Args:
        function: of a module, since it is the key to what was compiled. It may use no variables.
        floats: the tensors to which gradients flow.
        others: tensors to which none flow, such as seeds.
        **static: what is not a tensor: numbers, texts, dtypes.

    Example:
        >>> def scaled(x, factor):
        ...     return factor * x
        >>> float(island(scaled, [tf.constant(2.0)], factor=3.0))
        6.0
    """
    if tf.executing_eagerly() or _sunk:
        return function(*floats, *others, **static)
    return _compiled(function, len(floats), tuple(sorted(static.items())))(*floats, *others)


@functools.cache
def _compiled(function, count, static):
    """The function of tensors, of which the first `count` have gradients."""
    plain = functools.partial(function, **dict(static))
    forward = tf.function(plain, jit_compile=True, autograph=False)

    @functools.partial(tf.function, jit_compile=True, autograph=False)
    def backward(tensors, upstream):
        floats, others = tensors[:count], tensors[count:]
        with tf.GradientTape() as tape:
            tape.watch(floats)
            outputs = plain(*floats, *others)
        upstream = upstream if isinstance(outputs, tuple) else upstream[0]
        return tape.gradient(outputs, floats, output_gradients=upstream)

    @tf.custom_gradient
    def both(*tensors):
        def gradient(*upstream):
            return [*backward(tensors, upstream), *[None] * (len(tensors) - count)]

        return forward(*tensors), gradient

    return both
