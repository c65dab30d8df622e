"""Samples and reconstructions in files."""

import itertools
import math
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tfgen.files import new_directory, new_parents
from tfgen.progress import shown
from tfgen.runs.few import few
from tfgen.runs.settings import checked_seed

_BATCH = 500  # examples that are drawn at a time
_MOST_NUMBERS = 2**25  # of all examples on one sheet: larger pictures open nowhere
_CLASSES = 20  # as many at most have a column each
_PAIRS = 30  # of a sheet of reconstructions
_CHOICES = ("temperature", "top_k", "top_p")  # what all models of text take

_NO_PRIOR = (
    "its tokens come from no prior. Train one on them, such as `tfgen train mnist-token-prior "
    "--tokenizer RUN --out NEW`, or use `tfgen reconstruct`"
)


def sample(
    model: Any,
    path: str | os.PathLike,
    count: int | None = None,
    seed: int = 0,
    label: int | None = None,
    truncation: float | None = None,
    **writing: Any,
) -> None:
    """Draw samples to a file, or to a folder with a file each.

    Args:
        model: with an endpoint `generate`.
        path: a file of the suffix of the model's kind, such as `.png`; otherwise a new folder.
        count: how many; by default as many as make a good sheet.
        seed: from 0 to 2**31 - 1; the same seed gives the same samples.
        label: the class to draw, for a class-conditional model; by default all in turn.
        truncation: for GANs, the size that no coordinate of the latent exceeds, above 0.
        **writing: for texts, `prompt`, `temperature`, `top_k`, `top_p` and `length`; None for what
            the model does by itself.

    Raises:
        ValueError: for what does not suit the model, and more samples than one sheet can show.
        OSError: where the files can't be written; nothing is left of them.
    """
    kind = generator(model).shown[1]
    count = count or kind.sheet_size
    parts = drawn(model, count, seed, label, truncation, **writing)
    if is_folder(path):
        with new_parents(Path(path)), _whole_folder(path) as folder:
            _write_each(kind, parts, folder, count)
        return
    kind.check_path(path)
    import numpy as np

    first = next(parts)
    _check_sheet(kind, first.shape[1:], count)
    examples = np.concatenate([*shown(itertools.chain([first], parts), "Drawing", count)])
    columns = None if label is not None else _class_columns(classes_of(model))
    kind.write(kind.samples(examples, columns), path)


def reconstruct(model: Any, dataset: Any, path: str | os.PathLike) -> None:
    """Draw examples of a dataset beside what an autoencoder makes of them, to a file.

    Raises:
        ValueError: for a model without an encoder, and another suffix than that of its kind.
    """
    endpoint = endpoint_of(model, "reconstruct", "it has no encoder. Use `tfgen sample`")
    output, kind = endpoint.shown
    kind.check_path(path)
    examples, *labels = few(dataset, _PAIRS)
    given = {output: examples}
    if "label" in endpoint.inputs:
        given["label"] = _labels_of(labels)
    kind.write(kind.pairs(examples, endpoint(**given)[output]), path)


def drawn(
    model: Any,
    count: int,
    seed: int = 0,
    label: int | None = None,
    truncation: float | None = None,
    **writing: Any,
) -> Iterator:
    """Return the batches of `model.sample(count, seed)`, checked at once and drawn one by one.

    Args:
        model: with an endpoint `generate`.
        count: how many in all, at least 1.
        seed: likewise as for `sample`.
        label: likewise.
        truncation: likewise.
        **writing: likewise.
    """
    endpoint, writing = generator(model), _given(writing)
    checked_seed(seed)
    _check_count(count)
    if truncation is not None and "truncation" not in endpoint.inputs:
        raise _unsuited(model, "--truncation is for GANs. Leave it out")
    if truncation is not None and not 0.0 < truncation < float("inf"):
        raise ValueError(f"--truncation received {truncation}: expected a finite size above 0.")
    labels = labels_in_turn(model, count, label)
    if writing:
        _check_writes(model, writing)
        return _written(model, count, seed, writing)
    return _batches(endpoint, count, seed, labels, truncation)


def tell(
    model: Any,
    say: Callable[[str], Any],
    count: int | None = None,
    seed: int = 0,
    label: int | None = None,
    truncation: float | None = None,
    **writing: Any,
) -> None:
    """Say texts piece by piece, as they are written.

    Args:
        model: of texts.
        say: is given each piece, line breaks among them.
        count: how many; 1 by default.
        seed: as for `sample`, of which these are the texts.
        label: likewise.
        truncation: likewise.
        **writing: likewise.

    Raises:
        ValueError: for a model of anything else, and for what does not suit it.
    """
    kind = generator(model).shown[1]
    if kind.name != "text":
        raise ValueError(
            f"--out is missing: {kind.plural} are written to files. Name one that ends in "
            f"{kind.suffix}, or a folder."
        )
    count = count or 1
    parts = drawn(model, count, seed, label, truncation, **writing)
    if not hasattr(model, "write"):
        for part in parts:
            say(f"{kind.samples(part)}\n")
        return
    given = _given(writing)
    for row in range(count):
        say(given.get("prompt", ""))
        for piece in model.write(**given, seed=seed, start=row):
            say(piece)
        say("\n" if row == count - 1 else f"\n{'-' * 40}\n")


