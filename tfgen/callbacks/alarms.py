"""Alarms: what should not go unnoticed while training."""

import keras
import numpy as np

from tfgen.callbacks.every import checked_every
from tfgen.errors import ModeCollapseError, NotFiniteError
from tfgen.labels import in_turn


class CollapseWarning(keras.callbacks.Callback):
    """Says so, once and in one line, when a model ignores most of its latents.

    It watches `val_active_units`, or else `active_units`: how many units carry information.

    Args:
        min_active: the least share of `model.latent_dim` that should be active, in (0, 1].
        warm_up: epochs to wait before the first judgement.

    Raises:
        ValueError: if `min_active` is outside (0, 1].

    Reference:
        Burda et al. 2015, "Importance weighted autoencoders", section 4.2 (active units).
    """

    def __init__(self, min_active=0.1, warm_up=5):
        super().__init__()
        if not 0.0 < min_active <= 1.0:
            raise ValueError(
                f"CollapseWarning received min_active={min_active}: expected a share in (0, 1]. "
                "Set min_active=0.1 for a tenth of the latent units."
            )
        self.min_active = min_active
        self.warm_up = warm_up
        self._since = None
        self._said = False

    def on_epoch_end(self, epoch, logs=None):
        """Judge the logged number of active units."""
        logs = logs or {}
        name = "val_active_units" if "val_active_units" in logs else "active_units"
        if name not in logs:  # validation may run in some epochs only
            return
        active, latent_dim = float(logs[name]), self.model.latent_dim
        if active >= self.min_active * latent_dim:
            self._since = None
            return
        self._since = self._since or epoch + 1
        if epoch + 1 > self.warm_up and not self._said:
            self._said = True
            print(
                f"\nPosterior collapse: {active:.0f} of {latent_dim} latent units are active "
                f"({name}) since epoch {self._since}. Try a warm-up of the rate, free bits, or a "
                "likelihood with a learned scale."
            )


class StopOnModeCollapse(keras.callbacks.Callback):
    """Stops training with an error when a generator makes next to the same example every time.

    It compares the variance of samples, summed over pixels or coordinates, with that of real
    examples. A generator that dropped a few modes keeps most of it: mode counts, recall and
    coverage of `tfgen.metrics` find that out. Put it before `Backup` in the list of callbacks.

    Args:
        examples: real examples `[n, ...]`, a few hundred, in the generator's range.
        least: the least share of their variance that the samples should have, in (0, 1).
        patience: judgements in a row that may fall below it.
        warm_up: updates to wait before the first judgement.
        every: number of epochs from one judgement to the next.

    Raises:
        ValueError: if `least` is outside (0, 1), or `every` is less than 1.
        ModeCollapseError: during `fit`, with the share found and since when.
    """

    def __init__(self, examples, least=0.05, patience=2, *, warm_up=1000, every=1):
        super().__init__()
        if not 0.0 < least < 1.0:
            raise ValueError(
                f"StopOnModeCollapse received least={least}: expected a share in (0, 1). "
                "Set least=0.05 for a twentieth of the variance of real examples."
            )
        self.least, self.patience, self.warm_up = least, patience, warm_up
        self.every = checked_every(self, every)
        self._examples = np.asarray(examples)
        self._low = []  # epochs and steps of the judgements in a row that fell below it

    def on_epoch_end(self, epoch, logs=None):
        """Judge the variance of as many samples as there are examples."""
        step = int(self.model.step)
        if (epoch + 1) % self.every or step < self.warm_up:
            return
        share = _variance(self._samples()) / _variance(self._examples)
        self._low = [*self._low, (epoch + 1, step)] if share < self.least else []
        if len(self._low) > self.patience:
            first_epoch, first_step = self._low[0]
            raise ModeCollapseError(
                f"Mode collapse: samples have {share:.1%} of the variance of real examples, less "
                f"than {self.least:.0%} since epoch {first_epoch} (step {first_step}). Try "
                "losses.relativistic with r1 and r2 penalties, or lower learning rates."
            )

    def _samples(self):
        count, classes = len(self._examples), getattr(self.model, "num_classes", None)
        labels = {"labels": in_turn(count, classes)} if classes else {}
        return np.asarray(self.model.sample(count, seed=0, **labels))


def _variance(examples):
    return float(np.sum(np.var(examples, axis=0)))


class StopOnNaN(keras.callbacks.Callback):
    """Stops training with an error as soon as a logged quantity or a weight is not finite.

    It raises instead of setting `stop_training`, since Keras would then still end the epoch, and
    a backup would keep the broken weights. Logged quantities are looked at after every step;
    weights at the end of each epoch, so put it before `Backup` in the list of callbacks.

    Raises:
        NotFiniteError: during `fit`, a FloatingPointError naming what is not finite and since when.
    """

    def __init__(self):
        super().__init__()
        self._epoch = 0

    def on_epoch_begin(self, epoch, logs=None):
        """Remember the epoch, which later calls are not told."""
        self._epoch = epoch

    def on_train_batch_end(self, batch, logs=None):
        """Look at what this step logged."""
        self._check_logs(logs, f"at step {batch + 1} of epoch {self._epoch + 1}")

    def on_epoch_end(self, epoch, logs=None):
        """Look at the validation's results and at the weights that the last step left."""
        when = f"at the end of epoch {epoch + 1}"
        self._check_logs(logs, when)
        for variable in self.model.trainable_variables:
            if not np.isfinite(np.asarray(variable, np.float32)).all():
                raise _not_finite(f"the weight {variable.path}", when)

    def _check_logs(self, logs, when):
        for name, value in (logs or {}).items():
            if not np.isfinite(value).all():
                raise _not_finite(f"{name}={value}", when)


def _not_finite(what, when):
    return NotFiniteError(
        f"Training stopped {when}: {what} is not finite. Try a lower learning rate or "
        "Adam(clipnorm=1.0), and look for values that are not finite in the data."
    )
