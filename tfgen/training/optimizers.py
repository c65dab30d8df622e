"""Optimizers: made where their state belongs, and several of them seen as one."""

import keras
import tensorflow as tf


class Together:
    """Several optimizers of a model as one, for callbacks that know `model.optimizer` only.

    Its `learning_rate` is that of the first; setting it sets all, in the proportions they have:
    with rates of 4e-4 and 1e-4, `learning_rate = 2e-4` gives 2e-4 and 5e-5. So
    `LearningRateScheduler` and `ReduceLROnPlateau` move both networks of a GAN; `SwapEMAWeights`
    swaps the averages of all `optimizers` that have `use_ema=True`.

    Args:
        optimizers: the optimizers, that of the model's `step` first.
    """

    built = True

    def __init__(self, optimizers):
        self.optimizers = tuple(optimizers)
        self._shares = (1.0,) * len(self.optimizers)

    @property
    def learning_rate(self):
        """The first optimizer's."""
        return self.optimizers[0].learning_rate

    @learning_rate.setter
    def learning_rate(self, rate):
        rates = [float(keras.ops.convert_to_numpy(o.learning_rate)) for o in self.optimizers]
        if rates[0] > 0:  # else as they were before it became 0
            self._shares = tuple(each / rates[0] for each in rates)
        for optimizer, share in zip(self.optimizers, self._shares, strict=True):
            optimizer.learning_rate = rate * share

    @property
    def iterations(self):
        """The first optimizer's."""
        return inner(self.optimizers[0]).iterations

    @property
    def use_ema(self):
        """Whether any of them averages its network's weights."""
        return any(inner(optimizer).use_ema for optimizer in self.optimizers)


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
