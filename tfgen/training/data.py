"""What `fit`, `evaluate` and the like are given, looked at before it is used, whatever it is.

Arrays are looked at wholly; of anything else the shapes and dtypes that it declares and the first
batch, which generators give back and pipelines that can be read once only show as it passes by.
"""

import types

import keras
import numpy as np
import tensorflow as tf

from tfgen.training import pipelines


def checked(owner, takes, x, y=None, weights=None, *, refusals=None):
    """Return x, y and weights; raise `ValueError` for what a model can't learn from.

    Args:
        owner: who received them, such as "VAE.fit".
        takes: a `tfgen.checks.examples.Examples`; None checks nothing.
        x: arrays, a `tf.data.Dataset`, a `keras.utils.PyDataset`, or a generator of batches.
        y: labels of arrays.
        weights: sample weights of arrays.
        refusals: list that receives what is wrong with a first batch that is looked at only when
            it is used; None looks at it now, be it slow to begin, or given out once only.
    """
    if x is None:
        raise ValueError(
            f"{owner} received None: expected examples as an array, a tf.data.Dataset, a "
            "keras.utils.PyDataset or a generator of batches."
        )
    if takes is None:
        return x, y, weights
    if isinstance(x, tf.data.Dataset):
        return _dataset(owner, takes, x, refusals), y, weights
    if isinstance(x, keras.utils.PyDataset):
        takes.check_batch(owner, *_parts(x[0]))
        return x, y, weights
    if isinstance(x, types.GeneratorType):
        return _generator(owner, takes, x), y, weights
    if hasattr(x, "shape") or isinstance(x, (list, tuple, dict, str)):
        return _arrays(owner, takes, x, y, weights)
    return x, y, weights  # of another library: Keras may know it


def unpacked(takes, data):
    """Return examples, labels and weights of a batch, cast for the steps; None if absent."""
    examples, labels, weights = _parts(data)
    if takes is None:
        return examples, labels, weights
    labels = None if takes.num_classes is None or labels is None else tf.cast(labels, tf.int32)
    weights = None if weights is None else tf.cast(weights, tf.float32)
    return takes.cast(examples), labels, weights


def batches(owner, takes, data, batch_size):
    """Return an iterator over (examples, labels or None) of data, and the number of batches.

    Args:
        owner: who received the data.
        takes: a `tfgen.checks.examples.Examples`.
        data: examples, (examples, labels), or a finite `tf.data.Dataset` of batches of these.
        batch_size: for arrays: examples at a time.
    """
    if isinstance(data, tf.data.Dataset):
        data = checked(owner, takes, data)[0]
        if int(data.cardinality()) == tf.data.INFINITE_CARDINALITY:
            raise ValueError(f"{owner} received an endless dataset: use dataset.take(batches).")
    else:
        check_batch_size(owner, batch_size)
        x, y, _ = checked(owner, takes, *(data if isinstance(data, tuple) else (data,)))
        data = tf.data.Dataset.from_tensor_slices(x if y is None else (x, y)).batch(batch_size)
    return (unpacked(takes, batch)[:2] for batch in data), pipelines.count(data)


def weighted(loss, sample_weight):
    """Return the loss [batch], times the weights of its examples if there are any."""
    return loss if sample_weight is None else loss * tf.cast(sample_weight, loss.dtype)


def as_one(specs):
    """Return inputs as a call with one argument takes them: several as a list."""
    specs = list(specs)
    return specs if len(specs) == 1 else [specs]


def check_batch_size(owner, batch_size, name="batch_size"):
    """Raise `ValueError` for what is no number of examples or of batches."""
    whole = isinstance(batch_size, (int, np.integer)) and not isinstance(batch_size, bool)
    if not whole or batch_size < 1:
        raise ValueError(
            f"{owner} received {name}={batch_size!r}: expected an integer of at least 1. Leave it "
            "out for the usual."
        )


def _parts(batch):
    return keras.utils.unpack_x_y_sample_weight(batch)


def _dataset(owner, takes, dataset, refusals):
    examples, labels, weights = _parts(dataset.element_spec)
    takes.check_batch(owner, examples, labels, weights)
    if refusals is not None and pipelines.read_once(dataset):
        return _shown_in_passing(owner, takes, dataset, refusals)
    first = next(iter(dataset.take(1)), None)
    if first is None:
        raise ValueError(f"{owner} received an empty dataset: expected at least one batch.")
    takes.check_batch(owner, *_parts(first))
    return dataset


def _shown_in_passing(owner, takes, dataset, refusals):
    spec = dataset.element_spec

    def look(*tensors):
        try:
            takes.check_batch(owner, *_parts(tf.nest.pack_sequence_as(spec, tensors)))
        except ValueError as error:
            refusals.append(error)
            raise

    return pipelines.with_look(dataset, look)


def _generator(owner, takes, generator):
    first = next(generator, None)
    if first is None:
        raise ValueError(f"{owner} received an empty generator: expected at least one batch.")
    takes.check_batch(owner, *_parts(first))
    return _restored(first, generator)


def _restored(first, generator):
    yield _as_tuple(first)
    yield from map(_as_tuple, generator)


def _as_tuple(batch):
    """As Keras asks of generators."""
    return batch if isinstance(batch, tuple) else (batch,)


def _arrays(owner, takes, x, y, weights):
    if isinstance(x, (tuple, dict)) or (isinstance(x, list) and hasattr(x[:1], "shape")):
        raise ValueError(
            f"{owner} received a {type(x).__name__} of data: pass examples and labels apart, as in "
            "fit(examples, labels)."
        )
    x, y, weights = (
        None if v is None else v if tf.is_tensor(v) else np.asarray(v) for v in (x, y, weights)
    )
    takes.check_batch(owner, x, y, weights)
    return x, y, weights
