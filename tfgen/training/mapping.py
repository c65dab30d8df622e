"""A function of a model over a whole data set, as one array."""

import numpy as np
import tensorflow as tf

from tfgen.progress import Bar
from tfgen.training.data import batches


def over_data(model, name, function, data, batch_size=128, verbose="auto"):
    """Return `function(examples, labels)` of all data, an array `[count, ...]`.

    Args:
        model: whose `takes` says what the data must be.
        name: of the method that asks, for errors.
        function: batch and labels (or None) → `[batch, ...]`.
        data: examples, (examples, labels), or a finite `tf.data.Dataset` of batches of these.
        batch_size: for arrays: examples at a time.
        verbose: "auto" shows a bar on a terminal where it takes long; 1 always, 0 never.
    """
    parts, count = batches(f"{type(model).__name__}.{name}", model.takes, data, batch_size)
    compiled = tf.function(function, reduce_retracing=True)
    bar, results = Bar(name, count, verbose=verbose), []
    for examples, labels in parts:
        results.append(compiled(examples, labels).numpy())
        bar.to(len(results))
    bar.close()
    return np.concatenate(results)
