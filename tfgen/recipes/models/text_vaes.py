"""Variational autoencoders of texts."""

import tfgen
from tfgen.recipes.models import language
from tfgen.recipes.recipe import steps_per_call

OPTIONS = {
    **language.OPTIONS,
    "documents": "lines",
    "length": 64,
    "width": 128,
    "depth": 4,
    "heads": 2,
    "dropout": 0.0,
}
VAE_OPTIONS = {
    **OPTIONS,
    "encoder_width": 96,
    "encoder_depth": 2,
    "latent_dim": 16,
    "free_nats": 0.25,  # of each unit, which cost nothing
    "word_dropout": 0.0,
    "cycle": 0,  # epochs in which the rate's weight rises once from 0 to 1; 0: it is always 1
}


def vae(settings, spec, steps_per_epoch):
    """Return a compiled VAE of texts, trained as `language.build` does; options: VAE_OPTIONS."""
    tokenizer, latent_dim = spec.kind.tokenizer, settings["latent_dim"]
    padded, beta = settings["documents"] != "stream", 1.0
    if settings["cycle"]:
        beta = tfgen.schedules.Cyclic(settings["cycle"] * steps_per_epoch)
    model = tfgen.TextVAE(
        *_networks(settings, tokenizer, spec.shape[0], tokenizer.end if padded else None),
        tokenizer,
        latent_dim,
        padded=padded,
        word_dropout=settings["word_dropout"],
        beta=beta,
        rate=tfgen.losses.FreeBits(settings["free_nats"]),
    )
    model.compile(
        language.optimizer(settings, spec.shape[0], settings.epochs * steps_per_epoch),
        jit_compile=settings["network"] == "gru",
        steps_per_execution=steps_per_call(steps_per_epoch, 10),
    )
    return model


def _networks(settings, tokenizer, length, end):
    """The encoder and the decoder."""
    networks, kind = tfgen.networks, settings["network"]
    common, latent_dim = (tokenizer.size, length), settings["latent_dim"]
    width, outputs = settings["encoder_width"], 2 * latent_dim
    if kind == "gru":
        encoder = networks.gru_text_encoder(*common, outputs, width, end=end)
        return encoder, networks.gru_text_decoder(*common, latent_dim, settings["width"])
    if kind != "transformer":
        raise ValueError(f"Setting network={kind!r} received: expected transformer or gru.")
    encoder = networks.transformer_text_encoder(
        *common, outputs, width, settings["encoder_depth"], settings["heads"], end
    )
    decoder = networks.transformer_text_decoder(
        *common, latent_dim, *_size(settings), settings["dropout"]
    )
    return encoder, decoder


def _size(settings):
    """Width, depth and heads of what writes."""
    return settings["width"], settings["depth"], settings["heads"]
