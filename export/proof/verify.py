"""What each conversion cost: size, error, quality and milliseconds, beside the Keras model."""

import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter
from tfgen.export.arguments import checked_endpoints, chosen
from tfgen.export.destination import writable_directory
from tfgen.export.float32 import in_float32
from tfgen.export.gradients import gradients_forgotten
from tfgen.export.modes import MODES, SAVED_MODEL
from tfgen.export.proof import measure
from tfgen.export.proof.limits import Limits, checked_limits, failures
from tfgen.export.proof.report import Change, Report, Row
from tfgen.export.tflite.file.metadata import metadata_of
from tfgen.export.tflite.file.parsed import parsed

from tfgen.endpoints import Quality
from tfgen.kinds import Text

_EXACT = (MODES[0], SAVED_MODEL)  # modes in which tokens are those of Keras


@gradients_forgotten()
def verify(
    model: Any,
    files: Iterable[str | os.PathLike] = (),
    *,
    saved_model: str | os.PathLike | None = None,
    directory: str | os.PathLike | None = None,
    seed: int = 0,
    count: int = 16,
    seconds: float = 0.2,
    quality: Callable[[np.ndarray], Mapping[str, float]] | Quality | None = None,
    quality_count: int = 1000,
    limits: Mapping[str, Limits] | None = None,
    progress: Callable[[str], Any] | None = None,
) -> Report:
    """Compare exported artefacts with the Keras model they were made from.

    Args:
        model: the model; under mixed precision, its float32 clone is the measure.
        files: paths of TFLite files with a static batch size.
        saved_model: path of a SavedModel version, or None.
        directory: where `report.json` and `report.md` go, or None for no files.
        seed: of the inputs, which are the endpoints' own examples.
        count: number of inputs, at least 1.
        seconds: how long to time each endpoint and number of threads.
        quality: function from examples `[quality_count, ...]`, those which the endpoint
            `generate` shows, to `{name: number}`, such as a Fréchet distance or a classifier's
            accuracy; None for none. Keras and artefacts draw the same examples, so that a change
            comes from the conversion alone. Or a `tfgen.endpoints.Quality`, which judges another
            endpoint by inputs of its own, such as `score` by held-out texts.
        quality_count: how many examples the function gets, at least 1.
        limits: `{mode: Limits}` that replace those of `tfgen.export.LIMITS`, or None.
        progress: function that is told in a line what comes next, such as `print`, or None.

    Returns:
        A `Report`.

    Raises:
        ValueError: for a count below 1, an artefact without signatures or with one that is none of
            the model's endpoints, unknown limits, and as `checked_endpoints` does.

    Example:
        >>> import tempfile, tfgen
        >>> from tfgen import losses, networks
        >>> generator, discriminator = networks.mlp((4,), (2,)), networks.mlp((2,), (1,))
        >>> gan = tfgen.GAN(generator, discriminator, latent_dim=4, loss=losses.hinge)
        >>> with tempfile.TemporaryDirectory() as directory:
        ...     [path] = tfgen.export.to_tflite(gan, directory, ["float32"], endpoints="decode")
        ...     [row] = verify(gan, [path], seconds=0).rows
        >>> row.endpoint, row.mode, row.verdict
        ('decode', 'float32', 'pass')
    """
    _check_counts(count=count, quality_count=quality_count)
    checked_endpoints(model)
    judge = _Judge(
        checked_endpoints(in_float32(model)), count, seed, quality, quality_count,
        checked_limits(limits),
    )  # fmt: skip
    found = {Path(path): _mode(Path(path)) for path in files}
    whole = next((p.stat().st_size for p, mode in found.items() if mode == MODES[0]), None)
    rows, say = [], progress or (lambda _: None)
    for path, mode in found.items():
        say(f"Verifying {path.name}")
        rows += _tflite_rows(path, mode, judge, whole, seconds)
    if saved_model is not None:
        say(f"Verifying {saved_model}")
        rows += _saved_model_rows(Path(saved_model), judge)
    report = Report(rows, seed, count, judge.quality_count or quality_count)
    if directory is not None:
        report.write(writable_directory(directory))
    return report


