"""Imports point one way, so that every room can be read without those above it."""

import ast
from pathlib import Path

ROOT = Path(__file__).parents[1]
LEAVES = {"replicas", "networks", "likelihoods", "losses", "schedules", "sampling", "endpoints",
          "metrics", "quantizers", "serialization", "files", "silence", "data",
          "plots", "labels", "kinds", "checks", "errors", "progress"}  # fmt: skip
ALLOWED = {
    **dict.fromkeys(LEAVES, LEAVES),
    "registration": {"loading"},
    "callbacks": LEAVES,
    "training": LEAVES | {"callbacks"},
    "priors": LEAVES | {"training"},
    "vae": LEAVES | {"training", "priors", "callbacks"},
    "gan": LEAVES | {"training", "priors", "callbacks"},
    "vq": LEAVES | {"training", "priors", "callbacks"},
    "recipes": LEAVES | {"training", "recipes", "loading"},
    "loading": LEAVES | {"vae", "gan", "vq", "priors"},
    "runs": LEAVES | {"recipes", "loading"},
    "experiment": LEAVES | {"callbacks", "runs", "export", "recipes", "gan"},
    "cli": LEAVES | {"experiment", "recipes", "runs", "callbacks"},
}
EXPORT_MAY_IMPORT = {"endpoints", "kinds", "sampling", "files", "silence", "export"}


def rooms_imported(path):
    """Return the rooms of tfgen that a file imports."""
    rooms = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module == "tfgen":
            rooms |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("tfgen."):
            rooms.add(node.module.split(".")[1])
        elif isinstance(node, ast.Import):
            rooms |= {a.name.split(".")[1] for a in node.names if a.name.startswith("tfgen.")}
    return rooms


def test_every_room_imports_only_what_lies_below():
    for path in (ROOT / "tfgen").rglob("*.py"):
        room = path.relative_to(ROOT / "tfgen").parts[0].removesuffix(".py")
        if room != "__init__":
            beyond = rooms_imported(path) - ALLOWED[room] - {room}
            assert not beyond, f"{path} imports {beyond}"


def test_export_knows_only_endpoints():
    for path in (ROOT / "export").rglob("*.py"):
        beyond = rooms_imported(path) - EXPORT_MAY_IMPORT
        assert not beyond, f"{path} imports {beyond}"


def test_nothing_is_imported_as_plain_export():
    for path in ROOT.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert "export" not in [name.split(".")[0] for name in names], path
