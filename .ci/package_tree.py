"""Copies the package into one folder, for tools that read files where Python would import them.

`tfgen.export` lies in `export/`, beside `tfgen/`. An editable install maps the two onto one package
when Python imports; mypy and mkdocstrings do not import. They look for `tfgen/export`:

    python .ci/package_tree.py FOLDER && MYPYPATH=FOLDER mypy -p tfgen
"""

import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
_WITHOUT = shutil.ignore_patterns("__pycache__", "*.npz", "*.keras")


def package_tree(folder):
    """Copy the whole package to `folder/tfgen`."""
    shutil.copytree(ROOT / "tfgen", Path(folder, "tfgen"), ignore=_WITHOUT)
    shutil.copytree(ROOT / "export", Path(folder, "tfgen", "export"), ignore=_WITHOUT)


if __name__ == "__main__":
    package_tree(sys.argv[1])
