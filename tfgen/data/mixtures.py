"""Points of a mixture of Gaussians: the smallest data on which a generator can lose modes."""

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from tfgen import kinds, sampling
from tfgen.data.batches import check_numbers
from tfgen.data.collection import check_split, look_of
from tfgen.data.epochs import epochs
from tfgen.data.source import Source
from tfgen.data.spec import Spec

NAMED = {"ring": 0.01, "grid": 0.05}  # the deviation of each Gaussian
_INDEX, _OFFSET = 1, 2  # what noise is used for
_COUNTS = {"train": 51_200, "test": 2_560}  # points in an epoch
_TEST = 2**30  # what is added to the seed for the test


class MixtureSource(Source):
    """The ring of 8 Gaussians or the grid of 25, fresh points in every epoch.

    They are those of Srivastava et al. 2017 (arXiv 1705.07761); see `tfgen.metrics.ring_centres`
    and `grid_centres`. Points to judge by are others than those to train on.

    Args:
        name: "ring" or "grid".
    """

    def __init__(self, name):
        self.name, self.deviation = name, NAMED[name]
        self.spec = Spec(kinds.Points(), (2,), counts=_COUNTS)
        self.notes = ("fresh points in every epoch",)

    @property
    def centres(self):
        """Means of the Gaussians `[modes, 2]`."""
        from tfgen import metrics  # only here: SciPy is slow to import

        return metrics.ring_centres() if self.name == "ring" else metrics.grid_centres()

    def batches(
        self,
        split,
        *,
        batch_size,
        seed=0,
        first_epoch=0,
        labels=False,
        shuffle=None,
        drop_remainder=False,
        **of_its_kind,
    ):
        """Return batches, all of them whole; see `Source.batches`."""
        check_split(self.name, split, _COUNTS)
        check_numbers(batch_size, seed, first_epoch)
        look_of(self.spec.kind, of_its_kind)
        if labels:
            raise ValueError(
                f"Batches received labels=True for {self.name!r}: it has none. Leave it out."
            )
        return mixture(
            self.centres,
            self.deviation,
            batch_size=batch_size,
            batches=max(1, _COUNTS[split] // batch_size),
            seed=(seed + _TEST * (split == "test")) % 2**31,
            first_epoch=first_epoch,
        )


def mixture(
    centres: npt.ArrayLike,
    deviation: float,
    *,
    batch_size: int,
    batches: int = 100,
    seed: int = 0,
    first_epoch: int = 0,
) -> tf.data.Dataset:
    """Return batches of fresh points of a mixture of equally likely Gaussians.

    Every epoch draws new points, which depend on `(seed, epoch)` only: a training that resumes at
    epoch e with `first_epoch=e` sees the batches that the uninterrupted one saw.

    Args:
        centres: means of the Gaussians `[modes, d]`, such as `tfgen.metrics.ring_centres()`.
        deviation: their standard deviation in every direction, above 0.
        batch_size: points in a batch, at least 1.
        batches: batches in an epoch, at least 1.
        seed: from 0 to 2**31 - 1.
        first_epoch: epoch of the first pass, at least 0.

    Returns:
        tf.data.Dataset of `batches` batches, float32 `[batch_size, d]`.

    Raises:
        ValueError: for other centres, or numbers out of their range.

    Example:
        >>> points = mixture([[0.0, 0.0], [9.0, 9.0]], 0.01, batch_size=4, batches=2)
        >>> [batch.shape for batch in points]
        [TensorShape([4, 2]), TensorShape([4, 2])]
    """
    centres = np.asarray(centres, np.float32)
    _check(centres, deviation, batch_size, batches)

    def one_epoch(epoch):
        epoch_seed = sampling.fold(seed, tf.cast(epoch, tf.int32))

        def batch(number):
            rows = sampling.seeds(epoch_seed, batch_size, tf.cast(number, tf.int32) * batch_size)
            index = sampling.uniform(sampling.stream(rows, _INDEX), ())
            offset = sampling.normal(sampling.stream(rows, _OFFSET), centres.shape[1:])
            # float32 rounds the largest uniform number up to the number of modes
            mode = tf.minimum(tf.cast(index * len(centres), tf.int32), len(centres) - 1)
            return tf.gather(centres, mode) + deviation * offset

        return tf.data.Dataset.range(batches).map(batch)

    options = tf.data.Options()
    options.experimental_distribute.auto_shard_policy = tf.data.experimental.AutoShardPolicy.DATA
    return epochs(one_epoch, batches, first_epoch).with_options(options)


def _check(centres, deviation, batch_size, batches):
    if centres.ndim != 2 or 0 in centres.shape or not np.isfinite(centres).all():
        raise ValueError(
            f"mixture received centres of shape {centres.shape}: expected finite numbers "
            "[modes, d]. Pass metrics.ring_centres() or metrics.grid_centres()."
        )
    if deviation <= 0 or batch_size < 1 or batches < 1:
        raise ValueError(
            f"mixture received deviation={deviation}, batch_size={batch_size} and "
            f"batches={batches}: expected a deviation above 0 and counts of at least 1."
        )
