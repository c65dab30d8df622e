"""What mkdocs is told when it builds: where the package is, and which pages are not in `docs/`."""

import re
import sys
import tempfile
from pathlib import Path

from mkdocs.exceptions import PluginError
from mkdocs.plugins import event_priority
from mkdocs.structure.files import File

sys.path.insert(0, str(Path(__file__).parent))
from package_tree import ROOT, package_tree

# Pages that are files at the root of the repository, where people look for them first.
_AT_ROOT = {
    "index.md": "README.md",
    "contributing.md": "CONTRIBUTING.md",
    "changelog.md": "CHANGELOG.md",
}
_tree = None


@event_priority(100)  # before mkdocstrings reads its settings
def on_config(config):
    """Let mkdocstrings read the package from a folder that holds all of it."""
    global _tree
    _tree = tempfile.TemporaryDirectory()
    package_tree(_tree.name)
    config.plugins["mkdocstrings"].config["handlers"]["python"]["paths"] = [_tree.name]
    return config


def on_files(files, config):
    """Add the pages of files at the root."""
    for page, source in _AT_ROOT.items():
        files.append(File.generated(config, page, content=as_page((ROOT / source).read_text())))
    return files


def as_page(text):
    """Return the text with links as they are within `docs/`; those to other files become words.

    Example:
        >>> as_page("[guides](docs/guides.md), [a notebook](notebooks/01_vae.ipynb)")
        '[guides](guides.md), a notebook'
    """
    text = re.sub(r"\]\(docs/", "](", text)
    for page, source in _AT_ROOT.items():
        text = text.replace(f"]({source})", f"]({page})")
    return re.sub(r"(?<!!)\[([^\]]*)\]\((?:notebooks|tests|tfgen|export)/[^)]*\)", r"\1", text)


def on_post_page(output, page, config):
    """Refuse a page that asks another host for anything but a link that someone follows."""
    if asked := re.findall(r"<(?:script|link|img|iframe)[^>]*https?://[^>]*>", output):
        raise PluginError(f"{page.file.src_uri} asks other hosts: {asked}")
    return output


def on_post_build(config):
    """Remove that folder."""
    _tree.cleanup()
