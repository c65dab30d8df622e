"""A tokenizer for MNIST: 28x28 pixels become 7x7 indices of 512 learned codes.

Codes of 8 dimensions that begin as encoded images, follow the means of what they stand for, and
are moved to where they are wanted once they are not: nearly all stay in use. The likelihood is one
of 8-bit pixels, so that its bits are those of the image files.
"""

import tfgen
from tfgen.recipes.recipe import Recipe, Settings, steps_per_call
from tfgen.recipes.token_judging import judge_tokenizer

IMAGE_SHAPE = (28, 28, 1)
CODE_DIM = 8


def build(settings, steps_per_epoch):
    """Return the compiled model."""
    quantizer = tfgen.quantizers.EMAQuantizer(512, CODE_DIM, seed=settings.seed)
    return vqvae(quantizer, IMAGE_SHAPE, settings, steps_per_epoch)


def vqvae(
    quantizer,
    image_shape,
    settings,
    steps_per_epoch,
    *,
    width=32,
    downsamplings=2,
    likelihood=None,
):
    """Return a compiled VQVAE with this quantizer, whose grid halves the sides so many times.

    The likelihood is that of 8-bit pixels if none is given.
    """
    import keras

    sizes = {"downsamplings": downsamplings, "width": width}
    encoder = tfgen.networks.grid_encoder(image_shape, quantizer.code_dim, **sizes)
    likelihood = likelihood or tfgen.likelihoods.DiscretisedLogistic(bits=8)
    *sides, channels = image_shape
    parameters = (*sides, channels * likelihood.parameters_per_channel)
    decoder = tfgen.networks.grid_decoder(quantizer.code_dim, parameters, **sizes)
    model = tfgen.VQVAE(encoder, decoder, quantizer, likelihood)
    schedule = keras.optimizers.schedules.CosineDecay(2e-3, settings.epochs * steps_per_epoch)
    # Without XLA, which makes convolutions slower on CPUs.
    model.compile(
        keras.optimizers.Adam(schedule), steps_per_execution=steps_per_call(steps_per_epoch, 12)
    )
    return model


def dataset(split, settings, data_dir=None, first_epoch=0):
    """Return MNIST, grey values in [0, 1]."""
    return images("mnist", split, settings, data_dir, first_epoch)


def images(source, split, settings, data_dir, first_epoch, labels=False):
    """Return batches of images, all of one size while training."""
    return tfgen.data.images(
        source,
        split,
        batch_size=settings.batch_size,
        labels=labels,
        seed=settings.seed,
        first_epoch=first_epoch,
        data_dir=data_dir,
        drop_remainder=split == "train",  # another batch size would compile the step twice
    )


def judge(model, test):
    """Return use of the codebook, and what is lost, seen by the classifier that ships."""
    return judge_tokenizer(model, test, tfgen.metrics.mnist_features)


RECIPE = Recipe(
    name="mnist-vqvae",
    modality="image",
    family="VQ-VAE",
    data="mnist",
    time="5 min",
    expected="100 % of 512 codes in use, perplexity 349, MSE 0.0023, 1.21 bits/dim without codes",
    settings=Settings(epochs=4, batch_size=128),
    build=build,
    dataset=dataset,
    judge=judge,
)
