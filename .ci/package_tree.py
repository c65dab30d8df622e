"""The package as one folder, for tools that read files where Python would import them.

`tfgen.export` lies in `export/`, beside `tfgen/`. An editable install maps the two onto one package
when Python imports; mypy and mkdocstrings do not import. Printed is a new folder of links in which
`tfgen/export` is where they look: `MYPYPATH=$(python .ci/package_tree.py) mypy -p tfgen`.
"""

import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]


def package_tree():
    """Return a new folder with a folder `tfgen` of links to the files of the package."""
    tree = Path(tempfile.mkdtemp(prefix="tfgen-"))
    (tree / "tfgen").mkdir()
    for path in (*(ROOT / "tfgen").iterdir(), ROOT / "export"):
        (tree / "tfgen" / path.name).symlink_to(path)
    return tree


if __name__ == "__main__":
    print(package_tree())
