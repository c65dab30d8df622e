"""Language models: transformers and gated recurrent units."""

import tfgen
from tfgen.recipes.models.texts import OPTIONS as TEXTS
from tfgen.recipes.recipe import steps_per_call

OPTIONS = {
    **TEXTS,
    "network": "transformer",  # or "gru"
    "width": 256,
    "depth": 6,  # 1 is usual for a GRU
    "heads": 4,
    "dropout": 0.1,
    "learning_rate": 1.6e-2,
    "weight_decay": 0.1,  # times the learning rate, of the matrices between tokens and logits
    "clip": 0.0,  # norm of a token's share of the gradients; 0: none
    "ema": 0.0,  # momentum of averaged weights, such as 0.99; 0: none
}


def build(settings, spec, steps_per_epoch):
    """Return a compiled language model; options: OPTIONS.

    Muon on the matrices goes much further than Adam in as many steps. Transformers compile in
    islands, see `tfgen.networks.islands`; of a recurrent network, XLA takes the loop whole.
    """
    tokenizer, length = spec.kind.tokenizer, spec.shape[0]
    network = _network(settings, tokenizer.size, length)
    model = tfgen.LanguageModel(network, tokenizer, padded=settings["documents"] != "stream")
    model.compile(
        optimizer(settings, length, settings.epochs * steps_per_epoch),
        jit_compile=settings["network"] == "gru",
        steps_per_execution=steps_per_call(steps_per_epoch, 10),
    )
    return model


def _network(settings, vocabulary, length):
    kind, width, depth = (settings[name] for name in ("network", "width", "depth"))
    if kind == "transformer":
        heads, dropout = settings["heads"], settings["dropout"]
        return tfgen.networks.language_transformer(vocabulary, length, width, depth, heads, dropout)
    if kind == "gru":
        return tfgen.networks.language_gru(vocabulary, length, width, depth, settings["dropout"])
    raise ValueError(f"Setting network={kind!r} received: expected transformer or gru.")


def optimizer(settings, length, updates):
    """Return Muon for so many updates on rows of a length; options: of OPTIONS, the last five."""
    import keras

    warm_up = max(1, min(100, updates // 20))
    schedule = keras.optimizers.schedules.CosineDecay(
        0.0, updates - warm_up, warmup_target=settings["learning_rate"], warmup_steps=warm_up
    )
    ema, clip = settings["ema"], settings["clip"]
    averages = {"use_ema": True, "ema_momentum": ema} if ema else {}
    return tfgen.training.Muon(
        schedule,
        exclude_layers=["logits"],
        weight_decay=settings["weight_decay"],
        adam_weight_decay=None,
        adam_beta_2=0.99,
        global_clipnorm=clip * length if clip else None,  # the loss is of rows
        product_dtype="bfloat16" if settings.mixed_precision else "float32",
        **averages,
    )
