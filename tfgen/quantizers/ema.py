"""A codebook of vectors that follow the means of what they stand for."""

from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf

from tfgen import sampling
from tfgen.checks.numbers import check_integer, check_number
from tfgen.quantizers.choice import choose_rows, distinct
from tfgen.quantizers.gradients import straight_through, unit
from tfgen.quantizers.nearest import nearest
from tfgen.quantizers.quantizer import (
    Quantized,
    Quantizer,
    as_rows,
    check_sizes,
    check_training,
    per_example,
)
from tfgen.replicas import sum_over_replicas

_TINY = 1e-20  # a count this small is noise: nothing was assigned for thousands of steps
_INITIAL, _REVIVAL = 1, 2  # what a step's noise is for


@keras.saving.register_keras_serializable(package="tfgen")
class EMAQuantizer(Quantizer):
    """Takes the nearest of `codebook_size` vectors, each a moving average of its inputs.

    With `n` the number of inputs that chose a code in a step, and `s` their sum:

        N <- decay * N + (1 - decay) * n,   S <- decay * S + (1 - decay) * s,   code = S / N.

    Both averages start at 0, and their biases cancel in the ratio. Three things keep the codes in
    use. The first batch in training gives the first codes, so that none lies where no input comes.
    A code that serves less than `revive_below` of an even share is moved to an input of the batch,
    chosen like k-means++ does: far from its nearest code. And statistics are summed over replicas.

        loss = commitment * |x - sg[code]|^2, summed over the vectors of an example.

    Args:
        codebook_size: number of codes, at least 2.
        code_dim: size of a code; 8 to 16 keep more codes in use than 64 and above do.
        decay: in [0, 1): 0.99 averages over about 100 steps.
        commitment: weight of what draws the inputs to their codes, at least 0.
        revive_below: share of an even share, `1 / codebook_size`, in [0, 1); 0 revives no code.
        from_data: False starts with small random codes, to see what the first batch is worth.
        cosine: compare directions: inputs and codes have length 1.
        gradient: `straight_through` or `rotation_trick`.
        seed: int, of the choices from the batch.
        **kwargs: `name`.

    Raises:
        ValueError: for sizes and shares out of range, and inputs whose last axis is not `code_dim`.

    Example:
        >>> quantizer = EMAQuantizer(codebook_size=2, code_dim=1)
        >>> quantized = quantizer(tf.constant([[-1.0], [3.0]]), training=True)
        >>> quantized.codes.numpy().tolist()  # the first batch makes the codes
        [[-1.0], [3.0]]

    Reference: van den Oord et al. 2017, arXiv 1711.00937, appendix A.1, without its smoothing of
        the counts; Łańcucki et al. 2020, arXiv 2005.08520, and Dhariwal et al. 2020 (Jukebox),
        arXiv 2005.00341, section 3.3, for codes from data and revival.
    """

    def __init__(
        self,
        codebook_size: int,
        code_dim: int,
        *,
        decay: float = 0.99,
        commitment: float = 0.25,
        revive_below: float = 0.03,
        from_data: bool = True,
        cosine: bool = False,
        gradient: Callable = straight_through,
        seed: int = 0,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        check_sizes("EMAQuantizer", codebook_size=codebook_size, code_dim=code_dim)
        check_training("EMAQuantizer", commitment, gradient)
        check_number("EMAQuantizer", "decay", decay, "Use 0.99.", least=0, below=1)
        check_number("EMAQuantizer", "revive_below", revive_below, "Use 0.03.", least=0, below=1)
        check_integer("EMAQuantizer", "seed", seed, "Use 0.", least=-(2**31))
        self.codebook_size, self.code_dim = codebook_size, code_dim
        self.decay, self.commitment, self.revive_below = decay, commitment, revive_below
        self.from_data, self.cosine, self.gradient, self.seed = from_data, cosine, gradient, seed
        self.stackable = not cosine

    def build(self, input_shape: tuple[int, ...]) -> None:
        """Create codebook, averages and the number of updates."""
        super().build(input_shape)
        shape, most = (self.codebook_size, self.code_dim), 1.0 / self.codebook_size
        near_zero = keras.initializers.RandomUniform(-most, most)
        self.codebook = self._state("codebook", shape, near_zero)
        self.counts = self._state("counts", shape[:1])
        self.sums = self._state("sums", shape)
        self.updates = self._state("updates", (), dtype="int64")

    def call(self, inputs: tf.Tensor, training: bool = False) -> Quantized:
        """Return the `Quantized` of float `[batch, ..., code_dim]`; in training, learn from it.

        The codes are those before the update, but for the first batch, which makes them.
        """
        self.check_inputs(inputs.shape)
        inputs = self.bound(inputs)
        rows = tf.stop_gradient(as_rows(inputs))
        codebook = self._codebook_for(rows) if training else self._codebook()
        indices = nearest(rows, codebook)
        codes = tf.gather(codebook, indices)
        if training:
            self._learn(rows, indices, codes, codebook)
        codes = tf.reshape(codes, tf.shape(inputs))
        loss = self.commitment * per_example(tf.square(inputs - codes))
        indices = tf.reshape(indices, tf.shape(inputs)[:-1])
        return Quantized(self.gradient(inputs, codes), indices, loss)

    def bound(self, inputs: tf.Tensor) -> tf.Tensor:
        """Return the inputs, at length 1 for cosine codes."""
        return unit(inputs) if self.cosine else inputs

    def codes_of(self, indices: tf.Tensor) -> tf.Tensor:
        """Return the codes, float32 `[batch, ..., code_dim]`."""
        return tf.gather(self._codebook(), indices)

    # ------------------------------------------------------------------ learning

    def _codebook_for(self, rows):
        """The codebook, taken from the batch where it is the first one."""
        if not self.from_data:
            return self._codebook()
        alike = tf.ones_like(rows[:, 0])
        chosen = choose_rows(rows, alike, self.codebook_size, self._seed(_INITIAL))
        first = tf.where(distinct(chosen)[:, None], chosen, self._codebook())
        return tf.where(tf.convert_to_tensor(self.updates) == 0, first, self._codebook())

    def _learn(self, rows, indices, codes, codebook):
        assigned = tf.one_hot(indices, self.codebook_size)  # [rows, codebook_size]
        count, total = sum_over_replicas(
            [tf.reduce_sum(assigned, axis=0), tf.matmul(assigned, rows, transpose_a=True)]
        )
        counts = self.decay * self.counts + (1.0 - self.decay) * count
        sums = self.decay * self.sums + (1.0 - self.decay) * total
        means = self.bound(sums / tf.maximum(counts, _TINY)[:, None])
        codebook = tf.where(counts[:, None] > _TINY, means, codebook)
        if self.revive_below > 0:
            codebook, counts, sums = self._revived(codebook, counts, sums, rows, codes)
        self.codebook.assign(codebook)
        self.counts.assign(counts)
        self.sums.assign(sums)
        self.updates.assign_add(1)

    def _revived(self, codebook, counts, sums, rows, codes):
        """Give dead codes a vector of the batch each, and the count of an even share.

        With less of a count a code would be dead again before it could win its inputs. Where the
        batch has too few vectors that are unlike each other and the codes, some stay dead.
        """
        even_share = tf.reduce_sum(counts) / self.codebook_size
        dead = counts < self.revive_below * even_share
        distances = tf.reduce_sum(tf.square(rows - codes), axis=-1)
        chosen = choose_rows(rows, distances, self.codebook_size, self._seed(_REVIVAL))
        new = distinct(tf.concat([codebook, chosen], axis=0))[self.codebook_size :]
        chosen = tf.gather(chosen, tf.argsort(tf.cast(~new, tf.int32), stable=True))
        rank = tf.cumsum(tf.cast(dead, tf.int32)) - 1  # the first dead code gets the first vector
        revived = dead & (rank < tf.reduce_sum(tf.cast(new, tf.int32)))
        vectors = tf.gather(chosen, tf.maximum(rank, 0))
        codebook = tf.where(revived[:, None], vectors, codebook)
        counts = tf.where(revived, even_share, counts)
        return codebook, counts, tf.where(revived[:, None], vectors * even_share, sums)

    def _seed(self, use):
        step = tf.cast(tf.convert_to_tensor(self.updates), tf.int32)
        return sampling.fold(sampling.fold(self.seed, use), step)

    def _codebook(self):
        return self.bound(tf.convert_to_tensor(self.codebook))

    def _state(self, name, shape, initializer="zeros", dtype="float32"):
        # Every replica computes the same values: one of them is kept, without another sum.
        return self.add_weight(
            name=name,
            shape=shape,
            initializer=initializer,
            dtype=dtype,
            trainable=False,
            aggregation="only_first_replica",
        )

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        names = ("codebook_size", "code_dim", "decay", "commitment", "revive_below", "from_data",
                 "cosine", "gradient", "seed")  # fmt: skip
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}
