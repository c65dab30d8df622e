"""The variational autoencoder of texts."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf
import tensorflow_probability as tfp
from numpy.typing import ArrayLike

from tfgen import kinds, sampling
from tfgen.checks.examples import Examples
from tfgen.checks.numbers import check_integer, check_number
from tfgen.losses import rates
from tfgen.priors.checks import check_count, check_tokens
from tfgen.priors.choices import check_settings
from tfgen.vae.checks import check_text_networks
from tfgen.vae.text_rows import check_per, divided, rows_of
from tfgen.vae.token_rows import TokenRows, written
from tfgen.vae.vae import VAE


@keras.saving.register_keras_serializable(package="tfgen")
class TextVAE(VAE):
    """A VAE of texts, whose decoder writes a text token by token with z in view.

        loss = -log p(text | z) + beta * rate(KL(q(z | text) || p(z))),   z ~ q(z | text)
        log p(text | z) = sum_t log p(token_t | token_1 ... token_(t-1), z)

    Its bound is about that of a language model of the same size; what it has beyond is the space of
    z, in which texts have a place and a way between them. A strong decoder learns to do without z:
    `rate=FreeBits(0.25)`, `beta=Cyclic(...)` and `word_dropout=0.3` are against that.

    Args:
        encoder: built network, rows of tokens → [batch, 2 * latent_dim], such as
            `tfgen.networks.gru_text_encoder`.
        decoder: network of `tfgen.networks.gru_text_decoder` or `transformer_text_decoder`.
        tokenizer: a `tfgen.tokenizers.Tokenizer`, between texts and rows.
        latent_dim: size of z.
        padded: whether rows are texts that end; what follows a row's first end token then neither
            counts nor is looked at. False for windows of a stream, whose every token counts.
        word_dropout: share of the tokens that the decoder does not see in training, in [0, 1).
        beta: weight of the rate: a float, or a schedule of `tfgen.schedules`.
        rate: as for `VAE`.
        prior: as for `VAE`.
        **kwargs: `name` and `dtype`.

    Logs: `loss`, `distortion`, `rate`, `elbo`, in nats per text, its end token included, and
    `active_units`.

    Raises:
        ValueError: where networks, tokenizer and `latent_dim` don't fit together.

    Example:
        >>> from tfgen import networks, tokenizers
        >>> tokenizer = tokenizers.Characters("abc")
        >>> encoder = networks.gru_text_encoder(4, 6, outputs=4, width=8, end=3)
        >>> decoder = networks.gru_text_decoder(4, 6, latent_dim=2, width=8)
        >>> vae = TextVAE(encoder, decoder, tokenizer, latent_dim=2)
        >>> vae.encode(["abba", "c"]).mean().shape, vae.sample(3, seed=0).shape
        (TensorShape([2, 2]), TensorShape([3, 6]))

    Reference:
        Bowman et al. 2016, arXiv 1511.06349, section 3; Kingma et al. 2016, arXiv 1606.04934,
        for free bits; Fu et al. 2019, arXiv 1903.10145, for cyclic weights.
    """

    def __init__(
        self,
        encoder: keras.Model,
        decoder: keras.Model,
        tokenizer: Any,
        latent_dim: int,
        *,
        padded: bool = True,
        word_dropout: float = 0.0,
        beta: float | Callable = 1.0,
        rate: Callable = rates.Total(),  # noqa: B008 - immutable
        prior: Any = None,
        **kwargs: Any,
    ):
        owner = type(self).__name__
        check_text_networks(owner, encoder, decoder, tokenizer, latent_dim, padded)
        check_number(owner, "word_dropout", word_dropout, "Use 0.3.", least=0, below=1)
        own = {"beta": beta, "rate": rate, "prior": prior, "num_classes": None}
        kind = kinds.Text(tokenizer)
        super().__init__(encoder, decoder, None, latent_dim, kind=kind, **own, **kwargs)
        self.tokenizer, self.padded, self.word_dropout = tokenizer, padded, word_dropout
        self.vocabulary, self.length = decoder.vocabulary, decoder.length

    def _checked_shape(self, encoder, decoder, *others):
        return (decoder.length,)  # checked above

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        config = super().get_config()
        for name in ("likelihood", "num_classes", "kind"):
            del config[name]
        names = ("tokenizer", "padded", "word_dropout")
        return {**config, **{name: getattr(self, name) for name in names}}

    @property
    def takes(self) -> Any:
        """What data must be: rows of tokens of the networks' length and vocabulary."""
        return Examples(
            self.example_shape,
            dtype="int32",
            check=lambda values: check_tokens(values, self.vocabulary),
            takes="the networks take rows of",
            fix="Open texts by tfgen.data.open_text(..., length=...), or pass strings.",
            name="texts",
        )

    # ------------------------------------------------------------------ distributions

    def decode(
        self, z: ArrayLike, labels: ArrayLike | None = None, training: bool = False
    ) -> tfp.distributions.Distribution:
        """Return p(text | z): `log_prob(tokens)` [batch] in nats, and `sample(seed=...)`.

        A row's probability is that of each token given z and those before it: all at once.
        """
        hide = self._hidden if training and self.word_dropout else None
        return TokenRows(self.decoder, z, self._end, hide, training)

    @property
    def _end(self):
        return self.tokenizer.end if self.padded else None

    def _hidden(self, tokens):
        """Return rows in which a random share of the tokens is blank."""
        noise = sampling.uniform(self.row_seeds(tf.shape(tokens)[0]), (self.length,))
        return tf.where(noise < self.word_dropout, self.decoder.blank, tokens)

    def posterior_parameters(
        self, images: Any, labels: ArrayLike | None = None, training: bool = False
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Return mean and deviation of q(z | x), [batch, latent_dim] each, of texts or rows."""
        return super().posterior_parameters(self.rows(images), labels, training)

    def rows(self, texts: Any) -> Any:
        """Return strings as rows of tokens, int32 [count, length]; anything else as it is.

        Raises:
            ValueError: for a text with unknown characters, or with more tokens than a row.
        """
        return rows_of(self, texts)

    def texts(self, rows: ArrayLike) -> list[str]:
        """Return rows of tokens as strings."""
        return kinds.Text(self.tokenizer).texts(np.asarray(rows))

    # ------------------------------------------------------------------ use

    def decode_examples(self, z: ArrayLike, labels: ArrayLike | None = None) -> tf.Tensor:
        """Return the text of each latent, the likeliest token each time: int32 [batch, length]."""
        return self._written(z)

    def generate(
        self, seeds: tf.Tensor, labels: ArrayLike | None = None, **settings: Any
    ) -> tf.Tensor:
        """Return a text for each seed, int32 [batch, length]: z of the prior, then tokens.

        Args:
            seeds: int32 [batch, 2], of `tfgen.sampling`.
            labels: None.
            **settings: `temperature`, `top_k` and `top_p`, as for `sample`.
        """
        z = self.prior.draw(seeds)
        return self._written(z, sampling.stream(tf.convert_to_tensor(seeds), 1), **settings)

    def sample(
        self, count: int, seed: int = 0, labels: ArrayLike | None = None, **settings: Any
    ) -> tf.Tensor:
        """Return `count` texts from the prior, int32 [count, length]; `texts` makes them strings.

        Text i depends on `seed` and i only: more begin with the same ones.

        Args:
            count: how many, at least 1.
            seed: int.
            labels: None.
            **settings: `temperature`, at least 0, below 1 for likelier tokens, 0 for the likeliest;
                `top_k`, to choose among so many; `top_p`, among those that reach it together.

        Raises:
            ValueError: for a count below 1, and settings out of range.
        """
        check_count(count)
        return self.generate(sampling.seeds(seed, count), **settings)

    def decode_texts(self, z: ArrayLike, seed: int | None = None, **settings: Any) -> list[str]:
        """Return the text of each latent, a list of strings.

        Args:
            z: float32 [batch, latent_dim].
            seed: int, to draw tokens; None takes the likeliest each time.
            **settings: as for `sample`.
        """
        seeds = None if seed is None else sampling.seeds(seed, tf.shape(z)[0])
        return self.texts(self._written(z, seeds, **settings))

    def interpolate(self, start: str, end: str, steps: int = 8) -> list[str]:
        """Return the texts on the straight way between two, both ends anew included.

        Args:
            start: a text.
            end: another.
            steps: how many texts, at least 2.

        Reference: Bowman et al. 2016, arXiv 1511.06349, section 5.3.
        """
        check_integer("interpolate", "steps", steps, "Use 8.", least=2)
        return self.decode_texts(self.way(start, end, steps))

    def way(self, start: str, end: str, steps: int = 8) -> tf.Tensor:
        """Return the latents of `interpolate`, float32 [steps, latent_dim]."""
        first, last = tf.unstack(self.encode([start, end]).mean())
        shares = tf.linspace(0.0, 1.0, steps)[:, None]
        return (1 - shares) * first + shares * last

    def latents(self, data: Any, batch_size: int = 128, verbose: int | str = "auto") -> np.ndarray:
        """Return the posterior mean of each text, float32 [count, latent_dim]; see `VAE`."""
        return super().latents(self.rows(data), batch_size, verbose)

    def log_likelihood(
        self,
        data: Any,
        num_samples: int = 100,
        seed: int = 0,
        batch_size: int = 128,
        verbose: int | str = "auto",
        per: str = "text",
    ) -> np.ndarray:
        """Return an estimate of log p(text) for each text, float32 [count], in nats.

        The importance-weighted bound, as for `VAE.log_likelihood`. That a text ends is part of it:
        the nats of its end token count.

        Args:
            data: strings, rows of tokens, or a finite `tf.data.Dataset` of batches of rows.
            num_samples: importance samples for each text, at least 1.
            seed: int, of the posterior's noise.
            batch_size: for arrays: texts at a time.
            verbose: as for `VAE.log_likelihood`.
            per: "text"; "token": divided by the tokens that count, the end among them;
                "character": divided by the characters of the text, its end being none.

        Raises:
            ValueError: for unknown characters, texts longer than a row, empty ones by the
                character, and another `per`.
        """
        check_per(self, per)
        data = self.rows(data)
        found = super().log_likelihood(data, num_samples, seed, batch_size, verbose)
        return divided(self, found, data, per)

    def check_choice(
        self, temperature: float = 1.0, top_k: int | None = None, top_p: float | None = None
    ) -> None:
        """Raise `ValueError` for settings that `sample` could not follow."""
        check_settings(self, temperature, top_k, top_p, guidance=0.0)

    def _written(self, z, seeds=None, **settings):
        choice = {"temperature": 1.0, "top_k": None, "top_p": None, **settings}
        self.check_choice(**choice)
        write = self._compiled_write if tf.executing_eagerly() else self._write
        return write(tf.convert_to_tensor(z, tf.float32), seeds, **choice)

    # The whole loop as one program: its many small operations cost more one by one than computed.
    @tf.function(reduce_retracing=True, jit_compile=True)
    def _compiled_write(self, z, seeds, **choice):
        return self._write(z, seeds, **choice)

    def _write(self, z, seeds, **choice):
        # In a graph, a function of its own would hide the noise that export looks for.
        return written(self.decoder, z, seeds, self._end, **choice)
