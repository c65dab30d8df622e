"""The prior that writes tokens one after the other."""

import math
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import ArrayLike

from tfgen import sampling
from tfgen.priors import labels as labelling
from tfgen.priors.choices import choose
from tfgen.priors.token_prior import TokenPrior


@keras.saving.register_keras_serializable(package="tfgen")
class CausalTokenPrior(TokenPrior):
    """A prior over rows of tokens with an exact likelihood, which writes them one by one.

        log p(tokens) = sum_t log p(token_t | token_1 ... token_(t-1), label)

    It minimises `-log p`, in nats per example, on rows of indices `[batch, length]`, such as
    `tfgen.vq.tokens` streams.

    Args:
        network: a `tfgen.networks.causal_transformer`; with classes, the prior is conditional.
        label_dropout: share of the training examples whose label is left out, in [0, 1), so that
            the network learns to do without: what `guidance` needs.
        **kwargs: `name` and `dtype`.

    Logs: `loss` in nats per row and `bits_per_dim`, per token. In training some labels are left
    out; validation has them all, and its numbers are the exact likelihood of the rows.

    Raises:
        ValueError: for another kind of network, or a share out of range.

    Example:
        >>> from tfgen import networks
        >>> network = networks.causal_transformer(16, 9, width=8, depth=1, heads=2)
        >>> CausalTokenPrior(network).sample(3, seed=0).shape
        TensorShape([3, 9])

    Reference:
        van den Oord et al. 2017, arXiv 1711.00937, section 3.3, for priors over indices; Esser et
        al. 2020, arXiv 2012.09841, section 3.2, for transformers as such.
    """

    causal = True
    has_likelihood = True

    def __init__(self, network: keras.Model, label_dropout: float = 0.1, **kwargs: Any):
        super().__init__(network, label_dropout, ("loss", "bits_per_dim"), **kwargs)

    # ------------------------------------------------------------------ likelihood

    def objective(
        self, indices: tf.Tensor, labels: tf.Tensor | None, training: bool
    ) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        """Return -log p of the rows, [batch] in nats, and the same in bits per token."""
        if training:
            labels = self._begin_step(labels, self.row_seeds(tf.shape(indices)[0]))
        loss = -self.log_prob(indices, labels, training)
        return loss, {"bits_per_dim": loss / (math.log(2.0) * self.length)}

    def log_prob(
        self, indices: tf.Tensor, labels: ArrayLike | None = None, training: bool = False
    ) -> tf.Tensor:
        """Return log p, float32 [batch] in nats, of rows of indices int [batch, length]."""
        indices = tf.cast(indices, tf.int32)
        logits = self._logits(indices, labels, training)
        return -tf.reduce_sum(
            tf.nn.sparse_softmax_cross_entropy_with_logits(indices, logits), axis=-1
        )

    def log_likelihood(
        self, indices: ArrayLike, labels: ArrayLike | None = None, batch_size: int = 128
    ) -> np.ndarray:
        """Return log p of each row, float32 [count] in nats: exact.

        Divide by `-log(2) * length` for bits per token; by the pixels of an image for the tokens'
        share of its bits per dimension. It is the likelihood of the tokens: with the distortion of
        the autoencoder added, a bound on that of the image.

        Args:
            indices: int array [count, length].
            labels: int array [count], for a class-conditional prior.
            batch_size: rows at a time.

        Raises:
            ValueError: for rows of another length, tokens out of range, and missing labels.
        """
        indices = np.asarray(indices)
        self.takes.check_batch("CausalTokenPrior.log_likelihood", indices, labels)
        parts = []
        for start in range(0, len(indices), batch_size):
            rows = slice(start, start + batch_size)
            own = None if labels is None else np.asarray(labels)[rows]
            parts.append(np.asarray(self.log_prob(indices[rows], own)))
        return np.concatenate(parts)

    # ------------------------------------------------------------------ sampling

    def draw(
        self,
        seeds: tf.Tensor,
        labels: ArrayLike | None = None,
        *,
        temperature: float = 1.0,
        top_k: int | None = None,
        top_p: float | None = None,
        guidance: float = 0.0,
        cached: bool = True,
    ) -> tf.Tensor:
        """Return a row of tokens for each seed, int32 [batch, length].

        Args:
            seeds: int32 [batch, 2], of `tfgen.sampling`.
            labels: int [batch], for a class-conditional prior.
            temperature: at least 0: below 1, likelier rows and fewer of them; 0, the likeliest
                token each time.
            top_k: choose among the likeliest `top_k` tokens each time; None for all.
            top_p: choose among the likeliest tokens that reach this probability; None for all.
            guidance: at least 0: how far to move the logits away from those without a class.
            cached: False computes every place anew for each token. The rows are the same.

        Raises:
            ValueError: for settings out of range, and missing labels.
        """
        return self._checked_draw(
            seeds,
            labels,
            temperature=temperature,
            top_k=top_k,
            top_p=top_p,
            guidance=guidance,
            cached=cached,
        )

    def check_settings(self, *, cached: bool = True, **others: Any) -> None:
        """Raise `ValueError` for settings of `draw` that it could not follow."""
        super().check_settings(**others)

    # The whole loop as one program: its many small operations cost more one by one than computed.
    @tf.function(reduce_retracing=True, jit_compile=True)
    def _compiled_draw(self, seeds, labels, **settings):
        return self._draw(seeds, labels, **settings)

    def _draw(self, seeds, labels, guidance, cached, **choice):
        batch = tf.shape(seeds)[0]
        cache = self.network.empty_cache(batch * (2 if guidance else 1)) if cached else []
        tokens = tf.fill([batch, self.length], self.network.blank)
        places = tf.constant(0), self.length
        return self._go_on(places, tokens, cache, seeds, labels, guidance, cached, **choice)[0]

    def _go_on(self, places, tokens, cache, seeds, labels=None, guidance=0.0, cached=True,
               known=0, offset=0, **choice):  # fmt: skip
        """Return the rows written from the first of `places` up to the second, and the cache.

        The tokens of the first `known` places stay, int32 or `[batch]`. Place t draws the noise of
        `offset` + t.
        """
        step = self._cached if cached else self._uncached
        labels, numbers = labelling.doubled(self.network, labels, guidance), tf.range(self.length)
        # All at once, before the loop, where export can tell it from the network.
        noise = sampling.gumbel(seeds, (self.length, self.vocabulary), offset * self.vocabulary)

        def body(position, tokens, cache):
            logits, cache = step(position, labelling.twice(tokens, guidance), cache, labels)
            logits = labelling.guided(logits, guidance)
            token = choose(logits, tf.gather(noise, position, axis=1), **choice)
            token = self._following(position, tokens, token)
            here = (numbers == position)[None] & (numbers[None] >= tf.reshape(known, [-1, 1]))
            return position + 1, tf.where(here, token[:, None], tokens), cache

        start, end = places
        loop = tf.while_loop(lambda position, *_: position < end, body, (start, tokens, cache))
        return loop[1:]

    def _following(self, position, tokens, token):
        """What is written at a place, int32 [batch], where `token` was chosen."""
        return token

    def _cached(self, position, tokens, cache, labels):
        previous = tf.gather(tokens, tf.maximum(position - 1, 0), axis=1)
        previous = tf.where(position == 0, self.network.blank, previous)
        return self.network.step(previous, position, cache, labels)

    def _uncached(self, position, tokens, cache, labels):
        return tf.gather(self._logits(tokens, labels), position, axis=1), cache
