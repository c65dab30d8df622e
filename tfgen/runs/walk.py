"""Walks through a latent space in files."""

import os
from collections.abc import Sequence
from typing import Any

from tfgen.runs.draw import classes_of, endpoint_of, labels_in_turn
from tfgen.runs.settings import checked_seed

WALKS = ("units", "sefa", "ganspace", "arcs")
_ROWS, _COLUMNS = 8, 11  # all units make a row each
_LARGEST = 4096  # rows at most
_GANSPACE_SAMPLES = 2048
_NO_LATENTS = "it has no latent dimensions to walk along. Use `tfgen sample`"


def traverse(
    model: Any,
    path: str | os.PathLike,
    label: int | None = None,
    along: str | None = None,
    count: int | None = None,
    seed: int | None = None,
    between: Sequence[tuple[str, str]] = (),
) -> None:
    """Draw walks through latent space, a row of examples each, to a file.

    Args:
        model: with an endpoint `decode` of `z`.
        path: a file of the suffix of the model's kind, such as `.png`.
        label: the class to draw, for a class-conditional model; by default each row has the next.
        along: "units", the default where the model learned what they mean; "sefa", the default for
            GANs, or "ganspace": see `tfgen.gan.latents`; "arcs" between two random latents each,
            the default for texts.
        count: rows at most; all units, or 8, by default.
        seed: of the latent to start from, which is 0 in every coordinate by default; or of arcs.
        between: pairs of texts, for a model of texts: a walk from one to the other each.

    Raises:
        ValueError: for what does not suit the model, and another suffix.

    Example:
        >>> import tempfile, tfgen
        >>> with tempfile.TemporaryDirectory() as directory:
        ...     traverse(tfgen.load_preset("mnist-conv-vae"), directory + "/walks.png", count=2)
    """
    from tfgen import plots, sampling

    decoder, latent_dim = _decoder(model)
    output, kind = decoder.shown
    kind.check_path(path)
    checked_seed(seed or 0)
    labels_in_turn(model, 1, label)
    if between:
        kind.write(_between(model, between, along, kind), path)
        return
    along = along or _usual(model)

    def decode(z):
        given = {"z": z}
        if "label" in decoder.inputs:
            given["label"] = labels_in_turn(model, len(z) // _COLUMNS, label).repeat(_COLUMNS)
        return decoder(**given)[output]

    if along == "arcs":
        arcs = _arcs(latent_dim, min(count or _ROWS, _LARGEST), seed or 0)
        kind.write(plots.interpolations(decode, arcs, kind=kind), path)
        return
    z = None if seed is None else sampling.normal(sampling.seeds(seed, 1), (latent_dim,))[0]
    common = {"z": z, "columns": _COLUMNS, "kind": kind}
    if along == "units":
        units = range(min(count or latent_dim, latent_dim))
        sheet = plots.traversal(decode, latent_dim, units=units, **common)
    else:
        found = _directions(model, along, min(count or _ROWS, latent_dim))
        sheet = plots.directions(decode, found, **common)
    kind.write(sheet, path)


def _decoder(model):
    """The endpoint, and the size of the latents that it takes."""
    decoder = endpoint_of(model, "decode", _NO_LATENTS)
    if "z" not in decoder.inputs:
        raise ValueError(f"This is a {type(model).__name__}: {_NO_LATENTS}.")
    return decoder, decoder.inputs["z"].shape[-1]


def _usual(model):
    """What to walk along where nobody says it."""
    if hasattr(model, "way"):
        return "arcs"
    return "units" if "encode" in model.endpoints() else "sefa"


def _between(model, pairs, along, kind):
    """Return the sheet of walks from one text to another."""
    import numpy as np

    from tfgen import plots

    if not hasattr(model, "way"):
        raise ValueError(
            f"--between was given for a {type(model).__name__}: expected a model of texts that has "
            "latents. Use --along arcs."
        )
    if along is not None:
        raise ValueError(
            f"--between and --along {along} were given: expected one of them. Leave one out."
        )
    ways = np.stack([model.way(*pair, _COLUMNS) for pair in pairs])
    return plots.interpolations(model.decode_examples, ways, kind=kind)


def _arcs(latent_dim, count, seed):
    """Return latents on arcs between random ones, [count, _COLUMNS, latent_dim]."""
    import numpy as np

    from tfgen import sampling
    from tfgen.gan import latents

    ends = sampling.normal(sampling.seeds(seed, 2 * count), (latent_dim,))
    pairs = zip(ends[::2], ends[1::2], strict=True)
    return np.stack([latents.spherical_interpolation(*pair, _COLUMNS) for pair in pairs])


def _directions(model, along, count):
    from tfgen.gan import GAN, latents

    if not isinstance(model, GAN):
        raise ValueError(
            f"--along {along} was given for a {type(model).__name__}: expected a GAN. "
            "Use --along units."
        )
    network = model.ema_generator or model.generator
    if along == "sefa":
        return latents.sefa_directions(network, count)[0]
    labels = None if classes_of(model) is None else labels_in_turn(model, _GANSPACE_SAMPLES, None)
    return latents.ganspace_directions(network, count=count, labels=labels)[0]
