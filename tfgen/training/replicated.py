"""Steps on several replicas and workers, where Keras's own way of running them fails."""

import numpy as np
import tensorflow as tf

from tfgen.replicas import several, sum_over_replicas


def function(model, step):
    """Return what `fit` or `evaluate` calls with an iterator: `step` on every replica.

    Keras's own version fails for several workers and for several steps per execution.
    """
    strategy, steps = model.distribute_strategy, model.steps_per_execution

    def run(batch):
        logs = strategy.run(step, args=(batch,))
        return tf.nest.map_structure(lambda v: strategy.experimental_local_results(v)[0], logs)

    def run_several(iterator):
        logs = run(next(iterator))
        for _ in tf.range(steps - 1):
            batch = iterator.get_next_as_optional()
            if batch.has_value():
                logs = run(batch.get_value())
        return logs

    return run_several if model.run_eagerly else tf.function(run_several, reduce_retracing=True)


def all_or_none_finite(gradients):
    """Make an overflow on one replica an overflow on all.

    `LossScaleOptimizer` looks at the first replica's gradients only; it would skip the step there
    or let the others' infinities through.
    """
    if several() is None:
        return gradients
    finite = [tf.reduce_all(tf.math.is_finite(g)) for g in gradients if g is not None]
    overflows = tf.reduce_sum(1.0 - tf.cast(tf.stack(finite), tf.float32))
    infinite = tf.where(sum_over_replicas(overflows) > 0, np.inf, 0.0)
    return [g if g is None else g + tf.cast(infinite, g.dtype) for g in gradients]
