"""Language models: an exact likelihood of texts, and texts written from it."""

import functools
from collections.abc import Iterator, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import ArrayLike

from tfgen import kinds, sampling
from tfgen.checks.examples import Examples
from tfgen.endpoints import Endpoint
from tfgen.priors import CausalTokenPrior
from tfgen.priors.checks import check_count, check_tokens
from tfgen.priors.token_prior import TokenPrior
from tfgen.text import likelihood, writing
from tfgen.text.endpoints import endpoints_of
from tfgen.text.ratio import RatioOfSums
from tfgen.tokenizers import counted


@keras.saving.register_keras_serializable(package="tfgen")
class LanguageModel(CausalTokenPrior):
    """A model of texts that predicts each token from those before it.

        log p(text) = sum_t log p(token_t | token_1 ... token_(t-1))

    It minimises `-log p`, in nats per row, on rows of tokens `[batch, length]`: windows of a stream
    of text, or whole texts, one a row, each ended and filled by `tokenizer.end`.

    Args:
        network: a `tfgen.networks.language_transformer` or `language_gru`.
        tokenizer: one of `tfgen.tokenizers`, with as many tokens as the network knows.
        padded: whether rows are whole texts. Then the first `end` counts, and nothing behind it.
        **kwargs: `name` and `dtype`.

    Logs: `loss`, in nats per row, and `nats_per_token`, over all tokens that count.

    Raises:
        ValueError: for another kind of network, and a tokenizer of another size.

    Example:
        >>> from tfgen import networks, tokenizers
        >>> characters = tokenizers.Characters.trained(["banana"])
        >>> network = networks.language_transformer(characters.size, 9, width=8, depth=1, heads=2)
        >>> model = LanguageModel(network, characters)
        >>> model.sample(3, seed=0, prompt="ban").shape
        TensorShape([3, 9])

    Reference: Bengio et al. 2003, "A neural probabilistic language model", equation 1; Radford et
        al. 2018, "Improving language understanding by generative pre-training", for transformers.
    """

    def __init__(
        self, network: keras.Model, tokenizer: Any, *, padded: bool = False, **kwargs: Any
    ):
        _check_sizes(network, tokenizer)
        TokenPrior.__init__(self, network, 0.0, ("loss",), **kwargs)
        self._trackers["nats_per_token"] = RatioOfSums(name="nats_per_token")
        self.tokenizer, self.padded = tokenizer, padded

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        config = super().get_config()
        del config["label_dropout"]
        return {**config, "tokenizer": self.tokenizer, "padded": self.padded}

    @property
    def kind(self) -> kinds.Kind:
        """Of what it writes: text in its tokens."""
        return kinds.Text(self.tokenizer)

    @property
    def takes(self) -> Examples:
        """What data must be: rows of tokens of the network's length and vocabulary."""
        return Examples(
            (self.length,),
            dtype="int32",
            check=functools.partial(check_tokens, vocabulary=self.vocabulary),
            takes="the network takes",
            fix="Make rows with tfgen.data.text, of the network's length.",
            name="rows of tokens",
        )

    # ------------------------------------------------------------------ likelihood

    def objective(
        self, indices: tf.Tensor, labels: tf.Tensor | None, training: bool
    ) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        """Return -log p of the rows, [batch] in nats, and with it the tokens that it is of."""
        if training:
            self.steps_trained.assign_add(1)
        nats, mask = self.token_nats(indices, training)
        loss, tokens = tf.reduce_sum(nats * mask, axis=-1), tf.reduce_sum(mask, axis=-1)
        return loss, {"nats_per_token": tf.stack([loss, tokens], axis=-1)}

    def token_nats(self, rows: tf.Tensor, training: bool = False) -> tuple[tf.Tensor, tf.Tensor]:
        """Return -log p of each token given those before it in its row, and which count.

        Args:
            rows: int [batch, length].
            training: whether networks leave out what they do in training.

        Returns:
            Two of float32 [batch, length]: nats, and 1 for tokens that count, 0 for the others.
        """
        rows = tf.cast(rows, tf.int32)
        logits = self._logits(rows, None, training)
        nats = tf.nn.sparse_softmax_cross_entropy_with_logits(rows, logits)
        return nats, counted(rows, self.tokenizer.end) if self.padded else tf.ones_like(nats)

    def log_prob(
        self, indices: tf.Tensor, labels: ArrayLike | None = None, training: bool = False
    ) -> tf.Tensor:
        """Return log p, float32 [batch] in nats, of rows of tokens int [batch, length]."""
        nats, mask = self.token_nats(indices, training)
        return -tf.reduce_sum(nats * mask, axis=-1)

    def log_likelihood(  # type: ignore[override]  # priors have labels
        self, texts: Sequence[str] | ArrayLike, per: str = "text", batch_size: int = 32
    ) -> np.ndarray:
        """Return log p of each text, float32 [count] in nats: exact.

        The end that `padded` models write behind a text is part of it, and of its nats. A text
        that is longer than the context is read by windows: see `stream_nats`.

        Args:
            texts: strings, or rows of tokens int [count, length].
            per: "text"; "token": divided by the tokens that count, the end among them where it
                does; "character": divided by the characters of the text, its end being none.
            batch_size: rows at a time.

        Raises:
            ValueError: for characters that the tokenizer does not know, which are named, for empty
                texts, for rows of another length, and for texts that do not fit a padded row.
        """
        return likelihood.of_texts(self, texts, per, batch_size)

    def stream_nats(
        self, stream: ArrayLike, stride: int | None = None, batch_size: int = 32
    ) -> np.ndarray:
        """Return -log p of every token of a long text, float32 [tokens] in nats.

        Windows of the network's length begin every `stride` tokens, and of each the last `stride`
        tokens count: every token is predicted from at least `length - stride` tokens before it,
        but for those of the first window, which have what there is.

        Args:
            stream: int [tokens].
            stride: from 1 to the length; by default half of it. 1 gives each token as much
                context as there is, at `length` times the cost.
            batch_size: windows at a time.

        Raises:
            ValueError: for an empty stream, tokens out of range, and another stride.
        """
        return likelihood.of_stream(self, stream, stride, batch_size)

    @tf.function(reduce_retracing=True)
    def _compiled_nats(self, rows):
        return self.token_nats(rows)

    # ------------------------------------------------------------------ sampling

    def sample(  # type: ignore[override]  # priors have labels
        self,
        count: int,
        seed: int = 0,
        *,
        prompt: str | ArrayLike | None = None,
        temperature: float = 1.0,
        top_k: int | None = None,
        top_p: float | None = None,
        length: int | None = None,
        start: int = 0,
    ) -> tf.Tensor:
        """Return `count` texts as rows of tokens, int32 [count, length].

        Row i depends on `seed` and i only. Behind the first end token, all are. Beyond the
        network's length the window slides: the last half of it is read again, as the beginning of
        the next, so that each token is written after at least half a window.

        Args:
            count: how many, at least 1.
            seed: int.
            prompt: what all begin with, a string or its tokens; it is part of the rows. Of one
                longer than the window, the last half window is read.
            temperature: at least 0: below 1, likelier texts and fewer of them; 0, the likeliest
                token each time.
            top_k: choose among the likeliest `top_k` tokens each time; None for all.
            top_p: choose among the likeliest tokens that reach this probability; None for all.
            length: tokens of a row, prompt included; by default those of the network.
            start: number of the first row, to draw many in parts.

        Raises:
            ValueError: for settings out of range, for characters of the prompt that the tokenizer
                does not know, which are named, for a prompt that leaves no token to write, and for
                rows of a padded model that are longer than it knows.
        """
        check_count(count)
        order = writing.order(self, prompt, length, temperature, top_k, top_p)
        return writing.rows(self, sampling.seeds(seed, count, start), order)

    def write(
        self,
        prompt: str | ArrayLike | None = None,
        *,
        seed: int = 0,
        temperature: float = 1.0,
        top_k: int | None = None,
        top_p: float | None = None,
        length: int | None = None,
        start: int = 0,
    ) -> Iterator[str]:
        """Yield the text of `sample(1, seed, start=start, ...)` piece by piece, as it is written.

        The prompt is not repeated; the text ends before its end token. Arguments and errors are
        those of `sample`.
        """
        order = writing.order(self, prompt, length, temperature, top_k, top_p)
        return writing.pieces(self, sampling.seeds(seed, 1, start), order)

    def check_order(self, prompt: str | ArrayLike | None = None, length: int | None = None,
                    temperature: float = 1.0, top_k: int | None = None,
                    top_p: float | None = None) -> None:  # fmt: skip
        """Raise `ValueError` for what `sample` could not follow."""
        writing.order(self, prompt, length, temperature, top_k, top_p)

    def _following(self, position, tokens, token):
        """After an end there is nothing but ends."""
        before = tf.gather(tokens, tf.maximum(position - 1, 0), axis=1)
        return tf.where(before == self.tokenizer.end, self.tokenizer.end, token)

    @tf.function(reduce_retracing=True, jit_compile=True)
    def _compiled_go_on(self, places, tokens, cache, seeds, known, offset, **choice):
        return self._go_on(places, tokens, cache, seeds, known=known, offset=offset, **choice)

    def written_on(
        self, seeds: tf.Tensor, tokens: tf.Tensor, count: tf.Tensor, temperature: tf.Tensor
    ) -> tf.Tensor:
        """Return rows that begin with the first `count` tokens, int32 [batch, length].

        Args:
            seeds: int32 [batch, 2], of `tfgen.sampling`.
            tokens: int32 [batch, length], of which those from `count` on are not looked at.
            count: int32 [batch], from 0 to length.
            temperature: float32 [batch].
        """
        cache = self.network.empty_cache(tf.shape(seeds)[0])
        places = tf.constant(0), self.length
        return self._go_on(places, tokens, cache, seeds, known=count, temperature=temperature)[0]

    def endpoints(self) -> dict[str, Endpoint]:
        """Return what the model offers: see `tfgen.text.endpoints`."""
        return endpoints_of(self)


def _check_sizes(network, tokenizer):
    if getattr(network, "num_classes", None) is not None:
        raise ValueError(
            f"LanguageModel received a network of {network.num_classes} classes: texts have none. "
            "Use tfgen.networks.language_transformer."
        )
    size = getattr(network, "vocabulary", None)
    if size is not None and size != tokenizer.size:
        raise ValueError(
            f"LanguageModel received a network of vocabulary={size} and a tokenizer of "
            f"{tokenizer.size} tokens: they must be equal. Build the network with "
            f"vocabulary={tokenizer.size}."
        )
