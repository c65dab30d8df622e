"""Run directories: where a training keeps all it makes, and how it resumes.

recipe.json   name, settings, seed, versions      samples/       grids and traversals
backup/       the last two epochs                 model.keras    the trained model
logs/         TensorBoard and history.csv         metrics.json   what `evaluate` found
tokenizer/    the run that a prior's builds upon: a whole run directory, or a copy of its result
"""

import dataclasses
import filecmp
import importlib.metadata
import json
from pathlib import Path

from tfgen import recipes
from tfgen.files import write_files
from tfgen.recipes import Settings

_PACKAGES = ("tfgen", "tensorflow", "keras", "tensorflow-probability", "numpy")


class Run:
    """The directory of one training of one recipe.

    Args:
        directory: the run directory.
        recipe: the `Recipe`.
        settings: its `Settings`.
    """

    def __init__(self, directory, recipe, settings):
        self.directory, self.recipe, self.settings = Path(directory), recipe, settings

    @classmethod
    def start(cls, directory, recipe, settings):
        """Return the run in `directory`, new or to be resumed.

        Raises:
            ValueError: where the directory holds a run of another recipe or with other settings,
                or other files.
        """
        run = cls(directory, recipe, settings)
        if (run.directory / "recipe.json").exists():
            run._check_same(cls.open(directory))
        elif run.directory.is_dir() and any(_visible(run.directory)):
            raise ValueError(
                f"{directory} is not empty and holds no recipe.json: it is no run directory. "
                "Choose a new directory for --out."
            )
        else:
            run.directory.mkdir(parents=True, exist_ok=True)
            write_json(run.directory / "recipe.json", run._description())
        return run

    @classmethod
    def open(cls, directory):
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
        try:
            described = json.loads(path.read_text())
            settings = Settings(**described["settings"])
            return cls(directory, recipes.get(described["recipe"]), settings)
        except (KeyError, TypeError, json.JSONDecodeError) as error:
            raise ValueError(
                f"{path} is not what `tfgen train` wrote ({error!r}): it must name a recipe and "
                "its settings. Train again into a new directory."
            ) from None

    @property
    def model_path(self):
        """Where the trained model is."""
        return self.directory / "model.keras"

    @property
    def trained(self):
        """Whether the training has ended."""
        return self.model_path.is_file()

    @property
    def tokenizer_directory(self):
        """Where the run is that trains the tokenizer, for recipes that need one."""
        return self.directory / "tokenizer"

    def adopt_tokenizer(self, source):
        """Take the trained tokenizer of the run in `source`, a copy, instead of training one.

        Raises:
            FileNotFoundError: where `source` holds no run, or one whose training has not ended.
            ValueError: where it learned other data or is no tokenizer, or this run has another one.
        """
        theirs, mine = Run.open(source), Run(self.tokenizer_directory, None, None)
        self._check_tokenizer(theirs)
        if not mine.trained:
            mine.directory.mkdir(parents=True, exist_ok=True)
            names = ("recipe.json", "model.keras")
            write_files({mine.directory / n: (theirs.directory / n).read_bytes() for n in names})
        elif not filecmp.cmp(mine.model_path, theirs.model_path, shallow=False):
            raise ValueError(
                f"{self.directory} has a tokenizer already, other than that of {source}. Leave "
                "--tokenizer out to go on with it, or choose another directory for --out."
            )

    def _check_tokenizer(self, run):
        family = recipes.get(self.recipe.tokenizer).family
        if (run.recipe.data, run.recipe.family) != (self.recipe.data, family):
            raise ValueError(
                f"--tokenizer {run.directory} is a {run.recipe.family} of {run.recipe.data}: "
                f"{self.recipe.name} needs a {family} of {self.recipe.data}, as "
                f"{self.recipe.tokenizer} trains."
            )
        run.check_trained()

    def check_trained(self):
        """Raise `FileNotFoundError` where the training has not ended."""
        if not self.trained:
            raise FileNotFoundError(
                f"{self.directory} holds no model.keras: its training has not ended. "
                f"Run `tfgen train {self.recipe.name} --out {self.directory}` to the end."
            )

    def load(self):
        """Return the trained model.

        Raises:
            FileNotFoundError: where the training has not ended yet.
        """
        self.check_trained()
        from tfgen.loading import load_model

        return load_model(self.model_path)

    def _description(self):
        versions = {package: importlib.metadata.version(package) for package in _PACKAGES}
        settings = dataclasses.asdict(self.settings)
        return {"recipe": self.recipe.name, "settings": settings, "versions": versions}

    def _check_same(self, found):
        mine, theirs = ((r.recipe.name, dataclasses.asdict(r.settings)) for r in (self, found))
        if mine[0] != theirs[0]:
            raise ValueError(
                f"{self.directory} holds a run of {theirs[0]!r}, not of {mine[0]!r}. "
                "Choose another directory for --out."
            )
        for name, value in theirs[1].items():
            if mine[1][name] != value:
                option = "--" + name.replace("_", "-")
                raise ValueError(
                    f"{self.directory} holds a run with {option} {value}, not {mine[1][name]}: a "
                    "run resumes only with the settings it began with. Pass those, or choose "
                    "another directory for --out."
                )


def _visible(directory):
    """Files that are not hidden: another worker may be writing recipe.json under such a name."""
    return [path for path in directory.iterdir() if not path.name.startswith(".")]


def write_json(path, content):
    """Write `content` as JSON to `path`, which is never half there."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_files({path: (json.dumps(content, indent=2) + "\n").encode()})