def labels_in_turn(model: Any, count: int, label: int | None) -> Any:
    """Return one label for all, or the classes in turn; None for a model without classes.

    Raises:
        ValueError: for a label where there are no classes, or none of that number.
    """
    classes = classes_of(model)
    if classes is None:
        if label is not None:
            raise ValueError(
                f"--label {label} was given: this model is not class-conditional. Leave it out."
            )
        return None
    if label is not None and not 0 <= label < classes:
        raise ValueError(f"--label {label} was given: expected 0 to {classes - 1}.")
    import numpy as np

    turns = np.arange(count) % classes if label is None else np.full(count, label)
    return turns.astype(np.int32)


def classes_of(model: Any) -> int | None:
    """Return the number of classes that a model can be asked for."""
    return getattr(model, "num_classes", None)


def generator(model: Any) -> Any:
    """Return the endpoint that draws samples; `ValueError` for a model that has none."""
    return endpoint_of(model, "generate", _NO_PRIOR)


def endpoint_of(model: Any, name: str, otherwise: str) -> Any:
    """Return an endpoint of a model; `ValueError` for one that has none of that name."""
    endpoints = getattr(model, "endpoints", None)
    if endpoints is None:
        raise _unsuited(model, "expected a model of tfgen, or one that defines endpoints()")
    found = endpoints().get(name)
    if found is None or found.shown is None:
        raise _unsuited(model, otherwise)
    return found


def is_folder(path: str | os.PathLike) -> bool:
    """Whether a person who wrote this path means a folder.

    Example:
        >>> is_folder("samples/"), is_folder("samples"), is_folder("digits.png")
        (True, True, False)
    """
    text = os.fspath(path)
    return text.endswith(("/", os.sep)) or Path(text).is_dir() or not Path(text).suffix


def _given(writing):
    return {name: value for name, value in writing.items() if value is not None}


def _check_writes(model, writing):
    if hasattr(model, "write"):
        model.check_order(**writing)
        return
    known = _CHOICES if hasattr(model, "decode_texts") else ()
    for name in writing:
        if name not in known:
            option = "--" + name.replace("_", "-")
            which = "models of text" if name in _CHOICES else "language models"
            raise _unsuited(model, f"{option} is for {which}. Leave it out")
    model.check_choice(**writing)


def _written(model, count, seed, writing):
    """The batches of a model of text that is asked for more than its endpoint takes."""
    from tfgen import sampling

    for start in range(0, count, _BATCH):
        size = min(_BATCH, count - start)
        if hasattr(model, "write"):
            yield model.sample(size, seed, start=start, **writing).numpy()
        else:
            yield model.generate(sampling.seeds(seed, size, start), **writing).numpy()


def _batches(endpoint, count, seed, labels, truncation):
    import numpy as np

    from tfgen import sampling

    output, _ = endpoint.shown
    for start in range(0, count, _BATCH):
        size = min(_BATCH, count - start)
        given = {"seed": sampling.seeds(seed, size, start)}
        if labels is not None:
            given["label"] = labels[start : start + size]
        if truncation is not None:
            given["truncation"] = np.full(size, truncation, np.float32)
        yield endpoint(**given)[output].numpy()


def _write_each(kind, parts, folder, count):
    number, digits = 0, len(str(count - 1))
    for part in shown(parts, "Drawing", count):
        for example in part:
            kind.write(kind.single(example), folder / f"{number:0{digits}d}{kind.suffix}")
            number += 1


def _whole_folder(path):
    path = Path(path)
    if path.is_dir() and any(path.iterdir()):
        raise ValueError(f"{path} is not empty: expected a new folder. Choose another --out.")
    if path.exists() and not path.is_dir():
        raise ValueError(f"{path} is a file: expected a new folder. Choose another --out.")
    return new_directory(path)


def _check_count(count):
    if not 1 <= count < 2**31:
        raise ValueError(f"--count received {count}: expected from 1 to {2**31 - 1}.")


def _check_sheet(kind, shape, count):
    most = max(1, _MOST_NUMBERS // math.prod(shape))
    if count > most:
        raise ValueError(
            f"--count {count} is too many for one sheet of {kind.described(shape)}: "
            f"expected {most:,} at most. Lower it, or give a folder for a file each, such as "
            "--out samples/."
        )


def _class_columns(classes):
    return classes if classes and classes <= _CLASSES else None


def _labels_of(labels):
    if not labels:
        raise ValueError(
            "This model is class-conditional, and the data have no classes: expected labels. Pass "
            "data with a sub-folder for each class."
        )
    return labels[0]


def _unsuited(model, why):
    return ValueError(f"This is a {type(model).__name__}: {why}.")