class _Judge:
    """The Keras model's answers, and what an artefact's are worth beside them."""

    def __init__(self, endpoints, count, seed, quality, quality_count, limits):
        self.examples = {name: _arrays(e.examples(count, seed)) for name, e in endpoints.items()}
        self._expected = {name: _answer(e, self.examples[name]) for name, e in endpoints.items()}
        self._texts = {n for n, e in endpoints.items() if e.shown and isinstance(e.shown[1], Text)}
        self._limits, self._quality, self.quality_count = limits, None, 0
        if quality is not None:
            self._quality = _as_quality(quality, endpoints, quality_count, seed)
            self.quality_count = len(next(iter(self._quality.inputs.values())))
            judged = endpoints[self._quality.endpoint]
            self._best = self._numbers(lambda x: _answer(judged, x))

    def row(self, artefact, mode, endpoint, size, run, ratio=None, milliseconds=None):
        """Return the `Row` of an artefact whose endpoint answers inputs as `run` does."""
        error = measure.errors(run(self.examples[endpoint]), self._expected[endpoint])
        changes = {}
        if self._quality is not None and endpoint == self._quality.endpoint:
            found = self._numbers(run)
            changes = {name: Change(best, found[name]) for name, best in self._best.items()}
        limits = self._limits.get(mode)
        psnr, agreement = error[1:]
        if endpoint in self._texts and mode not in _EXACT:
            agreement = None  # one token that differs changes those behind it
        missed = None if limits is None else failures(limits, psnr, agreement, changes)
        times = milliseconds or {}
        return Row(artefact, mode, endpoint, size, ratio, *error, times, changes, missed)

    def _numbers(self, run):
        asked = _arrays(self._quality.inputs)
        pieces = [
            run({name: array[start : start + 100] for name, array in asked.items()})
            for start in range(0, self.quality_count, 100)
        ]
        answers = {name: np.concatenate([piece[name] for piece in pieces]) for name in pieces[0]}
        return {name: float(value) for name, value in self._quality.judge(answers).items()}


def _as_quality(quality, endpoints, count, seed):
    """Return the `Quality` that a function of generated examples stands for, or the one given."""
    if isinstance(quality, Quality):
        chosen("quality", quality.endpoint, endpoints)
        return quality
    generate, shown = _generator(endpoints)
    asked = _arrays(generate.examples(count, seed))
    return Quality("generate", asked, lambda answers: quality(answers[shown]))


def _generator(endpoints):
    """Return the endpoint whose examples are judged, and the name of that output."""
    generate = endpoints.get("generate")
    if generate is None or generate.shown is None:
        raise ValueError(
            f"verify received a quality function for a model with the endpoints "
            f"{', '.join(endpoints)}: expected a generate that says of which kind its examples "
            "are. Leave the function out."
        )
    return generate, generate.shown[0]


def _mode(path):
    """Return the mode that a file says it has, or nothing where it is silent."""
    told = metadata_of(parsed(path.read_bytes()))
    return (told or {}).get("mode", "")


def _tflite_rows(path, mode, judge, whole, seconds):
    size = path.stat().st_size
    ratio = size / whole if whole else None
    rows = []
    for name in _known(path.name, Interpreter(str(path)).get_signature_list(), judge.examples):
        runners = {threads: measure.runner(path, name, threads) for threads in (1, 2)}
        times = {
            threads: measure.milliseconds(runner, judge.examples[name], seconds)
            for threads, runner in runners.items()
        }

        def run(examples, runner=runners[2]):
            return measure.run(runner, examples)

        rows.append(judge.row(path.name, mode, name, size, run, ratio, times))
    return rows


def _saved_model_rows(path, judge):
    loaded = tf.saved_model.load(str(path))
    size = sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
    # serving_default is another name for one of the others.
    named = [name for name in loaded.signatures if name != "serving_default"]
    return [
        judge.row(SAVED_MODEL, SAVED_MODEL, name, size,
                  lambda x, name=name: _answer(loaded.signatures[name], x))
        for name in _known(str(path), named, judge.examples)
    ]  # fmt: skip


def _known(artefact, names, endpoints):
    """Return the signatures `names` of an artefact, all of which are endpoints of the model."""
    names = list(names)
    strange = [name for name in names if name not in endpoints]
    if strange or not names:
        received = f"the signatures {', '.join(strange)}" if names else "no named signatures"
        raise ValueError(
            f"verify received {artefact} with {received}: expected some of "
            f"{', '.join(endpoints)}. Verify it with the model it was made from."
        )
    return names


def _check_counts(**counts):
    for name, count in counts.items():
        if count < 1:
            raise ValueError(f"verify received {name}={count}: expected at least 1.")


def _answer(function, inputs):
    return _arrays(function(**{name: tf.constant(array) for name, array in inputs.items()}))


def _arrays(outputs):
    return {name: np.asarray(output) for name, output in outputs.items()}
