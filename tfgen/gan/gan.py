"""The generative adversarial network."""

import functools
import os
from collections.abc import Callable, Sequence
from typing import Any

import keras
import tensorflow as tf
from numpy.typing import ArrayLike

from tfgen import kinds, losses, sampling
from tfgen.checks.examples import Examples
from tfgen.checks.ranges import check_reach
from tfgen.checks.terms import check_per_example
from tfgen.endpoints import Endpoint, of_seeds
from tfgen.gan import averaging, checks
from tfgen.kinds import Kind
from tfgen.labels import apply_network
from tfgen.losses.penalties import name_of
from tfgen.networks.spectral import advance_power_iterations
from tfgen.priors import StandardNormal
from tfgen.priors.checks import check_count
from tfgen.replicas import global_batch, sum_over_replicas
from tfgen.training import GenerativeModel
from tfgen.training.data import as_one, unpacked

# What a row's seeds are used for, within one step.
_REAL_AUGMENTATION, _FAKE_AUGMENTATION, _PENALTY, _GENERATOR_STEP = 1, 2, 3, 4

_WHOLE = 1e3  # a truncation beyond which no normal number lies


@keras.saving.register_keras_serializable(package="tfgen")
class GAN(GenerativeModel):
    """A generative adversarial network, for examples of any shape `[batch, ...]`.

    One training step takes one batch. It is dealt out to `discriminator_steps` updates of the
    discriminator, each on real examples that no other one saw and on as many new fakes; one update
    of the generator follows, on the last fakes and against the discriminator as it is by then. So
    `batch_size=5 * 64` with `discriminator_steps=5` is WGAN-GP's algorithm with minibatches of 64.

    The discriminator minimises `loss.discriminator + sum of penalties`, the generator
    `loss.generator`, both as means over the examples on all replicas.

    Args:
        generator: built network, z `[batch, latent_dim]` → examples `[batch, ...]`.
        discriminator: built network, examples → logits `[batch, 1]` or `[batch]`.
        latent_dim: size of z, which is drawn from N(0, I).
        loss: a `tfgen.losses.AdversarialLoss`, such as `losses.relativistic`.
        penalties: penalties of `tfgen.losses`, such as `[losses.r1(0.5), losses.r2(0.5)]`.
        discriminator_steps: discriminator updates for one of the generator, at least 1.
        ema_half_life: images after which a generator weighs half in the average generator, which
            then is the one that samples; None for no average. While few images were seen it is at
            most 5 % of them. The average includes the statistics of batch normalisation.
        num_classes: for a class-conditional model, whose networks take `[x, labels]`. Fakes are
            made with the labels of the real examples beside them.
        augment: layer `(examples, seeds int32 [batch, 2]) → examples`, before the discriminator
            in training, such as `tfgen.gan.DiffAugment()`; None for none.
        kind: what examples are, one of `tfgen.kinds`. By default images or points, by their shape;
            images in what the generator's last activation can reach, [-1, 1] if that has no bounds.
        **kwargs: `name` and `dtype`.

    Logs: `d_loss` (without penalties), `g_loss`, `logit_gap` (real minus fake logit), `real_sign`
    (the mean sign of the real logits: towards 1 the discriminator learns its examples by heart),
    each penalty under its name as it enters the sum, `d_gradient_norm` and `g_gradient_norm`, and
    `augment_probability` with an adaptive augmentation. Validation shows the same for held-out
    examples, without the gradient norms, against the generator in training.

    Raises:
        ValueError: where networks and numbers don't fit together, or two penalties share a name.

    Example:
        >>> from tfgen import losses, networks
        >>> generator, discriminator = networks.mlp((4,), (2,)), networks.mlp((2,), (1,))
        >>> gan = GAN(generator, discriminator, latent_dim=4, loss=losses.non_saturating,
        ...           penalties=[losses.r1(0.1)])
        >>> gan.sample(3, seed=0).shape
        TensorShape([3, 2])

    Reference:
        Goodfellow et al. 2014, arXiv 1406.2661, algorithm 1. The average generator: Karras et al.
        2018, arXiv 1710.10196, section 7.
    """

    # The discriminator comes first: its updates are `self.step`, which penalties advance with.
    optimizer_targets = {"d_optimizer": "discriminator", "g_optimizer": "generator"}

    def __init__(
        self,
        generator: keras.Model,
        discriminator: keras.Model,
        latent_dim: int,
        loss: losses.AdversarialLoss = losses.non_saturating,
        penalties: Sequence[Callable] = (),
        *,
        discriminator_steps: int = 1,
        ema_half_life: float | None = None,
        num_classes: int | None = None,
        augment: keras.layers.Layer | None = None,
        kind: Kind | None = None,
        **kwargs: Any,
    ):
        checks.check_numbers(latent_dim, discriminator_steps, ema_half_life, num_classes)
        checks.check_functions(loss, penalties, augment)
        shape = checks.checked_shape(generator, discriminator, latent_dim, num_classes)
        penalties = tuple(penalties)
        super().__init__(_trackers(penalties, augment), **kwargs)
        self.generator, self.discriminator = generator, discriminator
        self.latent_dim, self.num_classes = latent_dim, num_classes
        self.loss_pair, self.penalties, self.augment = loss, penalties, augment
        self.discriminator_steps, self.ema_half_life = discriminator_steps, ema_half_life
        self.example_shape = shape
        self.prior = StandardNormal(latent_dim)
        self.kind = kind or kinds.of(self.example_shape, checks.reach(generator) or (-1.0, 1.0))
        self.ema_generator = None
        if ema_half_life is not None:
            inputs = tf.zeros([1, latent_dim])
            inputs = inputs if num_classes is None else [inputs, tf.zeros([1], tf.int32)]
            self.ema_generator = averaging.frozen_copy(generator, inputs)
            self.images_seen = self.add_weight(
                (), "zeros", "int64", trainable=False, name="images_seen"
            )
        if augment is not None and not augment.built:
            augment(tf.zeros([1, *self.example_shape]), sampling.seeds(0, 1))
        self.built = True

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        names = ("generator", "discriminator", "latent_dim", "penalties", "discriminator_steps",
                 "ema_half_life", "num_classes", "augment", "kind")  # fmt: skip
        own = {name: getattr(self, name) for name in names}
        return {**super().get_config(), **own, "loss": self.loss_pair}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """Build the model that `get_config` describes, also of files that know no kinds."""
        gan = super().from_config(config)
        if "kind" not in config:  # these took what has no bounds for images in [0, 1]
            gan.kind = kinds.of(gan.example_shape, checks.reach(gan.generator) or (0.0, 1.0))
        return gan

    # ------------------------------------------------------------------ training

    def train_step(self, data: Any) -> dict[str, tf.Tensor]:
        """Update the discriminator, the generator and its average; return what is logged."""
        examples, labels, _ = unpacked(self.takes, data)
        advance_power_iterations(self.generator)
        for part in range(self.discriminator_steps):
            real, own_labels = self._part(part, examples, labels)
            seeds = self.row_seeds(tf.shape(real)[0])
            with tf.GradientTape() as tape:  # goes on below: the generator learns from these fakes
                fake = self._fakes(seeds, own_labels, training=True)
            logs = self._train_discriminator(real, tf.stop_gradient(fake), own_labels, seeds)
        logs |= self._train_generator(tape, real, fake, own_labels, seeds)
        self._average(tf.shape(examples)[0])
        return logs

    def _train_discriminator(self, real, fake, labels, seeds):
        advance_power_iterations(self.discriminator)
        with tf.GradientTape() as tape:
            loss, sizes, terms = self._discriminator_terms(real, fake, labels, seeds, True)
            total = loss + sum(sizes.values())
            regularizers = list(self.discriminator.losses)
        variables = self.discriminator.trainable_variables
        gradients = self.minimize(self.d_optimizer, tape, total, variables, regularizers)
        terms["d_gradient_norm"] = self.gradient_norm(gradients)
        if _adapts(self.augment):
            terms["augment_probability"] = self._adapt_augmentation(terms["real_sign"])
        return self.track(d_loss=loss, **sizes, **terms)

    def _discriminator_terms(self, real, fake, labels, seeds, training):
        """Return the loss [batch], each penalty's size [batch], and what else is logged."""
        judge = self._judge(labels, training)
        real_logits = judge(real, sampling.stream(seeds, _REAL_AUGMENTATION))
        fake_logits = judge(fake, sampling.stream(seeds, _FAKE_AUGMENTATION))
        loss = self.loss_pair.discriminator(real_logits, fake_logits)
        noise = sampling.stream(seeds, _PENALTY)
        sizes = {
            name_of(penalty): penalty(
                lambda x: judge(x, noise), real, fake, sampling.stream(noise, 1), self.step
            )
            for penalty in self.penalties
        }
        for name, size in sizes.items():
            check_per_example("GAN", f"the penalty {name}", size)
        terms = {"logit_gap": real_logits - fake_logits, "real_sign": tf.sign(real_logits)}
        return loss, sizes, terms

    def _train_generator(self, tape, real, fake, labels, seeds):
        seeds = sampling.stream(seeds, _GENERATOR_STEP)
        with tape:
            loss = self._generator_loss(real, fake, labels, seeds, True)
            regularizers = list(self.generator.losses)
        variables = self.generator.trainable_variables
        gradients = self.minimize(self.g_optimizer, tape, loss, variables, regularizers)
        return self.track(g_loss=loss, g_gradient_norm=self.gradient_norm(gradients))

    def _generator_loss(self, real, fake, labels, seeds, training):
        judge = self._judge(labels, training)
        fake_logits = judge(fake, sampling.stream(seeds, _FAKE_AUGMENTATION))
        real_logits = None
        if self.loss_pair.paired:
            real_logits = judge(real, sampling.stream(seeds, _REAL_AUGMENTATION))
        return self.loss_pair.generator(real_logits, fake_logits)

    def test_step(self, data: Any) -> dict[str, tf.Tensor]:
        """Judge held-out examples against fakes, without learning; return what is logged."""
        real, labels, _ = unpacked(self.takes, data)
        seeds = self.row_seeds(tf.shape(real)[0])
        fake = self._fakes(seeds, labels, training=False)
        loss, sizes, terms = self._discriminator_terms(real, fake, labels, seeds, False)
        g_loss = self._generator_loss(real, fake, labels, seeds, False)
        return self.track(d_loss=loss, g_loss=g_loss, **sizes, **terms)

    def _part(self, part, examples, labels):
        """Every n-th example of the batch on all replicas, so that replicas change nothing.

        A last batch of fewer examples than parts is dealt out again from the first.
        """
        if self.discriminator_steps == 1:
            return examples, labels
        counts, start = global_batch(tf.shape(examples)[0])
        stride = tf.minimum(self.discriminator_steps, tf.maximum(tf.reduce_sum(counts), 1))
        mine = slice((part % stride - start) % stride, None, stride)
        examples = tf.ensure_shape(examples[mine], [None, *self.example_shape])
        return examples, None if labels is None else tf.ensure_shape(labels[mine], [None])

    def _fakes(self, seeds, labels, training):
        z = self.prior.draw(seeds, labels)
        return tf.cast(apply_network(self, self.generator, z, labels, training), tf.float32)

    def _judge(self, labels, training):
        """Return the function from examples and seeds to logits, float32 [batch]."""

        def judge(examples, seeds):
            if self.augment is not None:
                examples = self.augment(examples, seeds)
            logits = apply_network(self, self.discriminator, examples, labels, training)
            return tf.reshape(tf.cast(logits, tf.float32), [-1])

        return judge

    def _adapt_augmentation(self, signs):
        count = tf.cast(tf.size(signs), tf.float32)
        total, count = sum_over_replicas([tf.reduce_sum(signs), count])
        self.augment.adapt(total, count)
        return tf.convert_to_tensor(self.augment.probability)

    def _average(self, count):
        """Move the average generator towards the one in training."""
        if self.ema_generator is None:
            return
        count = sum_over_replicas(count)
        self.images_seen.assign_add(tf.cast(count, tf.int64))
        keep = averaging.kept_share(self.ema_half_life, self.images_seen, count)
        averaging.move(self.ema_generator, self.generator, keep)

    @property
    def takes(self) -> Any:
        """What data must be: examples of the generator's shape and range."""
        return Examples(
            self.example_shape,
            self.num_classes,
            check=functools.partial(
                check_reach,
                value_range=self.kind.value_range,
                owner="GAN",
                reaches="the generator's last activation reaches",
            ),
            weights=False,
            takes="the generator makes",
        )

    def suited_callbacks(
        self,
        examples: tf.Tensor,
        directory: str | os.PathLike,
        every: int = 1,
        tensorboard: str | os.PathLike | None = None,
    ) -> list[keras.callbacks.Callback]:
        """Return samples, and a stop where they are all alike."""
        from tfgen import callbacks

        samples = super().suited_callbacks(examples, directory, every, tensorboard)
        return [*samples, callbacks.StopOnModeCollapse(examples, every=every)]

    # ------------------------------------------------------------------ use

    @property
    def value_range(self) -> tuple[float, float] | None:
        """Black and white of examples that are images, (low, high); None for other kinds."""
        return self.kind.value_range

    def call(self, z: ArrayLike, training: bool = False) -> tf.Tensor:
        """Return the examples [batch, ...] for z, or for [z, labels]."""
        z, labels = z if isinstance(z, (list, tuple)) else (z, None)
        return self.decode_examples(z, labels)

    def call_signature(self) -> Any:
        """Return what `call` takes, for `keras.Model.export`."""
        return as_one(self.endpoints()["decode"].inputs.values())

    def decode_examples(self, z: ArrayLike, labels: ArrayLike | None = None) -> tf.Tensor:
        """Return the examples [batch, ...] for z [batch, latent_dim], by the average generator."""
        network = self.generator if self.ema_generator is None else self.ema_generator
        return tf.cast(apply_network(self, network, z, labels, training=False), tf.float32)

    def decode_images(self, z: ArrayLike, labels: ArrayLike | None = None) -> tf.Tensor:
        """Return what `decode_examples` does, of which it is the older name."""
        return self.decode_examples(z, labels)

    def generate(
        self, seeds: tf.Tensor, labels: ArrayLike | None = None, truncation: ArrayLike | None = None
    ) -> tf.Tensor:
        """Return an example for each seed, int32 [batch, 2] of `tfgen.sampling`: [batch, ...].

        Args:
            seeds: int32 [batch, 2].
            labels: int [batch], for a class-conditional model.
            truncation: None, or float32 [batch], the size that no coordinate of z exceeds.
        """
        return self.decode_examples(self.prior.draw(seeds, labels, truncation=truncation), labels)

    def sample(
        self,
        count: int,
        seed: int = 0,
        labels: ArrayLike | None = None,
        truncation: float | None = None,
    ) -> tf.Tensor:
        """Return `count` examples, [count, ...].

        Example i depends on `seed`, i and its label only: more begin with the same ones.

        Args:
            count: how many, at least 1.
            seed: int; the same seed gives the same examples, here and in every exported file.
            labels: int [count], for a class-conditional model.
            truncation: None, or the size that no coordinate of z exceeds, > 0: less variety, more
                typical examples; see `tfgen.gan.latents.truncate`.

        Raises:
            ValueError: for a count below 1, a truncation not above 0, and for missing labels.
        """
        check_count(count)
        checks.check_truncation(truncation)
        limits = None if truncation is None else tf.fill([count], float(truncation))
        return self.generate(sampling.seeds(seed, count), labels, limits)

    def endpoints(self) -> dict[str, Endpoint]:
        """Return what the model offers to the outside: generate and decode."""
        examples, kind = self.kind.plural, {self.kind.plural: self.kind}

        def decode(z, label=None):
            """Draw an example from each latent z."""
            return {examples: self.decode_examples(z, label)}

        def generate(seed, truncation, label=None):
            """Draw an example from each seed; truncation is the size that z does not exceed."""
            return {examples: self.generate(seed, label, truncation)}

        def latents(seeds, label=None):
            return {"z": self.prior.draw(seeds, label)}

        z = {"z": tf.TensorSpec([None, self.latent_dim], tf.float32)}
        seeded = {
            "seed": tf.TensorSpec([None, 2], tf.int32),
            "truncation": tf.TensorSpec([None], tf.float32),
        }
        whole, classes = {"truncation": _WHOLE}, self.num_classes
        return {
            "generate": of_seeds(
                generate, seeded, lambda s, label=None: {"seed": s}, classes, kind, whole
            ),
            "decode": of_seeds(decode, z, latents, classes, kind),
        }


def _adapts(augment):
    return hasattr(augment, "adapt")


def _trackers(penalties, augment):
    names = ["d_loss", "g_loss", "logit_gap", "real_sign", *(name_of(p) for p in penalties)]
    names += ["d_gradient_norm", "g_gradient_norm"]
    names += ["augment_probability"] if _adapts(augment) else []
    checks.check_names(names)
    return {name: keras.metrics.Mean(name=name) for name in names}
