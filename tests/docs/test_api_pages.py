"""The API pages, which are built from docstrings, name what Python finds."""

import importlib.util
import inspect
from pathlib import Path

import pytest

import tfgen

ROOT = Path(__file__).parents[2]
WITHOUT_PAGE = {"training", "runs"}  # `GenerativeModel` is on the first page; runs are the command
ROOMS = sorted(
    name for name in tfgen.__all__
    if inspect.ismodule(getattr(tfgen, name)) and name not in WITHOUT_PAGE
)  # fmt: skip


@pytest.fixture(scope="module")
def read(tmp_path_factory):
    """The package as the API pages see it."""
    griffe = pytest.importorskip("griffe", reason="documentation is not installed")
    tree = tmp_path_factory.mktemp("package")
    _script("package_tree").package_tree(tree)
    names = griffe.load_extensions(str(ROOT / ".ci" / "house.py:House"))
    return griffe.load(
        "tfgen", search_paths=[tree], extensions=names, resolve_aliases=True,
        try_relative_path=False,
    )  # fmt: skip


def _script(name):
    spec = importlib.util.spec_from_file_location(name, ROOT / ".ci" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_has_a_page_with_all_its_names(room, read):
    page = (ROOT / "docs" / "api" / f"{room}.md").read_text()
    assert f"::: tfgen.{room}\n" in page and f"api/{room}.md" in (ROOT / "mkdocs.yml").read_text()
    for name, value in vars(getattr(tfgen, room)).items():
        own = getattr(value, "__module__", "").startswith(f"tfgen.{room}")
        if (
            own
            and not name.startswith("_")
            and (inspect.isfunction(value) or inspect.isclass(value))
        ):
            found = read[room].members[name]
            assert found.is_public and found.docstring, name


def test_pages_at_the_root_become_pages_of_the_site():
    pytest.importorskip("mkdocs", reason="documentation is not installed")
    as_page = _script("docs_hook").as_page
    assert as_page("![a](docs/a.png) [b](docs/b.md#c)") == "![a](a.png) [b](b.md#c)"
    assert (
        as_page("[VAEs](notebooks/01_vae.ipynb), [x](https://x.org)") == "VAEs, [x](https://x.org)"
    )
