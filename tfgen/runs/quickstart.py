"""The whole way of a model in a minute, offline: data, training, pictures, numbers, files.

Digits that people recognise have to be downloaded, and 8x8 pixels are not recognised. So a preset
draws the digits that the new model learns from; what is shown says so.
"""

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tfgen.files import new_file
from tfgen.runs import draw, ship, tables
from tfgen.runs.places import check_writable
from tfgen.runs.settings import changed
from tfgen.runs.train import train
from tfgen.runs.trained import open_trained
from tfgen.runs.walk import traverse

TEACHER, RECIPE = "mnist-r3gan", "mlp-vae"
DIGITS = 6_000
CHANGES = {"epochs": 10, "steps_per_epoch": 250, "latent_dim": 8}
OPTIONS = ("likelihood=bernoulli", "conditional=true", "width=256")
MODES = ("float32", "int8")
_JUDGED = 500  # samples


def quickstart(directory: str | os.PathLike, say: Callable[[str], Any] = print) -> None:
    """Train, judge, draw and export a small model of handwritten digits.

    Args:
        directory: where everything goes; the same again goes on where it stopped.
        say: told in a line what is done.

    Raises:
        ValueError: for a directory that holds other things.
    """
    began, out = time.monotonic(), Path(directory)
    _check(out)
    _draw_digits(out, say)
    from tfgen import recipes

    recipe = recipes.get(RECIPE)
    settings = changed(recipe, {**CHANGES, "data": str(out.resolve() / "digits.npz")}, OPTIONS)
    train(recipe, settings, out / "run", say=say)
    trained = open_trained(out / "run")
    model = trained.load()
    _draw(model, trained, out)
    say(_judged(model))
    say("Exporting: one SavedModel, two TFLite files")
    report = ship.export(model, out / "export", modes=MODES, name=RECIPE)
    tables.show(report.columns, report.cells)
    say(_ending(out, time.monotonic() - began))


def _check(out):
    check_writable(out)
    strange = [p.name for p in out.iterdir() if not p.name.startswith(".")] if out.is_dir() else []
    if strange and not (out / "digits.npz").is_file():
        raise ValueError(
            f"{out} is not empty, and no quickstart of before: it holds {strange[0]}. Choose a new "
            "directory for --out."
        )


def _draw_digits(out, say):
    """Let the preset draw what is to be learned, grey and labelled, to digits.npz."""
    path = out / "digits.npz"
    if path.is_file():
        return
    import numpy as np

    say(f"The preset {TEACHER}, which learned from MNIST, draws {DIGITS:,} digits to learn from")
    teacher = open_trained(TEACHER).load()
    images = np.concatenate([*draw.drawn(teacher, DIGITS)])
    labels = draw.labels_in_turn(teacher, DIGITS, None)
    pixels = np.round(255 * teacher.kind.to_unit(images)).astype(np.uint8)
    out.mkdir(parents=True, exist_ok=True)
    with new_file(path) as beside:
        np.savez_compressed(beside, x=pixels, y=labels)
    teacher.kind.write(teacher.kind.samples(images[:60], teacher.num_classes), out / "learned.png")


def _draw(model, trained, out):
    draw.sample(model, out / "samples.png", count=60)
    draw.reconstruct(model, trained.test_batches(model), out / "reconstructions.png")
    traverse(model, out / "traversal.png", label=3)


def _judged(model):
    """What the classifier that comes with the package sees in samples."""
    import numpy as np

    from tfgen import metrics

    images = model.kind.to_unit(np.concatenate([*draw.drawn(model, _JUDGED, seed=1)]))
    seen = np.argmax(metrics.mnist_features().logits(images), axis=-1)
    share = np.mean(seen == draw.labels_in_turn(model, _JUDGED, None))
    return f"A classifier of MNIST reads {share:.0%} of its digits as what was asked for"


def _ending(out, seconds):
    return f"""
Done in {seconds:.0f} s. Look at
  {out}/samples.png          new digits, a class a column, by the model that was just trained
  {out}/learned.png          some of the {DIGITS:,} that it learned from, which a preset drew
  {out}/reconstructions.png  digits it never saw, above what it makes of them
  {out}/traversal.png        what each latent does to a 3
  {out}/export/report.md     what the exported files cost
Next:
  tfgen sample {TEACHER} --out digits.png        a better model, trained for an hour
  tfgen train conv-vae --data ./photos --size 64 --out runs/photos
  tfgen recipes"""
