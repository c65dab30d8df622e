"""The variational autoencoder."""

import keras
import numpy as np
import tensorflow as tf
import tensorflow_probability as tfp

from tfgen import sampling
from tfgen.endpoints import Endpoint
from tfgen.labels import apply_network, example_labels, first_shape, label_input
from tfgen.likelihoods import image_network, positive
from tfgen.losses import rates
from tfgen.metrics import ActiveUnits
from tfgen.networks.checks import check_fit
from tfgen.schedules import value
from tfgen.training import GenerativeModel, example_shape
from tfgen.vae.likelihood_bounds import importance_log_likelihood

tfd = tfp.distributions


@keras.saving.register_keras_serializable(package="tfgen")
class VAE(GenerativeModel):
    """A variational autoencoder with a diagonal Gaussian posterior and a standard normal prior.

    It minimises, per example and in nats,

        loss = -log p(x | z) + beta * rate(KL(q(z | x) || p(z))),   z ~ q(z | x)

    which is minus the evidence lower bound when `beta=1` and `rate=Total()`, the defaults.

    Args:
        encoder: built network, images -> [batch, 2 * latent_dim]: means and raw scales.
        decoder: built network, z -> parameters of the likelihood, [batch, h, w, parameters].
        likelihood: `tfgen.likelihoods` object that turns the parameters into p(x | z).
        latent_dim: size of z.
        beta: weight of the rate: a float, or a schedule of `tfgen.schedules`.
        rate: `(kl [batch, latent_dim], step) -> [batch]`, from `tfgen.losses`, e.g.
            `FreeBits(0.1)`.
        num_classes: for a class-conditional model, whose networks take `[x, labels]`.
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

    def __init__(
        self,
        encoder,
        decoder,
        likelihood,
        latent_dim,
        *,
        beta=1.0,
        rate=rates.Total(),  # noqa: B008 - immutable
        num_classes=None,
        **kwargs,
    ):
        trackers = {n: keras.metrics.Mean(name=n) for n in ("loss", "distortion", "rate", "elbo")}
        trackers["active_units"] = ActiveUnits(latent_dim)
        super().__init__(trackers, **kwargs)
        _check_networks(type(self).__name__, encoder, decoder, likelihood, latent_dim, num_classes)
        self.encoder, self.decoder = encoder, decoder
        self.likelihood, self.latent_dim = likelihood, latent_dim
        self.beta, self.rate, self.num_classes = beta, rate, num_classes
        self.image_shape = tuple(first_shape(encoder))
        self.built = True

    def get_config(self):
        """Return the constructor's arguments."""
        names = ("encoder", "decoder", "likelihood", "latent_dim", "beta", "rate", "num_classes")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}

    # ------------------------------------------------------------------ distributions

    @property
    def prior(self):
        """p(z), batch shape [], event shape [latent_dim]."""
        zeros = tf.zeros([self.latent_dim])
        return tfd.Independent(tfd.Normal(zeros, tf.ones_like(zeros)), 1)

    @property
    def value_range(self):
        """Black and white of the images, (low, high)."""
        return self.likelihood.value_range

    def encode(self, images, labels=None, training=False):
        """Return q(z | x), a `tfd.Distribution` of batch shape [batch], event [latent_dim]."""
        mean, scale = self._posterior_parameters(images, labels, training)
        return tfd.Independent(tfd.Normal(mean, scale), 1)

    def decode(self, z, labels=None, training=False):
        """Return p(x | z), a `tfd.Distribution` of batch shape [batch], event [h, w, c]."""
        return self.likelihood(self._parameters(z, labels, training))

    def _posterior_parameters(self, images, labels, training=False):
        outputs = apply_network(self, self.encoder, images, labels, training)
        mean, raw_scale = tf.split(tf.cast(outputs, tf.float32), 2, axis=-1)
        return mean, positive(raw_scale) + 1e-6  # never 0: the KL takes its logarithm

    def _parameters(self, z, labels, training=False):
        return apply_network(self, self.decoder, z, labels, training)

    # ------------------------------------------------------------------ training

    def objective(self, images, labels, training):
        """Return the loss [batch] and its terms; see the class."""
        posterior = self.encode(images, labels, training)
        z = self._reparameterise(posterior, sampling.normal)
        distortion = -self.decode(z, labels, training).log_prob(images)
        kl = rates.kl_per_dimension(posterior, self.prior)
        loss = distortion + value(self.beta, self.step) * self.rate(kl, self.step)
        return loss, self._terms(distortion, tf.reduce_sum(kl, axis=-1), posterior)

    def _reparameterise(self, posterior, noise):
        mean, scale = posterior.mean(), posterior.stddev()
        return mean + scale * noise(self.row_seeds(tf.shape(mean)[0]), (self.latent_dim,))

    def _terms(self, distortion, rate, posterior):
        elbo = -(distortion + rate)
        means = posterior.mean()
        return {"distortion": distortion, "rate": rate, "elbo": elbo, "active_units": means}

    def check_data(self, data):
        """Raise `ValueError` where images differ from the encoder's shape or the likelihood."""
        images = data[0] if isinstance(data, tuple) else data
        shape = example_shape(images)
        if shape is not None and shape != self.image_shape:
            raise ValueError(
                f"{type(self).__name__}.fit received images of shape {shape}: the encoder takes "
                f"{self.image_shape}. Resize the images, or build the encoder for them."
            )
        if isinstance(images, np.ndarray):
            self.likelihood.check(images)

    # ------------------------------------------------------------------ use

    def call(self, images, training=False):
        """Return the reconstructions [batch, h, w, c] through the posterior means."""
        images, labels = images if isinstance(images, (list, tuple)) else (images, None)
        return self.reconstruct(images, labels)

    def reconstruct(self, images, labels=None):
        """Return the mean image of p(x | z) at the posterior mean z, [batch, h, w, c]."""
        mean, _ = self._posterior_parameters(images, labels)
        return self.decode_images(mean, labels)

    def decode_images(self, z, labels=None):
        """Return the mean image of p(x | z), [batch, h, w, c], in the likelihood's range."""
        network, images = image_network(self.decoder, self.likelihood)
        return images(apply_network(self, network, z, labels, training=False))

    def sample(self, count, seed=0, labels=None):
        """Return `count` images from the prior, [count, h, w, c].

        Image i depends on `seed`, i and its label only: more images begin with the same ones.

        Args:
            count: how many, at least 1.
            seed: int; the same seed gives the same images, here and in every exported file.
            labels: int [count], for a class-conditional model.

        Raises:
            ValueError: for a count below 1, and for missing labels.
        """
        if count < 1:
            raise ValueError(f"sample received count={count}: it must be at least 1.")
        z = sampling.normal(sampling.seeds(seed, count), (self.latent_dim,))
        return self.decode_images(z, labels)

    def log_likelihood(self, data, num_samples=5000, seed=0, batch_size=128, verbose=0):
        """Return an estimate of log p(x) for each example, float32 [count], in nats.

        The importance-weighted bound with `num_samples` draws from the posterior: in expectation
        a lower bound, tight as the draws grow. It does not depend on how the data are batched.

        Args:
            data: images, (images, labels), or a finite `tf.data.Dataset` of batches of these.
            num_samples: importance samples for each example, at least 1.
            seed: int, of the posterior's noise.
            batch_size: for arrays: examples at a time.
            verbose: 1 shows a progress bar.

        Reference:
            Burda et al. 2015, arXiv 1509.00519, equation 8, with 5,000 samples.
        """
        return importance_log_likelihood(self, data, num_samples, seed, batch_size, verbose)

    def endpoints(self):
        """Return what the model offers to the outside: generate, decode, encode, reconstruct."""
        images, z = _spec(*self.image_shape), _spec(self.latent_dim)
        seed = tf.TensorSpec([None, 2], tf.int32)

        def decode(z, label=None):
            """Draw the mean image of each latent z."""
            return {"images": self.decode_images(z, label)}

        def generate(seed, label=None):
            """Draw an image from each seed."""
            return decode(sampling.normal(seed, (self.latent_dim,)), label)

        def encode(images, label=None):
            """Infer the posterior of z for each image: mean and standard deviation."""
            mean, scale = self._posterior_parameters(images, label)
            return {"mean": mean, "scale": scale}

        def reconstruct(images, label=None):
            """Draw each image anew from the mean of its posterior."""
            return {"images": self.reconstruct(images, label)}

        def draw(name):
            def examples(count, seed):
                rows = sampling.seeds(seed, count)
                label = example_labels(self.num_classes, count)
                inputs = {"seed": rows, "z": sampling.normal(rows, (self.latent_dim,))}
                chosen = generate(rows, **label)["images"] if name == "images" else inputs[name]
                return {k: np.asarray(v) for k, v in {name: chosen, **label}.items()}

            return examples

        def endpoint(function, name, spec):
            inputs = {name: spec, **label_input(self.num_classes)}
            return Endpoint(function, inputs, draw(name))

        return {
            "generate": endpoint(generate, "seed", seed),
            "decode": endpoint(decode, "z", z),
            "encode": endpoint(encode, "images", images),
            "reconstruct": endpoint(reconstruct, "images", images),
        }


def _spec(*shape):
    return tf.TensorSpec([None, *shape], tf.float32)


def _check_networks(model, encoder, decoder, likelihood, latent_dim, num_classes):
    image_shape = first_shape(encoder)
    parameters = (*image_shape[:-1], image_shape[-1] * likelihood.parameters_per_channel)
    z_shape = first_shape(decoder)
    inputs = 1 if num_classes is None else 2
    checks = [
        ("encoder's output shape", encoder.output_shape[1:], (2 * latent_dim,)),
        ("decoder's input shape", z_shape, (latent_dim,)),
        ("decoder's output shape", decoder.output_shape[1:], parameters),
        ("encoder's number of inputs", len(encoder.inputs), inputs),
        ("decoder's number of inputs", len(decoder.inputs), inputs),
    ]
    owner = f"{model}(latent_dim={latent_dim}, num_classes={num_classes}, likelihood={likelihood})"
    check_fit(owner, checks)
