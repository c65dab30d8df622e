"""The variational autoencoder."""

import os
from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf
import tensorflow_probability as tfp
from numpy.typing import ArrayLike

from tfgen import kinds, sampling
from tfgen.checks.examples import Examples
from tfgen.checks.terms import check_per_example
from tfgen.endpoints import Endpoint, of_seeds
from tfgen.kinds import Kind
from tfgen.labels import apply_network
from tfgen.likelihoods import image_network, positive, waiting_for_data, with_learned_scale
from tfgen.losses import AggregateRate, Latents, rates
from tfgen.metrics import ActiveUnits
from tfgen.priors import StandardNormal
from tfgen.priors.checks import check_count
from tfgen.schedules import value
from tfgen.training import GenerativeModel
from tfgen.training.mapping import over_data
from tfgen.vae.checks import check_numbers, check_trained, checked_shape
from tfgen.vae.likelihood_bounds import importance_log_likelihood

tfd = tfp.distributions


@keras.saving.register_keras_serializable(package="tfgen")
class VAE(GenerativeModel):
    """A variational autoencoder with a diagonal Gaussian posterior.

    It minimises, per example and in nats,

        loss = -log p(x | z) + beta * rate(KL(q(z | x) || p(z))),   z ~ q(z | x)

    which is minus the evidence lower bound when `beta=1` and `rate=Total()`, the defaults.

    Args:
        encoder: built network, images -> [batch, 2 * latent_dim]: means and raw scales.
        decoder: built network, z -> parameters of the likelihood, [batch, h, w, parameters]; of a
            `Gaussian()` the means will do, to which a learned scale is added.
        likelihood: `tfgen.likelihoods` object that turns the parameters into p(x | z).
        latent_dim: size of z.
        beta: weight of the rate: a float, or a schedule of `tfgen.schedules`.
        rate: `(kl [batch, latent_dim], step) -> [batch]`, from `tfgen.losses`, e.g.
            `FreeBits(0.1)`; or an `AggregateRate`, which is given the latents too, e.g.
            `TotalCorrelation(examples=60_000)`.
        num_classes: for a class-conditional model, whose networks take `[x, labels]`.
        prior: p(z), a `tfgen.priors.Prior` over z; `priors.StandardNormal` if none is given. Its
            weights, if it has any, train with the rest.
        kind: what examples are, one of `tfgen.kinds`; by default images in the likelihood's range
            or points, by their shape.
        **kwargs: `name` and `dtype`.

    Logs: `loss`, `distortion` (-log p(x|z)), `rate` (the KL, without weights), `elbo`
    (-(distortion + rate)), all in nats per example, and `active_units`.

    Raises:
        ValueError: where the shapes of networks, likelihood and `latent_dim` don't fit together.

    Example:
        >>> from tfgen import likelihoods, networks
        >>> encoder = networks.mlp((8, 8, 1), (4,))
        >>> decoder = networks.mlp((2,), (8, 8, 1))
        >>> vae = VAE(encoder, decoder, likelihoods.Bernoulli(), latent_dim=2)
        >>> vae.sample(3, seed=0).shape
        TensorShape([3, 8, 8, 1])

    Reference:
        Kingma and Welling 2013, arXiv 1312.6114, equation 10; Higgins et al. 2017 for beta.
    """

    encoded_per_unit = 2  # outputs of the encoder for each unit: mean and raw scale

    def __init__(
        self,
        encoder: keras.Model,
        decoder: keras.Model,
        likelihood: Any,
        latent_dim: int,
        *,
        beta: float | Callable = 1.0,
        rate: Callable = rates.Total(),  # noqa: B008 - immutable
        num_classes: int | None = None,
        prior: Any = None,
        kind: Kind | None = None,
        **kwargs: Any,
    ):
        owner = type(self).__name__
        check_numbers(owner, latent_dim, beta, rate, num_classes)
        decoder = with_learned_scale(encoder, decoder, likelihood)
        shape = self._checked_shape(encoder, decoder, likelihood, latent_dim, num_classes)
        trackers = {n: keras.metrics.Mean(name=n) for n in ("loss", "distortion", "rate", "elbo")}
        trackers["active_units"] = ActiveUnits(latent_dim)
        super().__init__(trackers, **kwargs)
        self.encoder, self.decoder = encoder, decoder
        self.likelihood, self.latent_dim = likelihood, latent_dim
        self.beta, self.rate, self.num_classes = beta, rate, num_classes
        self.example_shape = shape
        self.prior = StandardNormal(latent_dim) if prior is None else prior
        self.kind = kind or kinds.of(self.example_shape, likelihood.value_range)
        if hasattr(self.prior, "join"):  # a prior that is made of the encoder
            self.prior.join(self)
        self.built = True

    def _checked_shape(self, *given):
        """Return the shape of an example; raise `ValueError` where what is given doesn't fit."""
        _, _, _, latent_dim, _ = given
        return checked_shape(type(self).__name__, *given, self.encoded_per_unit * latent_dim)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        names = ("encoder", "decoder", "likelihood", "latent_dim", "beta", "rate", "num_classes",
                 "prior", "kind")  # fmt: skip
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}

    # ------------------------------------------------------------------ distributions

    @property
    def value_range(self) -> tuple[float, float] | None:
        """Black and white of examples that are images, (low, high); None for other kinds."""
        return self.kind.value_range

    def encode(
        self, images: ArrayLike, labels: ArrayLike | None = None, training: bool = False
    ) -> tfp.distributions.Distribution:
        """Return q(z | x), a `tfd.Distribution` of batch shape [batch], event [latent_dim].

        Of a batch, that is: `latents` takes whole data sets.
        """
        mean, scale = self.posterior_parameters(images, labels, training)
        return tfd.Independent(tfd.Normal(mean, scale), 1)

    def decode(
        self, z: ArrayLike, labels: ArrayLike | None = None, training: bool = False
    ) -> tfp.distributions.Distribution:
        """Return p(x | z), a `tfd.Distribution` of batch shape [batch], event [h, w, c]."""
        return self.likelihood(self._parameters(z, labels, training))

    def posterior_parameters(
        self, images: ArrayLike, labels: ArrayLike | None = None, training: bool = False
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Return mean and deviation of q(z | x), float32 [batch, latent_dim] each."""
        if isinstance(images, tf.data.Dataset):
            raise ValueError(
                f"{type(self).__name__} received a dataset in the place of a batch: use latents("
                "dataset) for its latents, or a loop over its batches."
            )
        outputs = apply_network(self, self.encoder, images, labels, training)
        return self._as_posterior(tf.cast(outputs, tf.float32))

    def _as_posterior(self, outputs):
        """Mean and scale, each [batch, latent_dim], of what the encoder gives."""
        mean, raw_scale = tf.split(outputs, self.encoded_per_unit, axis=-1)
        return mean, positive(raw_scale) + 1e-6  # never 0: the KL takes its logarithm

    def _parameters(self, z, labels, training=False):
        return apply_network(self, self.decoder, z, labels, training)

    # ------------------------------------------------------------------ training

    def objective(
        self, images: tf.Tensor, labels: tf.Tensor | None, training: bool
    ) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        """Return the loss [batch] and its terms; see the class."""
        return self._bound(images, labels, training)[:2]

    def _bound(self, images, labels, training):
        """Return the loss [batch], its terms and z."""
        posterior = self.encode(images, labels, training)
        z = self._reparameterise(posterior, sampling.normal)
        distortion = -self.decode(z, labels, training).log_prob(images)
        kl = self.prior.kl(posterior, z, labels)
        rate = self._rate(kl, posterior, z, labels)
        check_per_example(type(self).__name__, "the rate", rate)
        loss = distortion + value(self.beta, self.step) * rate
        return loss, self._terms(distortion, tf.reduce_sum(kl, axis=-1), posterior), z

    def _reparameterise(self, posterior, noise):
        mean, scale = posterior.mean(), posterior.stddev()
        return mean + scale * noise(self.row_seeds(tf.shape(mean)[0]), (self.latent_dim,))

    def _rate(self, kl, posterior, z, labels):
        if not isinstance(self.rate, AggregateRate):
            return self.rate(kl, self.step)
        drawn = self.prior.draw(self.row_seeds(tf.shape(z)[0]), labels)
        latents = Latents(posterior.mean(), posterior.stddev(), z, drawn)
        return self.rate(kl, self.step, latents)

    def _terms(self, distortion, rate, posterior):
        elbo = -(distortion + rate)
        means = posterior.mean()
        return {"distortion": distortion, "rate": rate, "elbo": elbo, "active_units": means}

    def waiting(self) -> Sequence[Any]:
        """Return what starts from the first data that are fitted: a learned scale."""
        return waiting_for_data(self.decoder)

    @property
    def takes(self) -> Any:
        """What data must be: examples of the encoder's shape, in the likelihood's range."""
        return Examples(
            self.example_shape,
            self.num_classes,
            check=self.likelihood.check,
            takes="the encoder takes",
            name=self.kind.plural,
        )

    def suited_callbacks(
        self,
        examples: tf.Tensor,
        directory: str | os.PathLike,
        every: int = 1,
        tensorboard: str | os.PathLike | None = None,
    ) -> list[keras.callbacks.Callback]:
        """Return samples, what each latent unit does, and a warning where units are ignored."""
        from tfgen import callbacks

        samples = super().suited_callbacks(examples, directory, every, tensorboard)
        traversal = callbacks.Traversal(directory, every=every)
        return [*samples, traversal, callbacks.CollapseWarning()]

    # ------------------------------------------------------------------ use

    def call(self, images: ArrayLike, training: bool = False) -> tf.Tensor:
        """Return the reconstructions [batch, h, w, c] through the posterior means."""
        images, labels = images if isinstance(images, (list, tuple)) else (images, None)
        return self.reconstruct(images, labels)

    def reconstruct(self, images: ArrayLike, labels: ArrayLike | None = None) -> tf.Tensor:
        """Return the mean example of p(x | z) at the posterior mean z, [batch, ...]."""
        mean, _ = self.posterior_parameters(images, labels)
        return self.decode_examples(mean, labels)

    def decode_examples(self, z: ArrayLike, labels: ArrayLike | None = None) -> tf.Tensor:
        """Return the mean example of p(x | z), [batch, ...], in the likelihood's range."""
        network, images = image_network(self.decoder, self.likelihood)
        return images(apply_network(self, network, z, labels, training=False))

    def decode_images(self, z: ArrayLike, labels: ArrayLike | None = None) -> tf.Tensor:
        """Return what `decode_examples` does, of which it is the older name."""
        return self.decode_examples(z, labels)

    def encode_latents(self, images: ArrayLike, labels: ArrayLike | None = None) -> tf.Tensor:
        """Return what a prior learns: the posterior means, float32 [batch, latent_dim]."""
        return self.posterior_parameters(images, labels)[0]

    def decode_latents(self, latents: ArrayLike, labels: ArrayLike | None = None) -> tf.Tensor:
        """Return what `decode_examples` does, as `tfgen.priors.LatentGenerator` asks for it."""
        return self.decode_examples(latents, labels)

    def check_trained(self, who: str) -> None:
        """Raise `ValueError` where the model was never trained; `who` asks."""
        check_trained(self, who)

    def generate(self, seeds: tf.Tensor, labels: ArrayLike | None = None) -> tf.Tensor:
        """Return an example for each seed, int32 [batch, 2] of `tfgen.sampling`: [batch, ...]."""
        return self.decode_examples(self.prior.draw(seeds, labels), labels)

    def sample(self, count: int, seed: int = 0, labels: ArrayLike | None = None) -> tf.Tensor:
        """Return `count` examples from the prior, [count, ...].

        Example i depends on `seed`, i and its label only: more begin with the same ones.

        Args:
            count: how many, at least 1.
            seed: int; the same seed gives the same examples, here and in every exported file.
            labels: int [count], for a class-conditional model.

        Raises:
            ValueError: for a count below 1, and for missing labels.
        """
        check_count(count)
        return self.generate(sampling.seeds(seed, count), labels)

    def latents(
        self,
        data: ArrayLike | tuple | tf.data.Dataset,
        batch_size: int = 128,
        verbose: int | str = "auto",
    ) -> np.ndarray:
        """Return the posterior mean of each example, float32 [count, latent_dim]: one array.

        Args:
            data: examples, (examples, labels), or a finite `tf.data.Dataset` of batches of these.
            batch_size: for arrays: examples at a time.
            verbose: "auto" shows a bar on a terminal where it takes long; 1 always, 0 never.
        """

        def means(examples, labels):
            return self.encode(examples, labels).mean()

        return over_data(self, "latents", means, data, batch_size, verbose)

    def log_likelihood(
        self,
        data: ArrayLike | tuple | tf.data.Dataset,
        num_samples: int = 5000,
        seed: int = 0,
        batch_size: int = 128,
        verbose: int | str = "auto",
    ) -> np.ndarray:
        """Return an estimate of log p(x) for each example, float32 [count], in nats.

        The importance-weighted bound with `num_samples` draws from the posterior: in expectation
        a lower bound, tight as the draws grow. It does not depend on how the data are batched.

        Args:
            data: images, (images, labels), or a finite `tf.data.Dataset` of batches of these.
            num_samples: importance samples for each example, at least 1.
            seed: int, of the posterior's noise.
            batch_size: for arrays: examples at a time.
            verbose: "auto" shows a bar on a terminal where it takes long; 1 always, 0 never.

        Reference:
            Burda et al. 2015, arXiv 1509.00519, equation 8, with 5,000 samples.
        """
        return importance_log_likelihood(self, data, num_samples, seed, batch_size, verbose)

    def endpoints(self) -> dict[str, Endpoint]:
        """Return what the model offers to the outside: generate, decode, encode, reconstruct."""
        examples, kind = self.kind.plural, {self.kind.plural: self.kind}

        def decode(z, label=None):
            """Make the example that each latent z stands for."""
            return {examples: self.decode_examples(z, label)}

        def generate(seed, label=None):
            """Draw an example from each seed."""
            return {examples: self.generate(seed, label)}

        def encode(label=None, **given):
            """Infer the posterior of z for each example: mean and standard deviation."""
            mean, scale = self.posterior_parameters(given[examples], label)
            return {"mean": mean, "scale": scale}

        def reconstruct(label=None, **given):
            """Make each example anew from the mean of its posterior."""
            return {examples: self.reconstruct(given[examples], label)}

        def latents(seeds, label=None):
            return {"z": self.prior.draw(seeds, label)}

        def drawn(seeds, label=None):
            return {examples: self.generate(seeds, label)}

        seed = {"seed": tf.TensorSpec([None, 2], tf.int32)}
        z = {"z": tf.TensorSpec([None, self.latent_dim], tf.float32)}
        given = {examples: tf.TensorSpec([None, *self.example_shape], self.takes.dtype)}
        classes = self.num_classes
        return {
            "generate": of_seeds(generate, seed, lambda s, label=None: {"seed": s}, classes, kind),
            "decode": of_seeds(decode, z, latents, classes, kind),
            "encode": of_seeds(encode, given, drawn, classes),
            "reconstruct": of_seeds(reconstruct, given, drawn, classes, kind),
        }
