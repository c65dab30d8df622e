"""A number of your own beside Keras's."""

from collections.abc import Callable
from typing import Any

import keras

from tfgen.callbacks.every import checked_every


class Judgement(keras.callbacks.Callback):
    """Logs `val_<name> = judge(model)` at the end of some epochs, such as a Fréchet distance.

    Put it before callbacks that write or watch the number: `HistoryFile`, TensorBoard,
    `keras.callbacks.ModelCheckpoint(..., monitor="val_frechet_distance")`.

    Args:
        judge: function from the model to a float.
        every: number of epochs from one judgement to the next.
        name: what the logs call it; the function's name by default.

    Raises:
        ValueError: if `every` is less than 1.

    Example:
        >>> model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
        >>> model.compile(loss="mse")
        >>> judged = Judgement(lambda model: model.count_params(), name="weights")
        >>> x = keras.ops.ones((1, 1))
        >>> model.fit(x, x, verbose=0, callbacks=[judged]).history["val_weights"]
        [2.0]
    """

    def __init__(self, judge: Callable, every: int = 1, name: str | None = None):
        super().__init__()
        self.judge = judge
        self.every = checked_every(self, every)
        self.name = name or judge.__name__

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Add the number to the logs, which later callbacks see."""
        if (epoch + 1) % self.every == 0 and logs is not None:
            logs[f"val_{self.name}"] = float(self.judge(self.model))
