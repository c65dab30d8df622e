"""A tokenizer and a prior over its tokens, as one."""

import keras
import tensorflow as tf

from tfgen import sampling
from tfgen.priors.checks import check_count, check_labelled, parts
from tfgen.priors.seeded import seeded_endpoint
from tfgen.training import GenerativeModel


@keras.saving.register_keras_serializable(package="tfgen")
class TokenGenerator(GenerativeModel):
    """Samples end to end: the prior writes a row of tokens, the autoencoder draws it.

    Its `fit`, on images or on (images, labels), trains the prior on the tokens of a batch at a
    time, and leaves the autoencoder as it is; a prior that was trained by its own `fit` is as good.
    It is saved as one file, and its endpoint `generate` is one graph from a seed to an image.

    Args:
        vqvae: a trained `tfgen.VQVAE`.
        prior: a prior of `tfgen.priors` over its tokens.
        settings: how the prior draws: keyword arguments of its `draw`, such as
            `{"temperature": 0.9, "guidance": 1.0}`.
        untrained: accept an autoencoder that was never trained, as one is whose weights are to be
            loaded.
        **kwargs: `name` and `dtype`.

    Logs: what the prior logs.

    Raises:
        ValueError: where vocabulary or length of the prior are not those of the autoencoder, where
            that one was never trained, and for settings that the prior refuses. `sample` and
            `endpoints` refuse a prior that was never trained.
    """

    def __init__(self, vqvae, prior, settings=None, *, untrained=False, **kwargs):
        super().__init__({tracker.name: tracker for tracker in prior.metrics}, **kwargs)
        _check_fit(vqvae, prior)
        prior.check_settings(**(settings or {}))
        if not untrained:
            vqvae.check_trained("TokenGenerator")
        self.vqvae, self.prior = vqvae, prior
        self.settings = dict(settings or {})
        self.num_classes = prior.num_classes
        self.built = True

    def get_config(self):
        """Return the constructor's arguments."""
        own = {"vqvae": self.vqvae, "prior": self.prior, "settings": dict(self.settings)}
        return {**super().get_config(), **own}

    @classmethod
    def from_config(cls, config):
        """Build the model that `get_config` describes; its weights follow."""
        return super().from_config({**config, "untrained": True})

    # ------------------------------------------------------------------ training

    def objective(self, images, labels, training):
        """Return the loss [batch] of the prior on the tokens of the images, and its terms."""
        indices = self.vqvae.encode_indices(images)
        return self.prior.objective(tf.reshape(indices, [-1, self.prior.length]), labels, training)

    @property
    def trainable_variables(self):
        """The prior's: `fit` trains nothing else."""
        return self.prior.trainable_variables

    def check_data(self, data):
        """Raise `ValueError` for images that the autoencoder can't take, and missing labels."""
        self.vqvae.check_data(data)
        check_labelled("TokenGenerator", "images", parts(data)[1], self.prior.network)

    # ------------------------------------------------------------------ use

    @property
    def value_range(self):
        """Black and white of the images, (low, high)."""
        return self.vqvae.value_range

    def call(self, inputs, training=False):
        """Return the images [batch, ...] of seeds int32 [batch, 2], or of [seeds, labels]."""
        seeds, labels = inputs if isinstance(inputs, (list, tuple)) else (inputs, None)
        return self.images(seeds, labels)

    def images(self, seeds, labels=None):
        """Return an image for each seed, float32 [batch, ...], in the likelihood's range."""
        return self.vqvae.decode_indices(self.indices(seeds, labels))

    def indices(self, seeds, labels=None):
        """Return the indices of an image for each seed, int32 [batch, h, w]."""
        rows = self.prior.draw(seeds, labels, **self.settings)
        return tf.reshape(rows, [-1, *self.vqvae.index_shape])

    def sample(self, count, seed=0, labels=None):
        """Return `count` images, [count, ...].

        Image i depends on `seed`, i and its label only: more begin with the same ones.

        Args:
            count: how many, at least 1.
            seed: int; the same seed gives the same images, here and in every exported file.
            labels: int [count], for a class-conditional prior.

        Raises:
            ValueError: for a count below 1, for missing labels, and for an untrained prior.
        """
        check_count(count)
        self.prior.check_trained("TokenGenerator.sample")
        return self.images(sampling.seeds(seed, count), labels)

    def endpoints(self):
        """Return what the model offers to the outside: generate, tokens and decode."""
        self.prior.check_trained("TokenGenerator.endpoints")

        def generate(seed, label=None):
            """Draw an image from each seed."""
            return {"images": self.images(seed, label)}

        def tokens(seed, label=None):
            """Write a grid of codebook indices from each seed, as generate draws it."""
            return {"indices": self.indices(seed, label)}

        return {
            "generate": seeded_endpoint(generate, self.num_classes),
            "tokens": seeded_endpoint(tokens, self.num_classes),
            "decode": self.vqvae.endpoints()["decode"],
        }


def _check_fit(vqvae, prior):
    """Raise `ValueError` where the prior is not one over the tokens of this autoencoder."""
    checks = [
        ("vocabulary", prior.vocabulary, "codebook_size", vqvae.codebook_size),
        ("length", prior.length, "token_count", vqvae.token_count),
    ]
    for what, received, source, expected in checks:
        if received != expected:
            raise ValueError(
                f"TokenGenerator received a prior of {what}={received}: the VQVAE's {source} is "
                f"{expected}. Train a prior with {what}={expected} on the tokens of this VQVAE."
            )
