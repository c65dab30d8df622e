"""The prior that fills in many tokens at a time."""

import math
from typing import Any

import keras
import tensorflow as tf
from numpy.typing import ArrayLike

from tfgen import sampling
from tfgen.priors import labels as labelling
from tfgen.priors.choices import choose
from tfgen.priors.token_prior import TokenPrior

_MASK, _LABEL = 1, 2  # what a row's seeds are used for in a training step


@keras.saving.register_keras_serializable(package="tfgen")
class MaskedTokenPrior(TokenPrior):
    """A prior over rows of tokens that writes them in a fixed few passes, the surest first.

    In training a share cos(pi u / 2) of the tokens is masked, u uniform in (0, 1), and the loss is

        loss = -sum over masked places of log p(token | the tokens that are not masked, label)

    per example, in nats. It has no exact likelihood. Its few passes suit accelerators; on two CPU
    cores `CausalTokenPrior` is faster up to 256 tokens, and more so for many rows at once.

    Args:
        network: a `tfgen.networks.masked_transformer`; with classes, the prior is conditional.
        label_dropout: share of the training examples whose label is left out, in [0, 1), so that
            the network learns to do without: what `guidance` needs.
        **kwargs: `name` and `dtype`.

    Logs: `loss`, and `nats_per_token`, the mean over an example's masked tokens.

    Raises:
        ValueError: for another kind of network, or a share out of range.

    Example:
        >>> from tfgen import networks
        >>> network = networks.masked_transformer(16, 9, width=8, depth=1, heads=2)
        >>> MaskedTokenPrior(network).sample(3, seed=0, passes=4).shape
        TensorShape([3, 9])

    Reference:
        Chang et al. 2022, "MaskGIT", arXiv 2202.04200, equation 1 and sections 3.2 and 3.3.
    """

    causal = False

    def __init__(self, network: keras.Model, label_dropout: float = 0.1, **kwargs: Any):
        super().__init__(network, label_dropout, ("loss", "nats_per_token"), **kwargs)

    # ------------------------------------------------------------------ training

    def objective(
        self, indices: tf.Tensor, labels: tf.Tensor | None, training: bool
    ) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        """Return the loss [batch] and its mean over the masked tokens; see the class."""
        indices = tf.cast(indices, tf.int32)
        seeds = self.row_seeds(tf.shape(indices)[0])
        masked = random_mask(sampling.stream(seeds, _MASK), self.length)
        if training:
            labels = self._begin_step(labels, sampling.stream(seeds, _LABEL))
        logits = self._logits(tf.where(masked, self.network.blank, indices), labels, training)
        nats = tf.nn.sparse_softmax_cross_entropy_with_logits(indices, logits)
        weights = tf.cast(masked, tf.float32)
        loss = tf.reduce_sum(nats * weights, axis=-1)
        return loss, {"nats_per_token": loss / tf.reduce_sum(weights, axis=-1)}

    # ------------------------------------------------------------------ sampling

    def draw(
        self,
        seeds: tf.Tensor,
        labels: ArrayLike | None = None,
        *,
        passes: int = 8,
        temperature: float = 1.0,
        choice_temperature: float = 4.5,
        top_k: int | None = None,
        top_p: float | None = None,
        guidance: float = 0.0,
    ) -> tf.Tensor:
        """Return a row of tokens for each seed, int32 [batch, length].

        Each pass draws every token that is still masked, then masks the least sure of these again,
        until after the last one none is: see `masked_counts`.

        Args:
            seeds: int32 [batch, 2], of `tfgen.sampling`.
            labels: int [batch], for a class-conditional prior.
            passes: calls of the network, from 1 to the length.
            temperature: at least 0, of the draws; 0 takes the likeliest token each time.
            choice_temperature: at least 0: how much of chance, which fades out with the passes,
                decides what counts as sure. More gives more variety.
            top_k: choose among the likeliest `top_k` tokens each time; None for all.
            top_p: choose among the likeliest tokens that reach this probability; None for all.
            guidance: at least 0: how far to move the logits away from those without a class.

        Raises:
            ValueError: for settings out of range, and missing labels.
        """
        return self._checked_draw(
            seeds,
            labels,
            passes=passes,
            temperature=temperature,
            choice_temperature=choice_temperature,
            top_k=top_k,
            top_p=top_p,
            guidance=guidance,
        )

    def check_settings(
        self, *, passes: int = 8, choice_temperature: float = 4.5, **others: Any
    ) -> None:
        """Raise `ValueError` for settings of `draw` that it could not follow."""
        super().check_settings(**others)
        masked_counts(self.length, passes)
        if choice_temperature < 0:
            raise ValueError(
                f"MaskedTokenPrior received choice_temperature={choice_temperature}: it must be at "
                "least 0. Use 4.5."
            )

    def _draw(self, seeds, labels, passes, choice_temperature, guidance, **choice):
        labels = labelling.doubled(self.network, labels, guidance)
        tokens = tf.fill([tf.shape(seeds)[0], self.length], self.network.blank)
        numbers = self.length * (self.vocabulary + 1)  # random numbers of a pass
        for i, count in enumerate(masked_counts(self.length, passes)):
            logits = self._logits(labelling.twice(tokens, guidance), labels)
            logits = labelling.guided(logits, guidance)
            noise = sampling.gumbel(seeds, (self.length, self.vocabulary), i * numbers)
            unknown = tokens == self.network.blank
            tokens = tf.where(unknown, choose(logits, noise, **choice), tokens)
            if count:
                chance = choice_temperature * (1.0 - (i + 1) / passes)
                offset = i * numbers + self.length * self.vocabulary
                chance *= sampling.gumbel(seeds, (self.length,), offset)
                sureness = tf.where(unknown, _log_probability(logits, tokens) + chance, math.inf)
                tokens = tf.where(least(sureness, count), self.network.blank, tokens)
        return tokens


