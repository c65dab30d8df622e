"""What `fit` and `evaluate` call for each of their steps."""

import itertools

import tensorflow as tf

from tfgen.training import replicated


def function(model, step):
    """Return what runs `step` on the batches of an iterator, and learns what to track first.

    Where a trace meets a term without a tracker it is given up before any batch is taken, the
    tracker is made, and the trace begins anew.
    """
    several = model.distribute_strategy.num_replicas_in_sync > 1

    def made():
        return replicated.function(model, step) if several else model._make_function(step)

    run = made()

    def steps(iterator):
        nonlocal run
        if not isinstance(iterator, tf.data.Iterator | tf.distribute.DistributedIterator):
            iterator = list(itertools.islice(iterator, model.steps_per_execution))
        try:
            return run(iterator)
        except Exception:
            if not model.untracked:
                raise
        model.add_trackers()
        run = made()
        return run(iterator)

    return steps
