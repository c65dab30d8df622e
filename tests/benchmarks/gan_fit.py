"""Images per second of training a DCGAN with `model.fit`, and of a peer, in one run.

    python tests/benchmarks/gan_fit.py [--rounds 5] [--steps 15] [--peer COMMAND]

The work is the DCGAN of the usual tutorials at 28x28x1: latents of 64, transposed convolutions of
128 and 64 channels, non-saturating loss, Adam, batches of 128, one update of each network a step.
Beside it: the same in bfloat16, and with new fakes for the generator's update, as most programs
have it, in place of tfgen's one pass for both. A peer is a command that prints `<number> images/s`;
it is run in turn with the others. The images are noise. Prints the median of each and the ratios;
never fails by a clock.
"""

import argparse

import keras
import tensorflow as tf
from keras import layers
from vae_fit import compare, reported, timed

import tfgen

LATENT_DIM, BATCH = 64, 128


class TwoPasses(tfgen.GAN):
    """Draws new fakes for the generator's update, from a second pass through it."""

    def _train_generator(self, tape, real, fake, labels, seeds):
        with tape:
            fake = self._fakes(tfgen.sampling.stream(seeds, 5), labels, training=True)
        return super()._train_generator(tape, real, fake, labels, seeds)


def networks():
    """Return generator and discriminator."""
    generator = keras.Sequential(
        [
            keras.Input((LATENT_DIM,)),
            layers.Dense(6272, use_bias=False),
            layers.BatchNormalization(),
            layers.ReLU(),
            layers.Reshape((7, 7, 128)),
            layers.Conv2DTranspose(64, 4, 2, "same", use_bias=False),
            layers.BatchNormalization(),
            layers.ReLU(),
            layers.Conv2DTranspose(1, 4, 2, "same"),
            layers.Activation("tanh", dtype="float32"),
        ]
    )
    discriminator = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(64, 4, 2, "same"),
            layers.LeakyReLU(0.2),
            layers.Conv2D(128, 4, 2, "same"),
            layers.LeakyReLU(0.2),
            layers.Flatten(),
            layers.Dense(1, dtype="float32"),
        ]
    )
    return generator, discriminator


def build(model=tfgen.GAN, policy="float32", **settings):
    """Return the compiled GAN."""
    keras.config.set_dtype_policy(policy)
    gan = model(*networks(), LATENT_DIM, tfgen.losses.non_saturating)
    d_optimizer, g_optimizer = (keras.optimizers.Adam(2e-4, beta_1=0.5) for _ in range(2))
    gan.compile(d_optimizer=d_optimizer, g_optimizer=g_optimizer, **settings)
    keras.config.set_dtype_policy("float32")
    return gan


def main():
    """Measure in turn, and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=15)
    parser.add_argument("--peer", help="a command that prints its images/s")
    arguments = parser.parse_args()
    count = arguments.steps * BATCH
    noise = tf.random.uniform((count, 28, 28, 1), -1.0, 1.0)
    data = tf.data.Dataset.from_tensor_slices(noise).batch(BATCH)
    several = {"steps_per_execution": arguments.steps}
    models = {
        "fit": build(**several),
        "fit, bfloat16": build(policy="mixed_bfloat16", **several),
        "fit, two passes": build(TwoPasses, **several),
    }

    def trained(model):
        return lambda: timed(lambda: model.fit(data, verbose=0), count)

    runs = {name: trained(model) for name, model in models.items()}
    for run in runs.values():
        run()  # compiles
    if arguments.peer:
        runs["peer"] = lambda: reported(arguments.peer)
    compare(runs, arguments.rounds)


if __name__ == "__main__":
    main()
