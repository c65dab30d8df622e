"""What can be wrong with a VQVAE's networks and data, said before training."""

from tfgen.checks.functions import check_members
from tfgen.checks.networks import check_knows_its_input, check_network
from tfgen.checks.numbers import check_integer, check_number
from tfgen.networks.checks import check_fit

LIKELIHOOD = ("parameters_per_channel", "value_range", "images", "check", "__call__")
QUANTIZER = ("codebook_size", "code_dim", "stages", "index_shape", "lookup", "bound", "__call__")


def check_networks(encoder, decoder, quantizer, likelihood, warm_up):
    """Raise `ValueError` where networks, quantizer and likelihood don't fit together."""
    check_network("VQVAE", "encoder", encoder)
    check_network("VQVAE", "decoder", decoder)
    check_knows_its_input("VQVAE", "encoder", encoder)
    check_knows_its_input("VQVAE", "decoder", decoder)
    check_members("VQVAE", "quantizer", quantizer, QUANTIZER, "tfgen.quantizers")
    check_members("VQVAE", "likelihood", likelihood, LIKELIHOOD, "tfgen.likelihoods")
    *spatial, channels = encoder.input_shape[1:]
    parameters = (*spatial, channels * likelihood.parameters_per_channel)
    codes = (*encoder.output_shape[1:-1], quantizer.code_dim)
    checks = [
        ("encoder's output shape", encoder.output_shape[1:], codes),
        ("decoder's input shape", decoder.input_shape[1:], codes),
        ("decoder's output shape", decoder.output_shape[1:], parameters),
    ]
    owner = f"VQVAE(quantizer={type(quantizer).__name__}(code_dim={quantizer.code_dim}), "
    check_fit(f"{owner}likelihood={likelihood})", checks)
    check_integer("VQVAE", "warm_up", warm_up, "Use 0 to quantize from the first step on.", least=0)


def check_indices_shape(indices, expected):
    """Raise `ValueError` where indices `[batch, ...]` are not of the shape of the model's."""
    received = tuple(indices.shape[1:])
    if received != expected:
        raise ValueError(
            f"VQVAE.decode_indices received indices of shape {received} for each example: expected "
            f"{expected}. Reshape the rows of a prior with tf.reshape(indices, [-1, "
            f"{', '.join(map(str, expected))}])."
        )


def _fits(sides, shape):
    """Whether a network of these sides, None for any, takes images of the shape."""
    return len(sides) == len(shape) and all(
        side in (None, length) for side, length in zip(sides, shape, strict=True)
    )


def check_adversary(vqvae, discriminator, features, loss, warm_up, **weights):
    """Raise `ValueError` where a VQGAN's networks don't see images, or numbers are out of range."""
    check_members("VQGAN", "vqvae", vqvae, ("quantizer", "decoder", "forward"), "tfgen.VQVAE")
    check_members("VQGAN", "loss", loss, ("discriminator", "generator", "paired"), "tfgen.losses")
    check_network("VQGAN", "discriminator", discriminator)
    check_knows_its_input("VQGAN", "discriminator", discriminator)
    for what, network in (("discriminator", discriminator), ("features network", features)):
        if network is not None and not _fits(network.input_shape[1:], vqvae.example_shape):
            raise ValueError(
                f"VQGAN received a {what} for images of shape {tuple(network.input_shape[1:])}: "
                f"the VQVAE's are {vqvae.example_shape}. Build it for these."
            )
    if not any(v.name == "kernel" for v in vqvae.decoder.trainable_variables):
        raise ValueError(
            "VQGAN received a VQVAE whose decoder has no trainable kernel: its last one is where "
            "the gradients are balanced. End the decoder with a Conv2D or Dense layer."
        )
    first = "Use 0 for a discriminator that counts from the first step on."
    check_integer("VQGAN", "warm_up", warm_up, first, least=0)
    for name, weight in weights.items():
        check_number("VQGAN", name, weight, "Use 1.0.", least=0)
