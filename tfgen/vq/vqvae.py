"""The vector-quantised autoencoder."""

import math
import os
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import ArrayLike

from tfgen import kinds, sampling
from tfgen.checks.examples import Examples
from tfgen.endpoints import Endpoint, of_seeds
from tfgen.kinds import Kind
from tfgen.likelihoods import image_network, waiting_for_data, with_learned_scale
from tfgen.metrics import CodebookPerplexity, CodebookUsage
from tfgen.training import GenerativeModel
from tfgen.training.mapping import over_data
from tfgen.vq.checks import check_indices_shape, check_networks


@keras.saving.register_keras_serializable(package="tfgen")
class VQVAE(GenerativeModel):
    """An autoencoder whose latents are indices of codes, for images and for sequences.

    It minimises, per example and in nats,

        loss = -log p(x | codes) + quantizer loss,   codes, indices = quantizer(encoder(x))

    Train a prior on its indices (`tfgen.priors`) to generate: they have none of their own.

    Args:
        encoder: built network, images `[batch, h, w, c]` or sequences `[batch, length, c]` →
            vectors `[batch, ..., code_dim]`, see `tfgen.networks.grid_encoder`.
        decoder: built network, codes of that shape → parameters of the likelihood; of a
            `Gaussian()` the means will do, to which a learned scale is added.
        quantizer: one of `tfgen.quantizers`.
        likelihood: `tfgen.likelihoods` object that turns the parameters into p(x | codes).
        warm_up: training steps in which the decoder sees what is to be quantized as it is. The
            quantizer learns meanwhile, without a word to the encoder.
        kind: what examples are, one of `tfgen.kinds`; by default images in the likelihood's range
            or points, by their shape.
        **kwargs: `name` and `dtype`.

    Logs: `loss`, `distortion` (-log p(x | codes)) and `quantizer_loss`, in nats per example;
    `usage`, the share of codes chosen in the epoch, and their `perplexity`. Validation quantizes
    from the first step on.

    Raises:
        ValueError: where networks, quantizer and likelihood don't fit together.

    Example:
        >>> from tfgen import likelihoods, networks, quantizers
        >>> encoder = networks.grid_encoder((8, 8, 1), code_dim=4)
        >>> decoder = networks.grid_decoder(4, (8, 8, 1))
        >>> quantizer = quantizers.EMAQuantizer(codebook_size=16, code_dim=4)
        >>> vqvae = VQVAE(encoder, decoder, quantizer, likelihoods.Bernoulli())
        >>> vqvae.encode_indices(tf.zeros([3, 8, 8, 1])).shape
        TensorShape([3, 2, 2])

    Reference:
        van den Oord et al. 2017, "Neural discrete representation learning", arXiv 1711.00937,
        equation 3; Łańcucki et al. 2020, arXiv 2005.08520, section III, for the warm-up.
    """

    def __init__(
        self,
        encoder: keras.Model,
        decoder: keras.Model,
        quantizer: keras.layers.Layer,
        likelihood: Any,
        warm_up: int = 0,
        kind: Kind | None = None,
        **kwargs: Any,
    ):
        decoder = with_learned_scale(encoder, decoder, likelihood)
        check_networks(encoder, decoder, quantizer, likelihood, warm_up)
        super().__init__(_trackers(quantizer), **kwargs)
        if not quantizer.built:
            quantizer.build(encoder.output_shape)
        self.encoder, self.decoder, self.quantizer = encoder, decoder, quantizer
        self.likelihood, self.warm_up = likelihood, warm_up
        self.example_shape = tuple(encoder.input_shape[1:])
        self.kind = kind or kinds.of(self.example_shape, likelihood.value_range)
        self.index_shape = quantizer.index_shape(tuple(encoder.output_shape[1:]))
        self.steps_trained = self.add_step_count()
        self.built = True

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        names = ("encoder", "decoder", "quantizer", "likelihood", "warm_up", "kind")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}

    @property
    def codebook_size(self) -> int:
        """The number of different indices."""
        return self.quantizer.codebook_size

    @property
    def token_count(self) -> int:
        """The number of indices of one example."""
        return math.prod(self.index_shape)

    @property
    def value_range(self) -> tuple[float, float] | None:
        """Black and white of examples that are images, (low, high); None for other kinds."""
        return self.kind.value_range

    # ------------------------------------------------------------------ training

    def objective(
        self, images: tf.Tensor, labels: tf.Tensor | None, training: bool
    ) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        """Return the loss [batch] and its terms; see the class."""
        _, terms = self.forward(images, training)
        return terms["distortion"] + terms["quantizer_loss"], terms

    def forward(self, images: tf.Tensor, training: bool) -> Any:
        """Return the parameters of p(x | codes), [batch, ...], and the terms of the objective."""
        vectors = self._vectors(images, training)
        codes, indices, quantizer_loss = self._quantized(vectors, training)
        parameters = self.decoder(codes, training=training)
        if training:
            self.steps_trained.assign_add(1)
        distortion = -self.likelihood(parameters).log_prob(images)
        terms = {"distortion": distortion, "quantizer_loss": quantizer_loss}
        return parameters, {**terms, "usage": indices, "perplexity": indices}

    def _vectors(self, images, training=False):
        return tf.cast(self.encoder(images, training=training), tf.float32)

    def _quantized(self, vectors, training):
        """The codes, or in the first steps of training what they are to approximate."""
        if not (training and self.warm_up):
            return self.quantizer(vectors, training=training)
        warming = self.steps_trained < self.warm_up
        seen = tf.where(warming, tf.stop_gradient(vectors), vectors)
        codes, indices, loss = self.quantizer(seen, training=True)
        return tf.where(warming, self.quantizer.bound(vectors), codes), indices, loss

    def waiting(self) -> Sequence[Any]:
        """Return what starts from the first data that are fitted: a learned scale."""
        return waiting_for_data(self.decoder)

    @property
    def takes(self) -> Any:
        """What data must be: examples of the encoder's shape, in the likelihood's range."""
        return Examples(
            self.example_shape,
            check=self.likelihood.check,
            takes="the encoder takes",
            name=self.kind.plural,
        )

    def check_trained(self, who: str) -> None:
        """Raise `ValueError` where the model was never trained; `who` asks."""
        if int(tf.convert_to_tensor(self.steps_trained)) == 0:
            raise ValueError(
                f"{who} received a VQVAE that was never trained: its indices mean nothing yet. "
                "Train it by fit, or load one that is trained."
            )

    def suited_callbacks(
        self,
        examples: tf.Tensor,
        directory: str | os.PathLike,
        every: int = 1,
        tensorboard: str | os.PathLike | None = None,
    ) -> list[keras.callbacks.Callback]:
        """Return reconstructions: tokens that come from no prior look like nothing."""
        from tfgen import callbacks

        return [callbacks.Reconstructions(directory, examples[:30], every)]

    # ------------------------------------------------------------------ use

    def call(self, images: ArrayLike, training: bool = False) -> tf.Tensor:
        """Return the reconstructions [batch, ...] through the codes."""
        images = images[0] if isinstance(images, (list, tuple)) else images
        return self.reconstruct(images)

    def encode_latents(self, images: ArrayLike, labels: ArrayLike | None = None) -> tf.Tensor:
        """Return what a prior learns: the indices as rows of tokens, int32 [batch, length]."""
        return tf.reshape(self.encode_indices(images), [-1, self.token_count])

    def decode_latents(self, latents: ArrayLike, labels: ArrayLike | None = None) -> tf.Tensor:
        """Return the mean example for rows of tokens, int [batch, length]: [batch, ...]."""
        return self.decode_indices(tf.reshape(latents, [-1, *self.index_shape]))

    def latents(
        self,
        data: ArrayLike | tuple | tf.data.Dataset,
        batch_size: int = 128,
        verbose: int | str = "auto",
    ) -> np.ndarray:
        """Return the indices of each example, int32 [count, h, w] or [count, l]: one array.

        Args:
            data: examples, or a finite `tf.data.Dataset` of batches of these.
            batch_size: for arrays: examples at a time.
            verbose: "auto" shows a bar on a terminal where it takes long; 1 always, 0 never.
        """

        def indices(examples, labels):
            return self.encode_indices(examples)

        return over_data(self, "latents", indices, data, batch_size, verbose)

    def encode_indices(self, images: ArrayLike) -> tf.Tensor:
        """Return the indices, int32 [batch, h, w] or [batch, l], of images or sequences.

        A residual quantizer has as many for each vector as it has stages, on a last axis.
        """
        return self.quantizer(self._vectors(images)).indices

    def decode_indices(self, indices: tf.Tensor) -> tf.Tensor:
        """Return the mean image of p(x | codes), float32 [batch, ...], for indices [batch, ...].

        Raises:
            ValueError: for indices of another shape and, outside of graphs, out of range.
        """
        indices = tf.convert_to_tensor(indices)
        check_indices_shape(indices, self.index_shape)
        return self._images(self.quantizer.lookup(indices))

    def reconstruct(self, images: ArrayLike) -> tf.Tensor:
        """Return the mean image of p(x | codes) at the codes of x, float32 [batch, ...]."""
        return self._images(self.quantizer(self._vectors(images)).codes)

    def _images(self, codes):
        network, images = image_network(self.decoder, self.likelihood)
        return images(network(codes, training=False))

    def endpoints(self) -> dict[str, Endpoint]:
        """Return what the model offers to the outside: encode, decode, reconstruct."""
        examples, kind = self.kind.plural, {self.kind.plural: self.kind}

        def encode(**given):
            """Write each example as a grid of codebook indices."""
            return {"indices": self.encode_indices(given[examples])}

        def decode(indices):
            """Draw an example from each grid of codebook indices."""
            return {examples: self.decode_indices(indices)}

        def reconstruct(**given):
            """Draw each example anew from its codebook indices."""
            return {examples: self.reconstruct(given[examples])}

        def some_indices(seeds):
            return {"indices": self._random_indices(seeds)}

        def some_examples(seeds):
            return {examples: self.decode_indices(self._random_indices(seeds))}

        given = {examples: tf.TensorSpec([None, *self.example_shape], tf.float32)}
        indices = {"indices": tf.TensorSpec([None, *self.index_shape], tf.int32)}
        return {
            "encode": of_seeds(encode, given, some_examples),
            "decode": of_seeds(decode, indices, some_indices, outputs=kind),
            "reconstruct": of_seeds(reconstruct, given, some_examples, outputs=kind),
        }

    def _random_indices(self, seeds):
        noise = sampling.uniform(seeds, self.index_shape)
        return tf.cast(noise * self.codebook_size, tf.int32)


def _trackers(quantizer):
    names = ("loss", "distortion", "quantizer_loss")
    counts = (quantizer.codebook_size, quantizer.stages)
    return {
        **{name: keras.metrics.Mean(name=name) for name in names},
        "usage": CodebookUsage(*counts),
        "perplexity": CodebookPerplexity(*counts),
    }
