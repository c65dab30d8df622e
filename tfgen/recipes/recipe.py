"""What a recipe is made of."""

import dataclasses
from collections.abc import Callable


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
    """

    epochs: int
    batch_size: int
    seed: int = 0
    steps_per_epoch: int | None = None
    strategy: str = "default"
    mixed_precision: bool = False


@dataclasses.dataclass(frozen=True)
class Recipe:
    """One experiment, from data to judgement.

    Attributes:
        name: what the command line calls it.
        modality: "image", "text" or "audio".
        family: "VAE", "IWAE", ...
        data: name of the data set.
        time: training time on 2 CPU cores, in words.
        expected: the result to expect, in words, with its unit and protocol.
        settings: the settings that gave it.
        build: `(settings, steps_per_epoch) -> compiled model`, called in the strategy's scope; with
            a tokenizer `(settings, steps_per_epoch, trained tokenizer)`.
        dataset: `(split, settings, data_dir, first_epoch) -> tf.data.Dataset` of batches; split is
            "train" or "test".
        judge: `(model, test dataset) -> {metric: value}`, the recipe's frozen protocol.
        watch: `(model, test dataset) -> (function from the model to a float)`, less being better:
            looked at while training, its best value is reported beside the final judgement.
        every: epochs between validations, pictures and backups, which cost more than small epochs.
        tokenizer: the recipe, trained first, of the autoencoder whose tokens the model learns to
            write; None for a model that needs none.
        quality: None, or `(settings, data_dir) -> function` from generated images to
            `{name: number}`, by which an export shows what each conversion cost.
    """

    name: str
    modality: str
    family: str
    data: str
    time: str
    expected: str
    settings: Settings
    build: Callable
    dataset: Callable
    judge: Callable
    watch: Callable | None = None
    every: int = 1
    tokenizer: str | None = None
    quality: Callable | None = None


def steps_per_call(steps_per_epoch, at_most):
    """Return the largest divisor of `steps_per_epoch` up to `at_most`, for `steps_per_execution`.

    Keras would take the steps of the last call from the next epoch where it is none.

    Example:
        >>> steps_per_call(468, at_most=60)
        52
    """
    divisors = (n for n in range(1, at_most + 1) if steps_per_epoch % n == 0)
    return max(divisors)
