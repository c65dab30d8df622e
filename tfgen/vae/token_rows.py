"""Distributions over rows of tokens that are written one by one."""

from collections.abc import Callable

import keras
import tensorflow as tf
import tensorflow_probability as tfp

from tfgen import sampling
from tfgen.priors.choices import choose
from tfgen.tokenizers.rows import counted


class TokenRows(tfp.distributions.Distribution):
    """p(tokens | z) of a decoder that sees z and the tokens before each place.

        log p(tokens | z) = sum over counted t of log p(token_t | token_1 ... token_(t-1), z)

    Args:
        decoder: a network of `tfgen.networks`, such as `gru_text_decoder`.
        z: float32 `[batch, latent_dim]`.
        end: the token that ends a text: what follows the first one of a row is not counted, and
            is `end` in what is drawn. None counts all.
        hide: rows int32 → rows in which some tokens are blank: what the decoder sees of them.
        training: whether the decoder runs in training mode.

    Example:
        >>> from tfgen import networks
        >>> decoder = networks.gru_text_decoder(5, 6, latent_dim=2, width=8)
        >>> rows = TokenRows(decoder, tf.zeros([3, 2]), end=4)
        >>> rows.log_prob(tf.zeros([3, 6], tf.int32)).shape, rows.sample(seed=0).shape
        (TensorShape([3]), TensorShape([3, 6]))
    """

    def __init__(
        self,
        decoder: keras.Model,
        z: tf.Tensor,
        end: int | None = None,
        hide: Callable | None = None,
        training: bool = False,
    ):
        given = {"decoder": decoder, "z": z, "end": end, "hide": hide, "training": training}
        super().__init__(
            dtype=tf.int32,
            reparameterization_type=tfp.distributions.NOT_REPARAMETERIZED,
            validate_args=False,
            allow_nan_stats=True,
            parameters=given,
            name="TokenRows",
        )
        self._decoder, self._z, self._end = decoder, tf.convert_to_tensor(z, tf.float32), end
        self._hide, self._training = hide, training

    def nats(self, tokens: tf.Tensor) -> tf.Tensor:
        """Return -log p of each token, float32 `[batch, length]`; 0 where none is counted."""
        tokens = tf.cast(tokens, tf.int32)
        seen = tokens if self._hide is None else self._hide(tokens)
        logits = self._decoder([self._z, seen], training=self._training)
        nats = tf.nn.sparse_softmax_cross_entropy_with_logits(tokens, tf.cast(logits, tf.float32))
        return nats if self._end is None else nats * counted(tokens, self._end)

    def _log_prob(self, tokens):
        return -tf.reduce_sum(self.nats(tokens), axis=-1)

    def _sample_n(self, n, seed=None):
        seed = tf.reshape(tf.cast(tfp.random.sanitize_seed(seed), tf.int32), [2])
        batch = tf.shape(self._z)[0]
        rows = sampling.seeds(sampling.fold(seed[0], seed[1]), n * batch)
        drawn = written(self._decoder, tf.tile(self._z, [n, 1]), rows, self._end)
        return tf.reshape(drawn, [n, batch, self._decoder.length])

    def _batch_shape(self):
        return self._z.shape[:1]

    def _batch_shape_tensor(self):
        return tf.shape(self._z)[:1]

    def _event_shape(self):
        return tf.TensorShape([self._decoder.length])

    def _event_shape_tensor(self):
        return tf.constant([self._decoder.length])


def written(decoder, z, seeds=None, end=None, **choice):
    """Return a row of tokens for each latent, int32 [batch, length], written one by one.

    Args:
        decoder: as for `TokenRows`.
        z: float32 [batch, latent_dim].
        seeds: int32 [batch, 2], of `tfgen.sampling`; None takes the likeliest token each time.
        end: as for `TokenRows`; writing stops once all rows have ended.
        **choice: `temperature`, `top_k` and `top_p` of `priors.choices.choose`.
    """
    batch, length = tf.shape(z)[0], decoder.length
    # All at once, before the loop, where export can tell it from the network.
    noise = None if seeds is None else sampling.gumbel(seeds, (length, decoder.vocabulary))
    places = tf.range(length)

    def body(position, previous, tokens, ended, cache):
        logits, cache = decoder.step(previous, position, cache)
        if noise is None:
            token = tf.argmax(logits, axis=-1, output_type=tf.int32)
        else:
            token = choose(logits, tf.gather(noise, position, axis=1), **choice)
        if end is not None:
            token = tf.where(ended, end, token)
            ended = tf.equal(token, end)
        tokens = tf.where((places == position)[None], token[:, None], tokens)
        return position + 1, token, tokens, ended, cache

    def unfinished(position, previous, tokens, ended, cache):
        return (position < length) & ~tf.reduce_all(ended)

    empty = tf.fill([batch, length], 0 if end is None else end)
    start = (tf.constant(0), tf.fill([batch], decoder.blank), empty, tf.fill([batch], False),
             decoder.start(z))  # fmt: skip
    return tf.while_loop(unfinished, body, start)[2]
