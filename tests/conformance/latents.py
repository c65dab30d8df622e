"""The rows of flows, of priors over continuous latents, and of both with an autoencoder as one."""

from conformance import examples
from conformance.row import Row
from models import IMAGE_SHAPE, small_vae

import tfgen
from tfgen import likelihoods, networks
from tfgen.flow import MeanFlow
from tfgen.priors import (
    AutoregressiveFlow,
    CouplingFlow,
    GaussianMixture,
    LatentGenerator,
    VampPrior,
)
from tfgen.vae import SecondStage

LATENT_DIM, SMALL = 3, (8,)
LOOP = "has a loop"
SPREAD = {"int8": 20}  # of what multiplies or divides by the scales of 8-bit latents
TRACED = "its eager replicas end in a warning of Keras: tests/flow compares traced ones"
FITTED = "scikit-learn fits it to all latents at once: no steps"


def _flow_matching():
    network = networks.velocity_unet(IMAGE_SHAPE, 4, 1, num_classes=10)
    settings = {"steps": 2, "solver": "euler", "guidance": 0.5}
    return tfgen.FlowMatching(network, num_classes=10, settings=settings)


def _second_stage():
    pair = [networks.mlp((LATENT_DIM,), (2 * LATENT_DIM,), SMALL) for _ in range(2)]
    return SecondStage(tfgen.VAE(*pair, likelihoods.Gaussian(minimum_scale=0.1), LATENT_DIM))


def _generator(prior):
    """Of an autoencoder at random, since what the prior learns from is nothing to the checks."""
    return LatentGenerator(small_vae(), prior, untrained=True)


def _train_autoencoder(model, arrays):
    model.autoencoder.compile("adam", run_eagerly=True)
    model.autoencoder.fit(arrays[0], batch_size=32, epochs=2, verbose=0)


ROWS = [
    Row("flow-matching", _flow_matching, examples.labelled_signed_digits, endpoints=("generate",)),
    Row("mean-flow", lambda: MeanFlow(networks.velocity_mlp((2,), 8, 1, times=2)), examples.points,
        endpoints=("generate",), skipped={"replicas": TRACED}),
    Row("vae-vamp", lambda: small_vae(prior=VampPrior(IMAGE_SHAPE, 5)), examples.digits,
        floors=SPREAD),
    Row("latents-mixture", lambda: _generator(GaussianMixture(LATENT_DIM, 2, num_classes=10)),
        examples.labelled_digits, _train_autoencoder,
        skipped=dict.fromkeys(("step", "replicas", "bfloat16"), FITTED)),
    Row("latents-coupling", lambda: _generator(CouplingFlow(LATENT_DIM, 2, SMALL)),
        examples.digits, _train_autoencoder),
    Row("latents-autoregressive", lambda: _generator(AutoregressiveFlow(LATENT_DIM, 2, SMALL)),
        examples.digits, _train_autoencoder,
        refused={("generate", "int8"): LOOP, ("generate", "int16x8"): LOOP}),
    Row("latents-second-stage", lambda: _generator(_second_stage()),
        examples.digits, _train_autoencoder, floors=SPREAD,
        refused={("generate", "int16x8"): "uses NEG"}),
]  # fmt: skip
