"""Run directories: where a training keeps all it makes, and how it resumes.

recipe.json   name, settings, source, versions    samples/       pictures while training
backup/       the last two epochs                 model.keras    the trained model
logs/         TensorBoard and history.csv         metrics.json   what `evaluate` found
report.html   the same for people, of recipes that have such a page
tokenizer/    the run that a prior's builds upon: a whole run directory, or a copy of its result
"""

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tfgen.recipes import Recipe, Settings
from tfgen.runs import description
from tfgen.runs.places import check_writable
from tfgen.runs.settings import option


class Run:
    """The directory of one training of one recipe.

    Args:
        directory: the run directory.
        recipe: the `Recipe`.
        settings: its `Settings`.
        facts: what else recipe.json says: of the source, and of the model that it went on from.

    Example:
        >>> import tempfile
        >>> from tfgen import recipes
        >>> recipe = recipes.get("digits-vae")
        >>> with tempfile.TemporaryDirectory() as directory:
        ...     Run(directory, recipe, recipe.settings).begin()
        ...     Run.open(directory).trained
        False
    """

    def __init__(
        self,
        directory: str | os.PathLike,
        recipe: Recipe,
        settings: Settings,
        facts: Mapping[str, Any] | None = None,
    ):
        self.directory, self.recipe, self.settings = Path(directory), recipe, settings
        self.facts = dict(facts or {})

    @classmethod
    def open(cls, directory: str | os.PathLike) -> "Run":
        """Return the run that `directory` holds.

        Raises:
            FileNotFoundError: where there is none.
            ValueError: where its recipe.json can't be read.
        """
        path = Path(directory) / "recipe.json"
        if not path.is_file():
            raise FileNotFoundError(
                f"{directory} holds no recipe.json: expected the directory of a training. "
                "Pass the --out of `tfgen train`."
            )
        recipe, settings, found = description.read(path)
        return cls(directory, recipe, settings, _facts(found))

    def check(self) -> None:
        """See whether this run may be trained in its directory; nothing is written.

        Raises:
            ValueError: where the directory holds a run of another recipe or with other settings,
                or other files.
            OSError: where it cannot be made or written to.
        """
        if (self.directory / "recipe.json").exists():
            self._check_same(Run.open(self.directory))
        elif self.directory.is_dir() and any(_foreign(self.directory)):
            raise ValueError(
                f"{self.directory} is not empty and holds no recipe.json: it is no run directory. "
                "Choose a new directory for --out."
            )
        check_writable(self.directory)

    def begin(self) -> None:
        """Write recipe.json, if it is not there; to be called once all is known to be good."""
        path = self.directory / "recipe.json"
        if not path.exists():
            told = description.described(self.recipe, self.settings)
            description.write_json(path, {**told, **self.facts})

    def end(self) -> None:
        """Write into recipe.json which model.keras it was that this run trained."""
        self.facts["model"] = hash_of(self.model_path)
        told = description.described(self.recipe, self.settings)
        description.write_json(self.directory / "recipe.json", {**told, **self.facts})

    @property
    def model_path(self) -> Path:
        """Where the trained model is."""
        return self.directory / "model.keras"

    @property
    def backups(self) -> Path:
        """Where the states of the last epochs are."""
        return self.directory / "backup"

    @property
    def trained(self) -> bool:
        """Whether the training has ended."""
        return self.model_path.is_file()

    @property
    def tokenizer_directory(self) -> Path:
        """Where the run is that trains the tokenizer, for recipes that need one."""
        return self.directory / "tokenizer"

    def check_trained(self) -> None:
        """Raise `FileNotFoundError` where the training has not ended."""
        if not self.trained:
            raise FileNotFoundError(
                f"{self.directory} holds no model.keras: its training has not ended. "
                f"Run `tfgen train {self.recipe.name} --out {self.directory}` to the end."
            )

    def check_model(self) -> None:
        """Raise `ValueError` where model.keras is not what this run trained.

        Raises:
            FileNotFoundError: where the training has not ended.
        """
        self.check_trained()
        if self.facts.get("model", hash_of(self.model_path)) != hash_of(self.model_path):
            raise ValueError(
                f"{self.model_path} is not the model that this run trained: it is damaged, or "
                "another was put in its place. Copy it anew, or pass the file itself in the place "
                "of the run."
            )

    def load(self) -> Any:
        """Return the trained model.

        Raises:
            FileNotFoundError: where the training has not ended yet.
            ValueError: for a damaged file, or that of another run.
        """
        self.check_model()
        from tfgen.loading import load_model

        return load_model(self.model_path)

    def _check_same(self, found):
        if self.recipe.name != found.recipe.name:
            raise ValueError(
                f"{self.directory} holds a run of {found.recipe.name!r}, not of "
                f"{self.recipe.name!r}. Choose another directory for --out."
            )
        mine, theirs = (_flat(run) for run in (self, found))
        for name, value in theirs.items():
            if mine.get(name) != value and not (name == "data" and _same(mine["data"], value)):
                raise ValueError(
                    f"{self.directory} holds a run with {option(name)} {value}, not "
                    f"{mine.get(name)}: a run resumes only with the settings it began with. Pass "
                    "those, or choose another directory for --out."
                )


def hash_of(path: str | os.PathLike) -> str:
    """Return the SHA-256 of a file."""
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


def _facts(found):
    return {name: found[name] for name in ("source", "from", "model") if name in found}


def _flat(run):
    """All settings by name, and what the run began from."""
    plain = description.described(run.recipe, run.settings)["settings"]
    options, begun = plain.pop("options"), run.facts.get("from") or {}
    return {**plain, **options, "from": begun.get("sha256")}


def _same(data, other):
    """Whether two texts name the same data."""
    places = [os.path.abspath(os.path.expanduser(each)) for each in (data, other) if each]
    return len(places) == 2 and places[0] == places[1]


def _foreign(directory):
    """What is neither hidden, for that may be a lock, nor made by a training before it begins."""
    for path in directory.iterdir():
        tokenizer = path.name == "tokenizer" and (path / "recipe.json").is_file()
        if not path.name.startswith((".", "classifier.")) and not tokenizer:
            yield path
