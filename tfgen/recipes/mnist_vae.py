"""The one-layer VAE of Burda et al. 2015 on dynamically binarised MNIST.

Network, binarisation and estimate are the paper's (arXiv 1509.00519, section 5 and table 1: 86.76
nats with one importance sample in training): 200-200 tanh units on both sides, 50 latents. The
optimizer is not: the paper's Adam takes 3,280 epochs of batches of 20. Muon on the weight matrices
goes further than Adam in as many minutes, and large batches spread its cost.
"""

import tfgen
from tfgen.recipes.judging import judge_vae
from tfgen.recipes.quality import mnist_frechet
from tfgen.recipes.recipe import Recipe, Settings, steps_per_call

LATENT_DIM = 50
IMAGE_SHAPE = (28, 28, 1)


def networks():
    """Return encoder and decoder."""
    encoder = tfgen.networks.mlp(IMAGE_SHAPE, (2 * LATENT_DIM,), activation="tanh")
    decoder = tfgen.networks.mlp((LATENT_DIM,), IMAGE_SHAPE, activation="tanh")
    return encoder, decoder


def compiled(vae, settings, steps_per_epoch):
    """Return the model, compiled for a whole training."""
    import keras

    schedule = keras.optimizers.schedules.CosineDecay(1e-2, settings.epochs * steps_per_epoch)
    optimizer = keras.optimizers.Muon(schedule, weight_decay=None, adam_weight_decay=None)
    # XLA fuses the many small operations of an MLP: 1.3 to 1.5 times as fast on 2 cores. Several
    # steps a call spare the round trips through Python, which cost as much as a step.
    vae.compile(
        optimizer, jit_compile=True, steps_per_execution=steps_per_call(steps_per_epoch, 60)
    )
    return vae


def build(settings, steps_per_epoch):
    """Return the compiled model."""
    vae = tfgen.VAE(*networks(), tfgen.likelihoods.Bernoulli(), LATENT_DIM)
    return compiled(vae, settings, steps_per_epoch)


def dataset(split, settings, data_dir=None, first_epoch=0):
    """Return MNIST, every pixel drawn anew in every epoch; test pixels are drawn once."""
    return tfgen.data.images(
        "mnist",
        split,
        batch_size=settings.batch_size,
        binarize="dynamic" if split == "train" else "static",
        seed=settings.seed,
        first_epoch=first_epoch,
        data_dir=data_dir,
        drop_remainder=split == "train",  # another batch size would compile the step twice
    )


RECIPE = Recipe(
    name="mnist-vae",
    modality="image",
    family="VAE",
    data="mnist",
    time="42 min",
    expected="NLL 85.5 nats, 5,000 importance samples; Burda et al. 2015: 86.76",
    settings=Settings(epochs=2200, batch_size=1024),
    build=build,
    dataset=dataset,
    judge=judge_vae,
    every=50,
    quality=mnist_frechet,
)