def masked_counts(length: int, passes: int) -> Any:
    """Return how many tokens are masked after each pass: a cosine of the passes done, 0 at last.

        floor(cos(pi / 2 * pass / passes) * length), made to fall by at least one with each pass

    Raises:
        ValueError: for fewer than 1 pass, or more than there are tokens.

    Reference: Chang et al. 2022, arXiv 2202.04200, section 3.2, step 3, and section 3.3.

    Example:
        >>> masked_counts(length=16, passes=4)
        [14, 11, 6, 0]
    """
    if not isinstance(passes, int) or not 1 <= passes <= length:
        raise ValueError(
            f"MaskedTokenPrior received passes={passes!r}: expected an integer from 1 to the "
            f"length of a row, {length}. Use {min(8, length)}."
        )
    counts, before = [], length
    for i in range(1, passes + 1):
        share = math.cos(math.pi / 2 * i / passes)
        # At least one token for each pass to come, at least one fewer than before.
        before = min(before - 1, max(passes - i, math.floor(share * length + 1e-9)))
        counts.append(before)
    return counts


def random_mask(seeds: tf.Tensor, length: int) -> tf.Tensor:
    """Return which tokens to mask in training, bool [batch, length]: at least one in each row.

    ceil(cos(pi u / 2) * length) places, all sets of so many alike, u uniform for each row.

    Reference: Chang et al. 2022, arXiv 2202.04200, section 3.1 and equation 1.
    """
    noise = sampling.uniform(seeds, (length + 1,))
    counts = tf.math.ceil(tf.cos(math.pi / 2 * noise[:, :1]) * length)
    ranks = tf.argsort(tf.argsort(noise[:, 1:], axis=-1), axis=-1)
    return tf.cast(ranks, tf.float32) < counts


def least(values: tf.Tensor, count: tf.Tensor) -> tf.Tensor:
    """Return where the `count` least values of each row are, bool [batch, length], ties or not.

    Example:
        >>> least(tf.constant([[3.0, 1.0, 1.0, 2.0]]), 2).numpy().tolist()
        [[False, True, True, False]]
    """
    places = tf.math.top_k(-values, count).indices  # [batch, count]
    return tf.reduce_max(tf.one_hot(places, values.shape[-1]), axis=1) > 0


def _log_probability(logits, tokens):
    """Return log p of the tokens, float32 [batch, length]."""
    chosen = tf.one_hot(tokens, logits.shape[-1])
    return tf.reduce_sum(tf.nn.log_softmax(logits) * chosen, axis=-1)
