"""What a recipe is made of."""

import dataclasses
import difflib
import math
from collections.abc import Callable, Mapping
from typing import Any


@dataclasses.dataclass(frozen=True)
class Settings:
    """What may change between runs of one recipe; it decides every number of the run.

    Attributes:
        epochs: passes over the training data.
        batch_size: examples per step, over all replicas.
        seed: of initial weights, noise and the order of the data.
        steps_per_epoch: shortens the epochs; None for whole ones.
        strategy: "default", "mirrored" or "multiworker".
        mixed_precision: whether networks compute in bfloat16.
        data: what `tfgen.data.open_source` opens; None for a recipe that asks for it.
        size: `(height, width)` to resize images to; None for their own.
        holdout: share of the examples to be judged by, where there is no test set.
        options: what else the recipe declares, `{name: value}`, such as its learning rate;
            `settings["latent_dim"]` reads one.

    Example:
        >>> settings = Settings(epochs=1, batch_size=8, options={"latent_dim": 16})
        >>> settings.changed({"latent_dim": "32", "epochs": 2})["latent_dim"]
        32
    """

    epochs: int
    batch_size: int
    seed: int = 0
    steps_per_epoch: int | None = None
    strategy: str = "default"
    mixed_precision: bool = False
    data: str | None = None
    size: tuple[int, int] | None = None
    holdout: float = 0.1
    options: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    def __getitem__(self, name: str) -> Any:
        """Return an option of the recipe."""
        return self.options[name]

    def changed(self, changes: Mapping[str, Any]) -> "Settings":
        """Return settings with some changes, of fields and of options alike.

        Options that come as text, as from the command line, take the type that they have here.

        Raises:
            ValueError: for a name that is neither, with the nearest that is one, and for a value
                of another type.
        """
        fields = {field.name for field in dataclasses.fields(self)} - {"options"}
        options = dict(self.options)
        for name in changes.keys() - fields:
            if name not in options:
                raise ValueError(_unknown(name, options))
            options[name] = _typed(name, changes[name], options[name])
        kept = {name: changes[name] for name in changes.keys() & fields}
        return dataclasses.replace(self, **kept, options=options)


@dataclasses.dataclass(frozen=True)
class Recipe:
    """One experiment: data, model and judge. A generic one takes any data of its kind.

    Attributes:
        name: what the command line calls it.
        family: "VAE", "IWAE", ...
        kind: name of the kind of examples that it trains on, such as "image".
        time: training time on 2 CPU cores, in words.
        expected: the result to expect, in words, with its unit and protocol.
        settings: the settings that gave it.
        build: `(settings, spec, steps_per_epoch) -> compiled model`, called in the strategy's
            scope, with shapes and classes from the spec of the source; with a tokenizer
            `(settings, spec, steps_per_epoch, trained tokenizer)`.
        batches: `(source, split, settings, first_epoch) -> tf.data.Dataset`; split is "train" or
            "test".
        judge: `(model, evidence) -> {metric: value}`, the recipe's frozen protocol; for the
            evidence see `tfgen.recipes.judging`.
        watch: `(model, evidence) -> (function from the model to a float)`, less being better:
            looked at while training, its best value is reported beside the final judgement.
        quality: `(model, evidence) -> function` from generated examples to `{name: number}`, or to
            a `tfgen.endpoints.Quality`, by which an export shows what each conversion cost; None
            for none.
        features: `(source, directory) -> FeatureExtractor or None`: what judges look through, made
            and kept in a directory where it has to be trained; see `judging.features`.
        report: `(model, evidence, judged) -> HTML`, a page for people that `tfgen evaluate` writes
            beside the numbers; None for none.
        every: epochs between validations, pictures and backups, which cost more than small epochs.
        open: `(settings, data_dir, tokenizer) -> Source`, how it opens its data; the tokenizer is
            that of a trained model, or None. None for `tfgen.data.open_source`.
        tokenizer: the recipe, trained first, of the autoencoder whose tokens the model learns to
            write; None for a model that needs none.
        inherits: names of settings that are those of the tokenizer's run, where one is given and
            nothing else is asked for; such a recipe takes the run of any autoencoder.
    """

    name: str
    family: str
    time: str
    expected: str
    settings: Settings
    build: Callable
    batches: Callable
    judge: Callable
    kind: str = "image"
    watch: Callable | None = None
    quality: Callable | None = None
    features: Callable | None = None
    report: Callable | None = None
    every: int = 1
    tokenizer: str | None = None
    open: Callable | None = None
    inherits: tuple[str, ...] = ()

    @property
    def data(self) -> str:
        """What it trains on, in a word."""
        return self.settings.data or f"yours ({self.kind})"


def steps_per_call(steps_per_epoch: int, at_most: int) -> int:
    """Return the largest divisor of `steps_per_epoch` up to `at_most`, for `steps_per_execution`.

    Keras would take the steps of the last call from the next epoch where it is none.

    Example:
        >>> steps_per_call(468, at_most=60)
        52
    """
    divisors = (n for n in range(1, at_most + 1) if steps_per_epoch % n == 0)
    return max(divisors)


def _unknown(name, options):
    known = ", ".join(sorted(options)) or "none"
    nearest = difflib.get_close_matches(name, options, n=1, cutoff=0.4)
    hint = f" Did you mean {nearest[0]!r}?" if nearest else ""
    return f"Unknown setting {name!r}: this recipe declares {known}.{hint}"


def _typed(name, value, old):
    """Return a value as the type of what it replaces."""
    if isinstance(old, bool):
        found = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}.get(
            str(value).lower()
        )
        return _checked(name, value, found, "true or false")
    if isinstance(old, int):
        whole = _number(value)
        whole = int(whole) if whole is not None and whole == int(whole) else None
        return _checked(name, value, whole, f"an integer, such as {old}")
    if isinstance(old, float):
        return _checked(name, value, _number(value), f"a finite number, such as {old}")
    return str(value)


def _number(value):
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None


def _checked(name, received, value, expected):
    if value is None:
        raise ValueError(f"Setting {name}={received!r} received: expected {expected}.")
    return value
