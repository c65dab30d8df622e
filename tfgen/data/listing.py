"""Which files of a folder are examples, in which splits and classes, and which are left out."""

import collections
import dataclasses
import os
from pathlib import Path

from tfgen.data.collection import check_split

TEXTS = {".txt", ".text", ".md", ".rst", ".tex", ".org"}  # endings of files of text
_SPLITS = {
    "train": "train", "validation": "validation", "valid": "validation", "val": "validation",
    "test": "test",
}  # fmt: skip
_SYSTEM = {
    "__MACOSX", "Thumbs.db", "desktop.ini", "lost+found", "$RECYCLE.BIN", "@eaDir",
    "System Volume Information",
}  # fmt: skip
_NAMED = 5  # endings, classes and folders that a note names


@dataclasses.dataclass
class Listing:
    """What a folder holds.

    Attributes:
        root: path of the folder.
        splits: `{split: [path, ...]}`, in the order of their names.
        labels: `{split: [number of the class, ...]}`, empty lists without classes.
        classes: names of the classes, sorted; () without.
        notes: what was left out, a line each.
    """

    root: Path
    splits: dict
    labels: dict
    classes: tuple
    notes: tuple


def list_folder(folder, suffixes) -> Listing:
    """Return what a folder holds of files with certain endings.

    Sub-folders "train", "validation" (or "valid", "val") and "test" are splits; without any, all
    is "train". Other sub-folders are classes, if there are files in them. Hidden files and those of
    the operating system do not count.

    Args:
        folder: path.
        suffixes: set of endings, in small letters, with their dots.

    Raises:
        FileNotFoundError: without the folder, or without such files in it.
        ValueError: for such files beside classes, and where others outnumber them.
    """
    root = Path(folder).expanduser()
    if root.is_file() and root.suffix.lower() in TEXTS:
        raise ValueError(
            f"{root} is a text file: expected a folder of images, or a .npy or .npz file. Recipes "
            "for texts are among `tfgen recipes`; in Python, open it with open_text."
        )
    if not root.is_dir():
        there = "is a file" if root.exists() else "is not a folder"
        raise FileNotFoundError(
            f"{root} {there}: expected a folder of images, or a .npy or .npz file. Check the path; "
            "unpack archives."
        )
    roots = _split_roots(root)
    others: collections.Counter[str] = collections.Counter()
    found = {split: files(path, suffixes, others) for split, path in roots.items()}
    _check_found(root, found, suffixes, others)
    classes = sorted({path[0] for paths in found.values() for path in paths if len(path) > 1})
    numbers = {name: number for number, name in enumerate(classes)}
    for split, paths in found.items():
        _check_loose(roots[split], paths, classes)
    return Listing(
        root,
        {split: [roots[split].joinpath(*path) for path in paths] for split, paths in found.items()},
        {split: [numbers[path[0]] for path in paths if classes] for split, paths in found.items()},
        tuple(classes),
        _notes(root, roots, others),
    )


def _split_roots(root):
    roots = {}
    for entry in sorted(os.listdir(root)):
        split = _SPLITS.get(entry)
        if split and (root / entry).is_dir():
            if split in roots:
                raise ValueError(
                    f"{root} has the folders {roots[split].name} and {entry}: expected one for the "
                    f"split {split!r}. Move the files of one into the other."
                )
            roots[split] = root / entry
    if roots:
        check_split(root, "train", roots)
    return roots or {"train": root}


def files(root, suffixes, others):
    """Return the files with such endings, each a tuple of names below the root, in their order.

    What is left out is counted by what it is, in the Counter `others`.
    """
    found, visited = [], set()
    for folder, names, files in os.walk(root, followlinks=True, onerror=_raise):
        status = os.stat(folder)
        if (status.st_dev, status.st_ino) in visited:  # a link that leads back
            names.clear()
            continue
        visited.add((status.st_dev, status.st_ino))
        names[:] = [name for name in names if _is_visible(name)]
        above = Path(folder).relative_to(root).parts
        for name in filter(_is_visible, files):
            suffix = os.path.splitext(name)[1].lower()
            if not os.path.isfile(os.path.join(folder, name)):
                others[f"no regular file ({name})"] += 1
            elif suffix in suffixes:
                found.append((*above, name))
            else:
                others[suffix or "without an ending"] += 1
    return sorted(found)


def _raise(error):
    raise ValueError(
        f"{error.filename} cannot be read ({error.strerror}): expected a folder that can. Change "
        "its permissions."
    ) from error


def _is_visible(name):
    return not name.startswith(".") and name not in _SYSTEM


def _check_found(root, found, suffixes, others):
    count = sum(map(len, found.values()))
    if not count:
        there = f" (it has {counted(others)})" if others else ""
        raise FileNotFoundError(
            f"{root} holds no images{there}: expected files ending in "
            f"{', '.join(sorted(suffixes))}."
        )
    for split, paths in found.items():
        if not paths:
            raise FileNotFoundError(
                f"{root} holds no images in {split}: expected some in each of "
                f"{', '.join(found)}. Fill or remove the folder."
            )
    ((ending, most),) = others.most_common(1) or [("", 0)]
    if most > count:
        raise ValueError(
            f"{root} holds {count:,} images beside {most:,} files {ending}: expected one kind in "
            "one folder. Move the others elsewhere."
        )


def _check_loose(root, paths, classes):
    loose = [path[0] for path in paths if len(path) == 1]
    if classes and loose:
        raise ValueError(
            f"{root} has images beside its sub-folders (first: {loose[0]}): sub-folders are "
            "class names. Move the images into one, or the sub-folders elsewhere."
        )


def _notes(root, roots, others):
    notes = [f"left out: {counted(others)}"] if others else []
    beside = sorted(name for name in os.listdir(root) if _is_visible(name) and name not in _SPLITS)
    if beside and root not in roots.values():
        notes.append(f"left out, beside {', '.join(roots)}: {_first(beside)}")
    return tuple(notes)


def counted(others):
    """Return counts in words, the most first: "3 .png, 1 .zip"."""
    most_first = sorted((-count, what) for what, count in others.items())
    return _first([f"{-count:,} {what}" for count, what in most_first])


def _first(names):
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more:,} more" if more > 0 else "")
