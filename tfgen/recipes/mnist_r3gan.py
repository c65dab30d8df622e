"""The objective of R3GAN on MNIST: relativistic pairing, with a penalty on both sides.

Huang et al. 2025 (arXiv 2501.05441): each real image is judged against a fake beside it, and the
discriminator is kept flat at both. Class-conditional, as the paper's models of ImageNet are. The
networks are those of `mnist-cgan` without any normalisation in the discriminator, which are six
times as fast on CPUs as the paper's residual ones; the penalties, at every fourth step, take a
quarter of their time. As in the paper, the rates fall to a low level and stay there, while a long
average follows: falling to nothing, they leave the generator wherever it circles by then.
"""

from tfgen.recipes import judging
from tfgen.recipes.models import gans
from tfgen.recipes.recipe import Recipe, Settings

RECIPE = Recipe(
    name="mnist-r3gan",
    family="GAN",
    time="85 min on slow cores",
    expected="Fréchet distance 0.050 (training digits: 0.03), 99 % as asked",
    settings=Settings(
        epochs=25,
        batch_size=64,
        data="mnist",
        options={
            **gans.OPTIONS,
            "learning_rate": 1e-3,
            "conditional": True,
            "gamma": 0.1,
            "gamma_end": 0.1,
            "interval": 4,
            "ema_images": 60_000,  # an epoch
        },
    ),
    build=gans.r3gan,
    batches=gans.batches,
    judge=judging.judge_samples,
    watch=judging.frechet,
    quality=judging.quality,
    every=5,
)
