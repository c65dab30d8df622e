"""What `fit` and `evaluate` pass on to Keras: checked, and as fast as the model's own step."""

import inspect

import keras
import numpy as np
import tensorflow as tf

from tfgen.training import pipelines
from tfgen.training.data import check_batch_size, checked
from tfgen.training.optimizers import inner

_SOME = 1024  # examples of an array that show what all are like
_COUNTS = ("batch_size", "steps_per_epoch", "validation_steps", "validation_batch_size", "steps")


def for_fit(model, args, kwargs):
    """Return the arguments of `keras.Model.fit` for those that `model.fit` received.

    With them comes a list, into which goes what is found wrong with data in passing.
    """
    refusals = []
    owner = f"{type(model).__name__}.fit"
    given = _by_name(keras.Model.fit, model, args, kwargs)
    _check_counts(owner, given)
    if given.get("validation_data") is not None:
        given["validation_data"] = _validation(owner, model, given["validation_data"])
    x, y, weights = _checked(owner, model, given, refusals)
    _begin(model, x)
    if isinstance(x, tf.data.Dataset):
        given |= _of_dataset(model, x, given)
    elif _plain(x, given):
        given |= _of_arrays(model, (x, y, weights), given)
        y = weights = None
    else:
        given["x"] = x
        y = _stand_in(x, y, weights)
    return {**given, "y": y, "sample_weight": weights}, refusals


def for_evaluate(model, args, kwargs):
    """Return the arguments of `keras.Model.evaluate`, and what is found wrong, as `for_fit`."""
    refusals, given = [], _by_name(keras.Model.evaluate, model, args, kwargs)
    if given.get("_use_cached_eval_dataset"):  # fit calls, which has checked them
        return given, refusals
    owner = f"{type(model).__name__}.evaluate"
    _check_counts(owner, given)
    x, y, weights = _checked(owner, model, given, refusals)
    given |= {"x": x, "y": _stand_in(x, y, weights), "sample_weight": weights}
    return given, refusals


def averaging_optimizers(model):
    """Return `{optimizer: its network}` of those of several that average weights."""
    pairs = {getattr(model, name): getattr(model, network)
             for name, network in model.optimizer_targets.items()}  # fmt: skip
    return {o: network for o, network in pairs.items() if inner(o).use_ema}


class WriteBackAverages(keras.callbacks.Callback):
    """Leaves a model with its averaged weights, as Keras does for a single optimizer.

    It comes first, so that the callbacks after it see the model as `fit` returns it.
    """

    def on_train_end(self, logs=None):
        """Write the averages to the weights."""
        for optimizer, network in averaging_optimizers(self.model).items():
            optimizer.finalize_variable_values(network.trainable_variables)


def with_averages(model, callbacks):
    """Return the callbacks, and before them what writes averages back, where there are any."""
    if isinstance(callbacks, keras.callbacks.CallbackList) or not averaging_optimizers(model):
        return callbacks
    return [WriteBackAverages(), *keras.tree.flatten(callbacks or [])]


def _begin(model, x):
    """Let what waits for data see some before the first step, where a look uses none of them up."""
    waiting = model.waiting()
    if not waiting or int(model.step) > 0:
        return
    if isinstance(x, tf.data.Dataset):
        some = None if pipelines.read_once(x) else next(iter(x.take(1)), None)
    elif isinstance(x, keras.utils.PyDataset):
        some = x[0]
    else:
        some = x[:_SOME] if hasattr(x, "shape") else None
    if some is not None:
        with model.distribute_strategy.scope():
            for each in waiting:
                each.begin(keras.utils.unpack_x_y_sample_weight(some)[0])


def _by_name(method, model, args, kwargs):
    bound = inspect.signature(method).bind(model, *args, **kwargs).arguments
    own = {name: value for name, value in bound.items() if name not in ("self", "kwargs")}
    return {**own, **bound.get("kwargs", {})}


def _checked(owner, model, given, refusals):
    x, y, weights = (given.pop(name, None) for name in ("x", "y", "sample_weight"))
    model.check_data(x if y is None else (x, y))
    return checked(owner, model.takes, x, y, weights, refusals=refusals)


def _validation(owner, model, data):
    parts = data if isinstance(data, tuple) else (data,)
    x, y, weights = checked(f"{owner}(validation_data)", model.takes, *parts)
    model.check_data(x if y is None else (x, y))
    return (x, _stand_in(x, y, weights), weights)[: 3 if weights is not None else len(parts)]


def _stand_in(x, y, weights):
    """Keras forgets the weights of data without labels: give it some that nobody looks at."""
    return np.zeros(len(x), np.int32) if y is None and weights is not None else y


def _check_counts(owner, given):
    for name in _COUNTS:
        if given.get(name) is not None:
            check_batch_size(owner, given[name], name)


def _plain(x, given):
    """Whether x is an array that Keras need not split or weigh itself."""
    split = given.get("validation_split") or given.get("class_weight")
    array = isinstance(x, np.ndarray) or tf.is_tensor(x)
    return array and not split and given.get("shuffle", True) in (True, False)


def _of_arrays(model, data, given):
    x, y, weights = data
    size, steps = given.get("batch_size"), given.get("steps_per_epoch")
    size = size or (-(-len(x) // steps) if steps else 32)
    parts = (x, _stand_in(x, y, weights), weights)
    arrays = tuple(_small(each) for each in parts if each is not None)
    dataset = pipelines.of_arrays(arrays, size, given.get("shuffle", True))
    validation = given.get("validation_batch_size") or size
    return {**_of_dataset(model, dataset, given), "batch_size": None,
            "validation_batch_size": validation}  # fmt: skip


def _small(array):
    """Double precision takes twice the room, and is cast in the step anyway."""
    double = isinstance(array, np.ndarray) and array.dtype == np.float64
    return array.astype(np.float32) if double else array


def _of_dataset(model, dataset, given):
    """One iterator serves all epochs where it can: see `_keeps_iterator`."""
    batches = pipelines.count(dataset)
    steps = given.get("steps_per_epoch")
    dataset = pipelines.quick(dataset)
    if steps is None:
        steps = batches
        dataset = dataset.repeat() if _keeps_iterator(model, batches) else dataset
    return {"x": dataset, "shuffle": False, "steps_per_epoch": steps}


def _keeps_iterator(model, batches):
    """Whether one iterator may serve all epochs: Keras makes one or two for each, otherwise,
    and each takes as long as several steps of a small network.

    A call must not reach into the next epoch, and strategies read ahead.
    """
    with model.distribute_strategy.scope():
        distributed = tf.distribute.has_strategy()
    return batches and not batches % model.steps_per_execution and not distributed
