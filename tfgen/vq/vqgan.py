"""A vector-quantised autoencoder that learns from a discriminator and a network that sees."""

import dataclasses

import keras
import tensorflow as tf

from tfgen import losses
from tfgen.networks.spectral import advance_power_iterations
from tfgen.replicas import global_batch
from tfgen.training import GenerativeModel
from tfgen.training.data import unpacked
from tfgen.vq.checks import check_adversary

_TINY, _LARGEST = 1e-6, 1e4  # of the adaptive weight


@keras.saving.register_keras_serializable(package="tfgen")
class VQGAN(GenerativeModel):
    """Trains a VQVAE for reconstructions that look real, where its likelihood alone would blur.

    Per example, with images x and their reconstructions y, the autoencoder minimises

        d = -log p(x | codes) + perceptual_weight * perceptual distance(x, y)
        loss = d + quantizer loss + adversarial_weight * w * generator's loss(y),
        w = |gradient of d| / (|gradient of generator's loss| + 1e-6), at most 10,000,

    both gradients at the kernel of the decoder's last convolution, over the batch on all replicas.
    The discriminator minimises its own side of `loss`, one update a step. For `warm_up` steps it
    learns while its gradient does not count yet.

    Trained, `vqgan.vqvae` is a `VQVAE` as any other: for `vq.tokens`, for `priors.TokenGenerator`.

    Args:
        vqvae: a `VQVAE`, trained or not.
        discriminator: built network, images → logits `[batch, ...]`, one for each patch, such as
            `networks.patch_discriminator`.
        features: built network, images in the likelihood's range → feature maps, one or a list or
            a dict of them, for `losses.perceptual_distance`; it is not trained. None for none.
        loss: a `tfgen.losses.AdversarialLoss`.
        perceptual_weight: at least 0, in nats.
        adversarial_weight: at least 0.
        warm_up: steps, at least 0.
        **kwargs: `name` and `dtype`.

    Logs: `loss`, `distortion`, `quantizer_loss`, `usage`, `perplexity` as a VQVAE does, and
    `perceptual`, `g_loss`, `d_loss`, each without its weight; `adversarial_share`, the weight that
    g_loss has in the loss. Validation leaves that out, and g_loss out of its loss.

    Raises:
        ValueError: for networks that don't fit the autoencoder, and numbers out of range.

    Reference:
        Esser et al. 2020, "Taming transformers for high-resolution image synthesis", arXiv
        2012.09841, equations 5 to 7. There the discriminator does not learn in the warm-up either.

    Example:
        >>> from tfgen import likelihoods, networks, quantizers
        >>> from tfgen.vq import VQVAE
        >>> encoder = networks.grid_encoder((8, 8, 1), code_dim=3)
        >>> decoder = networks.grid_decoder(3, (8, 8, 1))
        >>> vqvae = VQVAE(encoder, decoder, quantizers.FSQ((4, 4, 4)), likelihoods.Bernoulli())
        >>> vqgan = VQGAN(vqvae, networks.patch_discriminator((8, 8, 1), width=8))
        >>> vqgan.compile(g_optimizer="adam", d_optimizer="adam")
        >>> sorted(vqgan.fit(tf.zeros([4, 8, 8, 1]), verbose=0).history)[:2]
        ['adversarial_share', 'd_loss']
    """

    # The autoencoder comes first: its updates are `self.step`, which the warm-up counts.
    optimizer_targets = {"g_optimizer": "vqvae", "d_optimizer": "discriminator"}

    def __init__(
        self,
        vqvae,
        discriminator,
        features=None,
        loss=losses.hinge,
        *,
        perceptual_weight=1.0,
        adversarial_weight=0.8,
        warm_up=0,
        **kwargs,
    ):
        weights = {"perceptual_weight": perceptual_weight, "adversarial_weight": adversarial_weight}
        check_adversary(vqvae, discriminator, features, loss, warm_up=warm_up, **weights)
        super().__init__(_trackers(vqvae), **kwargs)
        self.vqvae, self.discriminator, self.features = vqvae, discriminator, features
        self.loss_pair, self.warm_up = loss, warm_up
        self.perceptual_weight, self.adversarial_weight = perceptual_weight, adversarial_weight
        self.built = True

    def get_config(self):
        """Return the constructor's arguments."""
        names = ("vqvae", "discriminator", "features", "perceptual_weight", "adversarial_weight",
                 "warm_up")  # fmt: skip
        own = {name: getattr(self, name) for name in names}
        return {**super().get_config(), **own, "loss": self.loss_pair}

    # ------------------------------------------------------------------ training

    def train_step(self, data):
        """Update the autoencoder, then the discriminator; return what is logged."""
        images = unpacked(self.takes, data)[0]
        active = tf.cast(self.step >= self.warm_up, tf.float32)  # before this step counts
        logs, fake = self._train_autoencoder(images, active)
        return {**logs, **self._train_discriminator(images, tf.stop_gradient(fake))}

    def _train_autoencoder(self, images, active):
        with tf.GradientTape(persistent=True) as tape:
            fake, seen, quantizer_loss, terms = self._autoencoder_terms(images, training=True)
            g_loss = self._g_loss(images, fake, training=True)
        share = active * self.adversarial_weight * self._balance(tape, seen, g_loss)
        with tape:
            loss = seen + quantizer_loss + share * g_loss
            regularizers = list(self.vqvae.losses)
        variables = self.vqvae.trainable_variables
        self.minimize(self.g_optimizer, tape, loss, variables, regularizers)
        return self.track(loss=loss, g_loss=g_loss, adversarial_share=share, **terms), fake

    def _autoencoder_terms(self, images, training):
        """Return reconstructions, what they cost [batch], the quantizer's loss and all terms."""
        parameters, terms = self.vqvae.forward(images, training)
        fake = self.vqvae.likelihood.images(parameters)
        seen, quantizer_loss = terms["distortion"], terms["quantizer_loss"]
        if self.features is not None:
            real, other = (self.features(x, training=False) for x in (images, fake))
            terms = {**terms, "perceptual": losses.perceptual_distance(real, other)}
            seen += self.perceptual_weight * terms["perceptual"]
        return fake, seen, quantizer_loss, terms

    def _balance(self, tape, seen, g_loss):
        """Return the adaptive weight of equation 7, a scalar that is no part of the gradient."""
        kernel = last_kernel(self.vqvae.decoder)
        counts, _ = global_batch(tf.shape(seen)[0])
        mean = tf.fill(tf.shape(seen), 1.0 / tf.cast(tf.reduce_sum(counts), tf.float32))
        wanted, given = (
            self.gradient_norm(tape.gradient(value, [kernel], output_gradients=mean))
            for value in (seen, g_loss)
        )
        return tf.stop_gradient(tf.minimum(wanted / (given + _TINY), _LARGEST))

    def _g_loss(self, real, fake, training):
        real_logits = self._logits(real, training) if self.loss_pair.paired else None
        return _per_example(self.loss_pair.generator(real_logits, self._logits(fake, training)))

    def _train_discriminator(self, real, fake):
        advance_power_iterations(self.discriminator)
        with tf.GradientTape() as tape:
            loss = self._d_loss(real, fake, training=True)
            regularizers = list(self.discriminator.losses)
        variables = self.discriminator.trainable_variables
        self.minimize(self.d_optimizer, tape, loss, variables, regularizers)
        return self.track(d_loss=loss)

    def _d_loss(self, real, fake, training):
        logits = self._logits(real, training), self._logits(fake, training)
        return _per_example(self.loss_pair.discriminator(*logits))

    def _logits(self, images, training):
        return tf.cast(self.discriminator(images, training=training), tf.float32)

    def test_step(self, data):
        """Judge held-out images, without learning; return what is logged."""
        images = unpacked(self.takes, data)[0]
        fake, seen, quantizer_loss, terms = self._autoencoder_terms(images, training=False)
        adversarial = {
            "g_loss": self._g_loss(images, fake, training=False),
            "d_loss": self._d_loss(images, fake, training=False),
        }
        return self.track(loss=seen + quantizer_loss, **adversarial, **terms)

    @property
    def takes(self):
        """What data must be: what the autoencoder takes, without sample weights."""
        return dataclasses.replace(self.vqvae.takes, weights=False)

    def suited_callbacks(self, examples, directory, every=1, tensorboard=None):
        """Return reconstructions: tokens that come from no prior look like nothing."""
        from tfgen import callbacks

        return [callbacks.Reconstructions(directory, examples[:30], every)]

    # ------------------------------------------------------------------ use

    @property
    def kind(self):
        """What examples are: the autoencoder's kind."""
        return self.vqvae.kind

    @property
    def value_range(self):
        """Black and white of examples that are images, (low, high); None for other kinds."""
        return self.kind.value_range

    def call(self, images, training=False):
        """Return the reconstructions [batch, ...] through the codes."""
        return self.vqvae(images)

    def reconstruct(self, images):
        """Return the mean image of p(x | codes) at the codes of x, float32 [batch, ...]."""
        return self.vqvae.reconstruct(images)

    def endpoints(self):
        """Return what the autoencoder offers to the outside: encode, decode, reconstruct."""
        return self.vqvae.endpoints()


def last_kernel(decoder):
    """Return the kernel of a decoder's last layer that has one."""
    return [v for v in decoder.trainable_variables if v.name == "kernel"][-1]


def _per_example(values):
    """The mean over the patches, [batch]."""
    return tf.reduce_mean(tf.reshape(values, [tf.shape(values)[0], -1]), axis=-1)


def _trackers(vqvae):
    """Those of the autoencoder, as metrics of this model's own, and a few more."""
    shared = {
        metric.name: type(metric).from_config(metric.get_config()) for metric in vqvae.metrics
    }
    own = ("perceptual", "g_loss", "d_loss", "adversarial_share")
    return {**shared, **{name: keras.metrics.Mean(name=name) for name in own}}
