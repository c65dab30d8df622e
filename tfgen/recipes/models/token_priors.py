"""Priors over the tokens of a trained tokenizer, by transformers."""

import tfgen
from tfgen.recipes.models.classes import num_classes
from tfgen.recipes.recipe import steps_per_call

OPTIONS = {
    "learning_rate": 2e-3,
    "width": 128,
    "depth": 3,
    "heads": 4,
    # Much in the tokens is noise of pixels: what is likely is drawn oftener than it was seen, and
    # what the label makes likelier still.
    "temperature": 0.5,
    "guidance": 1.0,
    "conditional": True,
}


def causal(settings, spec, steps_per_epoch, tokenizer):
    """Return a compiled generator whose prior writes tokens one by one; options: OPTIONS."""
    network = tfgen.networks.causal_transformer(
        *_sizes(settings, tokenizer), num_classes=num_classes(settings, spec)
    )
    return _compiled(settings, steps_per_epoch, tokenizer, tfgen.priors.CausalTokenPrior(network))


def masked(settings, spec, steps_per_epoch, tokenizer):
    """Return a compiled generator whose prior fills in tokens, the surest first."""
    network = tfgen.networks.masked_transformer(
        *_sizes(settings, tokenizer), num_classes=num_classes(settings, spec)
    )
    return _compiled(settings, steps_per_epoch, tokenizer, tfgen.priors.MaskedTokenPrior(network))


def _sizes(settings, tokenizer):
    """Vocabulary, length, width, depth and heads of the transformer."""
    own = (settings["width"], settings["depth"], settings["heads"])
    return tokenizer.codebook_size, tokenizer.token_count, *own


def _compiled(settings, steps_per_epoch, tokenizer, prior):
    import keras

    drawn = {"temperature": settings["temperature"]}
    if settings["conditional"]:
        drawn["guidance"] = settings["guidance"]
    generator = tfgen.priors.TokenGenerator(tokenizer, prior, drawn)
    steps = settings.epochs * steps_per_epoch
    warm_up = steps // 20
    schedule = keras.optimizers.schedules.CosineDecay(
        0.0, steps - warm_up, warmup_target=settings["learning_rate"], warmup_steps=warm_up
    )
    optimizer = keras.optimizers.AdamW(schedule, weight_decay=0.01, beta_2=0.98)
    # XLA makes transformers a fifth faster on CPUs.
    generator.compile(
        optimizer, jit_compile=True, steps_per_execution=steps_per_call(steps_per_epoch, 12)
    )
    return generator
