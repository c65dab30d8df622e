"""Optimizers: made where their state belongs, and several of them seen as one."""

import keras
import tensorflow as tf


class Together:
    """Several optimizers of a model as one, for callbacks that know `model.optimizer` only.

    Its `learning_rate` is that of the first; setting it sets all, in the proportions they have:
    with rates of 4e-4 and 1e-4, `learning_rate = 2e-4` gives 2e-4 and 5e-5. So
    `LearningRateScheduler` and `ReduceLROnPlateau` move both networks of a GAN; `SwapEMAWeights`
    swaps the averages of all optimizers that have `use_ema=True`. (Keras would give all of a
    public `optimizers` one and the same rate, so they are not shown.)

    Args:
        optimizers: the optimizers, that of the model's `step` first.
    """

    built = True

    def __init__(self, optimizers):
        self._all = tuple(optimizers)
        self._shares = (1.0,) * len(self._all)

    @property
    def learning_rate(self):
        """The first optimizer's."""
        return self._all[0].learning_rate

    @learning_rate.setter
    def learning_rate(self, rate):
        rates = [float(keras.ops.convert_to_numpy(o.learning_rate)) for o in self._all]
        if rates[0] > 0:  # else as they were before it became 0
            self._shares = tuple(each / rates[0] for each in rates)
        for optimizer, share in zip(self._all, self._shares, strict=True):
            optimizer.learning_rate = rate * share

    @property
    def iterations(self):
        """The first optimizer's."""
        return inner(self._all[0]).iterations

    @property
    def use_ema(self):
        """Whether any of them averages its network's weights."""
        return bool(self._averaging())

    # What `keras.callbacks.SwapEMAWeights` reads of an optimizer.

    @property
    def _trainable_variables(self):
        return [v for o in self._averaging() for v in o._trainable_variables]

    @property
    def _model_variables_moving_average(self):
        if not self.use_ema:
            raise AttributeError("None of the optimizers has use_ema=True.")
        return [v for o in self._averaging() for v in o._model_variables_moving_average]

    @property
    def _distribution_strategy(self):
        return inner(self._all[0])._distribution_strategy

    def _averaging(self):
        return [inner(optimizer) for optimizer in self._all if inner(optimizer).use_ema]


def inner(optimizer):
    """Return the optimizer itself where it is wrapped for loss scaling."""
    return getattr(optimizer, "inner_optimizer", optimizer)


def made_in_scope(owner, name, optimizer, scaled):
    """Return the optimizer, made of a name or a config if need be, scaled for float16 if asked.

    Raises:
        ValueError: for one that was made outside of the strategy's scope, or is none.
    """
    if isinstance(optimizer, type) or not isinstance(
        optimizer, (str, dict, keras.optimizers.Optimizer)
    ):
        raise ValueError(
            f"{owner}.compile received {name}={optimizer!r}: expected a Keras optimizer or its "
            f'name. Pass {name}=keras.optimizers.Adam(1e-3), or "adam".'
        )
    optimizer = keras.optimizers.get(optimizer)
    strategy = tf.distribute.get_strategy()
    if getattr(optimizer, "_distribution_strategy", strategy) is not strategy:
        raise ValueError(
            f"{owner}.compile received {name}={type(optimizer).__name__} made "
            f"outside the strategy's scope: replicas could not update its state. Make it and "
            f"call compile inside `with strategy.scope():`."
        )
    if scaled and not isinstance(optimizer, keras.optimizers.LossScaleOptimizer):
        optimizer = keras.optimizers.LossScaleOptimizer(optimizer)
    return optimizer


def check_names(model, expected, given):
    """Raise `ValueError` unless the optimizers given to `compile` are those expected."""
    if set(expected) != set(given):
        raise ValueError(
            f"{model}.compile received {', '.join(sorted(given)) or 'no optimizer'}: it takes "
            f"{', '.join(expected)}, and defines its own loss and metrics. Pass "
            f"{', '.join(f'{name}=keras.optimizers.Adam(...)' for name in expected)} only."
        )
