"""Imports point one way, so that every room can be read without those above it.

`MAY_USE` is the house: a new room is a line there. A room is used by importing it or from it, and
by naming it, as `tfgen.VAE` does after a plain `import tfgen`.
"""

import ast
import importlib.util
import inspect
from pathlib import Path

import pytest

import tfgen

ROOT = Path(__file__).parents[1]
LEAVES = {"networks", "likelihoods", "losses", "schedules", "quantizers", "sampling", "endpoints",
          "kinds", "metrics", "data", "plots", "presets",  # what users know
          "checks", "errors", "files", "labels", "progress", "registration", "replicas",
          "serialization", "silence", "tokenizers"}  # fmt: skip
FAMILIES = {"vae", "vq", "gan", "flow", "text"}
MAY_USE = {
    **dict.fromkeys(LEAVES, LEAVES),
    "registration": {"loading"},
    "callbacks": LEAVES,
    "training": LEAVES | {"callbacks"},
    "priors": LEAVES | {"training"},
    **dict.fromkeys(FAMILIES, LEAVES | {"training", "priors", "callbacks"}),
    "loading": LEAVES | FAMILIES | {"training", "priors"},
    "scale": LEAVES,
    "recipes": LEAVES | FAMILIES | {"training", "priors", "callbacks", "loading"},
    "runs": LEAVES | FAMILIES | {"recipes", "loading", "callbacks", "scale", "export", "priors"},
    "cli": LEAVES | {"runs", "recipes"},
    "export": {"endpoints", "kinds", "sampling", "files", "silence"},
}
FILES = sorted([*(ROOT / "tfgen").rglob("*.py"), *(ROOT / "export").rglob("*.py")])
LINES_OF_A_FILE, LINES_OF_A_FUNCTION = 400, 50


def room_of(path):
    """The room that a file belongs to, or None for the package's own `__init__`."""
    parts = path.relative_to(ROOT).parts
    room = "export" if parts[0] == "export" else parts[1].removesuffix(".py")
    return None if room == "__init__" else room


def room_named(name):
    """The room behind a name of the package: `vae` of `VAE` and of `vae`."""
    if importlib.util.find_spec(f"tfgen.{name}"):
        return name
    return inspect.getmodule(getattr(tfgen, name)).__name__.split(".")[1]


def rooms_used(source, package="tfgen"):
    """The rooms of tfgen that a file of the package uses, by whatever way."""
    tree, rooms, modules = ast.parse(source), set(), set()
    aliases = {"tfgen"} if "import tfgen" in source else set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            module = importlib.util.resolve_name("." * node.level + (node.module or ""), package)
            if module == "tfgen":
                rooms |= {room_named(alias.name) for alias in node.names}
            modules.add(module)
        elif isinstance(node, ast.Import):
            modules |= {alias.name for alias in node.names}
            aliases |= {alias.asname for alias in node.names if alias.name == "tfgen"}
        elif isinstance(node, ast.Call) and "import" in ast.unparse(node.func):
            modules |= {a.value for a in node.args if isinstance(a, ast.Constant)}
    rooms |= {parts[1] for parts in map(_parts, modules) if parts[0] == "tfgen" and len(parts) > 1}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            named = node.value.id in aliases and not node.attr.startswith("__")
            rooms |= {room_named(node.attr)} if named else set()
    return rooms


def _parts(module):
    return str(module).split(".")


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_room_uses_only_what_lies_below(path):
    room = room_of(path)
    if room is not None:
        package = ".".join(["tfgen", *path.relative_to(ROOT).parts[-2:-1]])
        beyond = rooms_used(path.read_text(), package) - MAY_USE[room] - {room}
        assert not beyond, f"{room} uses {', '.join(sorted(beyond))}"


@pytest.mark.parametrize(
    "source",
    [
        "import tfgen.vae",
        "import tfgen.vae.vae as below",
        "from tfgen import VAE",
        "from tfgen.vae.vae import VAE",
        "from ..vae import VAE",
        "from .. import vae",
        "import tfgen\ntfgen.VAE",
        "import tfgen\ntfgen.vae.VAE(1)",
        "import tfgen as house\n\ndef f():\n    return house.IWAE",
        "def f():\n    import tfgen\n    return tfgen.vae",
        "import importlib\nimportlib.import_module('tfgen.vae')",
    ],
)
def test_no_way_of_using_a_room_is_overlooked(source):
    assert rooms_used(source, "tfgen.losses") == {"vae"}


def test_the_table_has_no_circle():
    """Rooms can be set down one after the other, each on what lies already."""
    laid, left = set(LEAVES), dict(MAY_USE)
    while ready := [room for room, below in left.items() if below <= laid | {room}]:
        laid |= set(ready)
        left = {room: below for room, below in left.items() if room not in ready}
    assert left == {}


def test_nothing_is_imported_as_plain_export():
    for path in ROOT.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert "export" not in [name.split(".")[0] for name in names], path


# ------------------------------------------------------------------ sizes

# Files that may be longer, and why.
LONGER = {
    "tests/export/tflite/test_to_tflite.py": "one test for each promise of to_tflite",
    "tests/test_callbacks.py": "waits to be a folder, a file for each callback",
}


def lines_of_code(function):
    """The lines of a function without its docstring."""
    first = function.body[0]
    docstring = ast.get_docstring(function) is not None
    documented = first.end_lineno - first.lineno + 1 if docstring else 0
    return function.end_lineno - function.lineno + 1 - documented


def test_files_and_functions_are_short():
    long = []
    for path in [*FILES, *(ROOT / "tests").rglob("*.py")]:
        text, name = path.read_text(), str(path.relative_to(ROOT))
        if name not in LONGER and (count := len(text.splitlines())) > LINES_OF_A_FILE:
            long.append(f"{name}: {count} lines")
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                count = lines_of_code(node)
                if count > LINES_OF_A_FUNCTION:
                    long.append(f"{name}, {node.name}: {count} lines of code")
    assert long == []
