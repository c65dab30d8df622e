"""What can be wrong with a VAE's networks and numbers, said before training."""

import numpy as np

from tfgen.checks.functions import check_function, check_members
from tfgen.checks.networks import check_network, input_count, input_shape, output_shape
from tfgen.checks.numbers import check_integer, check_weight
from tfgen.networks.checks import check_fit

TEXT_DECODER = ("vocabulary", "length", "latent_dim", "blank", "start", "step")
LIKELIHOOD = ("parameters_per_channel", "value_range", "images", "check", "__call__")


def check_numbers(owner, latent_dim, beta, rate, num_classes):
    """Raise `ValueError` for numbers and functions that no objective can be made of."""
    check_integer(owner, "latent_dim", latent_dim, "Use the size of z, such as 16.")
    check_weight(owner, "beta", beta)
    taken = "(kl [batch, latent_dim], step) -> [batch]"
    check_function(owner, "rate", rate, taken, "tfgen.losses")
    if num_classes is not None:
        check_integer(owner, "num_classes", num_classes, "Use None for a model without classes.")


def checked_shape(owner, encoder, decoder, likelihood, latent_dim, num_classes, outputs):
    """Return the shape of one example; raise `ValueError` where networks don't fit together.

    The encoder is to give so many `outputs`.
    """
    check_network(owner, "encoder", encoder)
    check_network(owner, "decoder", decoder)
    check_members(owner, "likelihood", likelihood, LIKELIHOOD, "tfgen.likelihoods")
    per_channel = likelihood.parameters_per_channel
    made = output_shape(owner, "decoder", decoder, (latent_dim,), num_classes)
    # A subclassed encoder does not know what it takes: what the decoder makes, then.
    shape = input_shape(encoder) or (*made[:-1], made[-1] // per_channel)
    encoded = output_shape(owner, "encoder", encoder, shape, num_classes)
    inputs = 1 if num_classes is None else 2
    checks = [
        ("encoder's output shape", encoded, (outputs,)),
        ("decoder's input shape", input_shape(decoder) or (latent_dim,), (latent_dim,)),
        ("decoder's output shape", made, (*shape[:-1], shape[-1] * per_channel)),
        ("encoder's number of inputs", input_count(encoder, inputs), inputs),
        ("decoder's number of inputs", input_count(decoder, inputs), inputs),
    ]
    given = f"latent_dim={latent_dim}, num_classes={num_classes}, likelihood={likelihood}"
    check_fit(f"{owner}({given})", checks)
    return shape


def check_text_networks(owner, encoder, decoder, tokenizer, latent_dim, padded):
    """Raise `ValueError` where the parts of a VAE of texts don't fit together."""
    check_network(owner, "encoder", encoder)
    check_network(owner, "decoder", decoder)
    check_members(owner, "decoder", decoder, TEXT_DECODER, "tfgen.networks.gru_text_decoder")
    members = ("size", "end", "encode", "decode")
    check_members(owner, "tokenizer", tokenizer, members, "tfgen.tokenizers")
    length, size = decoder.length, tokenizer.size
    checks = [
        ("decoder's vocabulary", decoder.vocabulary, size),
        ("decoder's latent_dim", decoder.latent_dim, latent_dim),
        ("encoder's vocabulary", getattr(encoder, "vocabulary", size), size),
        ("encoder's length", getattr(encoder, "length", length), length),
    ]
    given = f"{owner}(tokenizer of {size} tokens, latent_dim={latent_dim}, padded={padded})"
    check_fit(given, checks)
    encoded = output_shape(owner, "encoder", encoder, (length,))
    end = tokenizer.end if padded else None
    checks = [
        ("encoder's output shape", encoded, (2 * latent_dim,)),
        ("encoder's end", getattr(encoder, "end", end), end),
    ]
    check_fit(given, checks)


def check_trained(model, who):
    """Raise `ValueError` where the model was never trained; `who` asks.

    A file need not say how many steps it took; but biases begin at 0, and no step leaves them so.
    """
    biases = [np.asarray(v) for v in model.weights if v.path.endswith("bias")]
    if int(model.step) == 0 and not any(bias.any() for bias in biases):
        raise ValueError(
            f"{who} received a {type(model).__name__} that was never trained: its latents mean "
            "nothing yet. Train it by fit, or load one that is trained."
        )
