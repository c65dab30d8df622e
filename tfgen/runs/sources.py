"""Data as recipes open them."""

import os
from typing import Any

from tfgen.recipes import Recipe, Settings


def opened(
    recipe: Recipe, settings: Settings, data_dir: str | None = None, tokenizer: Any = None
) -> Any:
    """Return the source of a run's data, which are of the kind that its recipe trains on.

    Args:
        recipe: of the run.
        settings: of the run.
        data_dir: folder of the TFDS data sets.
        tokenizer: of texts, that of a trained model; None to make one.

    Raises:
        ValueError: for data of another kind, or that cannot be trained on.
        FileNotFoundError: for data that are not there.
    """
    if recipe.open is None:
        from tfgen.data import open_source

        source = open_source(settings.data, settings.size, settings.holdout, data_dir=data_dir)
    else:
        if settings.size is not None:
            raise ValueError(
                f"--size was given: {recipe.name} trains on {recipe.kind}s, and only images have "
                "one. Leave it out."
            )
        source = recipe.open(settings, data_dir, tokenizer)
    spec = source.spec
    asked = recipe.kind in ("image", "text") or spec.kind.name == "text"
    if asked and spec.kind.name != recipe.kind:
        raise ValueError(
            f"--data {settings.data} has {spec.kind.described(spec.shape)}: {recipe.name} trains "
            f"on {recipe.kind}s. Choose a recipe for them: `tfgen recipes`."
        )
    return source


def tokenizer_of(trained: Any, model: Any = None) -> Any:
    """Return the tokenizer of texts that a trained model reads, or None.

    Args:
        trained: a `Trained`.
        model: the loaded model, if it is at hand.
    """
    own = getattr(getattr(model, "kind", None), "tokenizer", None)
    return own if own is not None else known_tokenizer(trained.run)


def known_tokenizer(run: Any) -> Any:
    """Return the tokenizer of texts that recipe.json of a run tells of, or None."""
    source = run.facts.get("source") if run is not None else None
    if not source or "tokenizer" not in source.get("kind", {}):
        return None
    from tfgen.tokenizers import from_about

    return from_about(source["kind"])


def tokenizer_to_go_on_with(run: Any, begin_from: str | os.PathLike | None) -> Any:
    """Return the tokenizer of what a run has trained already, or of the model that it begins from.

    None where there is neither, or none that reads texts.
    """
    if run.recipe.kind != "text":
        return None
    from tfgen.runs.directory import Run
    from tfgen.runs.trained import open_trained

    if (run.directory / "recipe.json").is_file():
        return known_tokenizer(Run.open(run.directory))
    if begin_from is None:
        return None
    found = open_trained(begin_from)
    return known_tokenizer(found.run) or tokenizer_of(found, found.load())
