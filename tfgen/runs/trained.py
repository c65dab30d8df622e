"""Trained models, wherever they lie: in a run, among the presets, or in a file."""

import dataclasses
import difflib
import os
from pathlib import Path
from typing import Any

from tfgen import presets, recipes
from tfgen.recipes import Recipe, Settings
from tfgen.runs import description, sources
from tfgen.runs.directory import Run, hash_of

_BATCH = 64  # of a model without recipe


@dataclasses.dataclass(frozen=True)
class Trained:
    """A trained model, and what is known of how it came about.

    Attributes:
        name: what its exported files call it.
        path: its `.keras` file.
        recipe: by which it was trained; None for a file, which does not say.
        settings: with which it was trained, or None.
        run: its run directory, or None.
    """

    name: str
    path: Path
    recipe: Recipe | None = None
    settings: Settings | None = None
    run: Run | None = None

    def load(self) -> Any:
        """Return the model.

        Raises:
            ValueError: for a damaged file, or the model of another recipe.
        """
        from tfgen.loading import load_model

        return load_model(self.path)

    @property
    def sha256(self) -> str:
        """The hash of the file."""
        return hash_of(self.path)

    @property
    def class_names(self) -> list[str] | None:
        """Names of the classes of its data, where the run knows them."""
        facts = self.run.facts.get("source") if self.run else None
        return facts.get("classes") or None if facts else None

    def source(self, data: Any = None, data_dir: str | None = None, model: Any = None) -> Any:
        """Return the source of the data that it was trained on, or of other `data` of the kind.

        Args:
            data: where the data are now, or None for where they were.
            data_dir: folder of the TFDS data sets.
            model: the loaded model, by whose shape examples of a file without recipe are resized.

        Raises:
            ValueError: where nobody says which data, or these are of another shape.
            FileNotFoundError: where they are no longer there; the message asks for `--data`.
        """
        if self.settings is None or self.recipe is None:
            return _as_seen_by(model, _given(data, self.path), data_dir)
        given = _given(data or self.settings.data, self.path)
        settings = dataclasses.replace(self.settings, data=given)
        tokenizer = sources.tokenizer_of(self, model)
        try:
            source = sources.opened(self.recipe, settings, data_dir, tokenizer)
        except FileNotFoundError as error:
            if data or not os.path.isabs(str(given)):
                raise
            raise FileNotFoundError(
                f"{given}, on which {self.name} was trained, cannot be read ({error}). "
                "Say by --data where it is now."
            ) from error
        self._check_shape(source)
        return source

    def test_batches(self, model: Any, data: Any = None, data_dir: str | None = None) -> Any:
        """Return the dataset of examples to judge by, as the model takes them; see `source`."""
        source = self.source(data, data_dir, model)
        if self.recipe is not None:
            return self.recipe.batches(source, "test", self.settings, 0)
        own = {} if model.kind.value_range is None else {"value_range": model.kind.value_range}
        labels = getattr(model, "num_classes", None) is not None
        return source.batches("test", batch_size=_BATCH, labels=labels, **own)

    def _check_shape(self, source):
        facts = self.run.facts.get("source") if self.run else None
        if facts and tuple(facts["shape"]) != source.spec.shape:
            raise ValueError(
                f"--data {source.name} has examples of shape {source.spec.shape}: {self.name} was "
                f"trained on {tuple(facts['shape'])}. Pass the data that it was trained on."
            )


def open_trained(what: str | os.PathLike, recipe: str | None = None) -> Trained:
    """Return the trained model that a person names: a run directory, a preset, or a `.keras` file.

    A run directory goes before a preset of the same name.

    Args:
        what: the path, or the name of a preset.
        recipe: name of the recipe by which a `.keras` file, which does not say, was trained.

    Raises:
        FileNotFoundError: where there is nothing of that name, or its training has not ended.
        ValueError: for a damaged recipe.json or preset.

    Example:
        >>> open_trained("mnist-conv-vae").recipe.name
        'mnist-conv-vae'
    """
    text, path = os.fspath(what), Path(what)
    if path.suffix == ".keras" and path.is_file():
        known = None if recipe is None else recipes.get(recipe)
        return Trained(path.stem, path, known, known.settings if known else None)
    if recipe is not None:
        raise ValueError(f"--recipe {recipe} was given: {text} says its own. Leave it out.")
    if (path / "recipe.json").is_file() or (path.is_dir() and not presets.is_preset(text)):
        return _of_run(Run.open(path))
    if presets.is_preset(text):
        return _of_preset(text)
    raise FileNotFoundError(_missing(text, path))


def _of_run(run):
    run.check_model()
    return Trained(run.recipe.name, run.model_path, run.recipe, run.settings, run)


def _of_preset(name):
    file, told = presets.path(name), presets.about(name)
    recipe = recipes.get(told["recipe"])
    return Trained(name, file, recipe, description.settings_of(recipe, told["settings"]))


def _missing(text, path):
    if path.suffix == ".keras":
        return f"{text} is not there: expected the file of a model. Check the path."
    nearest = difflib.get_close_matches(text, presets.names(), n=1, cutoff=0.5)
    hint = f" Did you mean {nearest[0]!r}?" if nearest else ""
    return (
        f"{text} is no run directory (it holds no recipe.json), no preset and no .keras file. "
        f"`tfgen presets` lists what comes with the package.{hint}"
    )


def _given(data, path):
    if data is None:
        raise ValueError(f"{path} does not say which data it was trained on. Name some by --data.")
    return data


def _as_seen_by(model, data, data_dir):
    """The source of data, images resized to those that a model takes, texts in its tokens."""
    from tfgen.data import open_source, open_text

    shape = getattr(model, "example_shape", None)
    if model is not None and model.kind.name == "text":
        documents = "lines" if getattr(model, "padded", False) else "stream"
        own = {"tokenizer": model.kind.tokenizer, "length": shape[0]}
        return open_text(data, documents=documents, data_dir=data_dir, **own)
    sized = model is not None and shape is not None and model.kind.name == "image"
    try:
        source = open_source(data, shape[:2] if sized else None, data_dir=data_dir)
    except ValueError:  # some data have one size only
        source = open_source(data, data_dir=data_dir)
    if shape is not None and source.spec.shape != tuple(shape):
        raise ValueError(
            f"--data {source.name} has examples of shape {source.spec.shape}: the model takes "
            f"{tuple(shape)}. Pass such as it was trained on."
        )
    return source
