"""What each conversion cost: size, error and milliseconds, beside the Keras model."""

import dataclasses
import json
import statistics
import time
from pathlib import Path

import numpy as np
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter
from tfgen.export.checks import checked_endpoints, writable_directory
from tfgen.export.float32 import in_float32

from tfgen.files import write_files


@dataclasses.dataclass(frozen=True)
class Row:
    """One endpoint of one artefact, compared with the Keras model on the same inputs.

    Attributes:
        artefact: file name, or `saved_model`.
        endpoint: name of the endpoint.
        bytes: size of the artefact, with all of its endpoints.
        ratio: that size over the float32 file's, or None without one.
        error: largest absolute difference of any output.
        psnr: peak signal-to-noise ratio in dB, the peak being the range of Keras's output.
        milliseconds: `{threads: median time of a call with a batch of one}`; LiteRT only.
    """

    artefact: str
    endpoint: str
    bytes: int
    ratio: float | None
    error: float
    psnr: float
    milliseconds: dict


@dataclasses.dataclass(frozen=True)
class Report:
    """What `verify` found: `rows`, one `Row` per artefact and endpoint, and how it was measured."""

    rows: list
    seed: int
    count: int

    columns = ("artefact", "endpoint", "KB", "of float32", "largest error", "PSNR dB",
               "ms, 1 thread", "ms, 2 threads")  # fmt: skip

    @property
    def cells(self):
        """The rows as text, a list of tuples in the order of `columns`."""
        return [_cells(row) for row in self.rows]

    def markdown(self):
        """Return the report as a Markdown page."""
        lines = [self.columns, ["---"] * len(self.columns), *self.cells]
        table = "\n".join(f"| {' | '.join(line)} |" for line in lines)
        return (
            "# Export report\n\nEvery artefact against the Keras model, on "
            f"{self.count} inputs of seed {self.seed}, one at a time. Times are medians on the "
            f"machine that exported; compare them with each other only.\n\n{table}\n"
        )


def verify(model, files=(), *, saved_model=None, directory=None, seed=0, count=16, seconds=0.2):
    """Compare exported artefacts with the Keras model they were made from.

    Args:
        model: the model; under mixed precision, its float32 clone is the measure.
        files: paths of TFLite files with a static batch size.
        saved_model: path of a SavedModel version, or None.
        directory: where `report.json` and `report.md` go, or None for no files.
        seed: of the inputs, which are the endpoints' own examples.
        count: number of inputs, at least 1.
        seconds: how long to time each endpoint and number of threads.

    Returns:
        A `Report`.

    Raises:
        ValueError: for a count below 1, an artefact without signatures or with one that is none of
            the model's endpoints, and as `checked_endpoints` does.
    """
    if count < 1:
        raise ValueError(f"verify received count={count}: expected at least 1 input.")
    checked_endpoints(model)
    endpoints = checked_endpoints(in_float32(model))
    examples = {name: endpoint.examples(count, seed) for name, endpoint in endpoints.items()}
    expected = {name: _arrays(endpoints[name](**_tensors(x))) for name, x in examples.items()}
    files = [Path(path) for path in files]
    whole = next((p.stat().st_size for p in files if p.name == "float32.tflite"), None)
    rows = []
    for path in files:
        for name in _known(path.name, Interpreter(str(path)).get_signature_list(), endpoints):
            rows.append(_tflite_row(path, name, examples[name], expected[name], whole, seconds))
    if saved_model is not None:
        rows += _saved_model_rows(Path(saved_model), examples, expected)
    report = Report(rows, seed, count)
    if directory is not None:
        _write(report, writable_directory(directory))
    return report


def _tflite_row(path, name, examples, expected, whole, seconds):
    outputs = _run(_runner(path, name, threads=1), examples)
    milliseconds = {t: _time(_runner(path, name, t), examples, seconds) for t in (1, 2)}
    size = path.stat().st_size
    ratio = size / whole if whole else None
    return Row(path.name, name, size, ratio, *_errors(outputs, expected), milliseconds)


def _saved_model_rows(path, examples, expected):
    loaded = tf.saved_model.load(str(path))
    size = sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
    named = [
        name for name in loaded.signatures if name != "serving_default"
    ]  # another name for one
    rows = []
    for name in _known(str(path), named, examples):
        outputs = _arrays(loaded.signatures[name](**_tensors(examples[name])))
        rows.append(Row("saved_model", name, size, None, *_errors(outputs, expected[name]), {}))
    return rows


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


def _runner(path, name, threads):
    # The interpreter is kept alive by its runner.
    return Interpreter(str(path), num_threads=threads).get_signature_runner(name)


def _run(runner, examples):
    """Run all examples in the file's static batch size; left-over rows are padded and dropped."""
    batch = next(iter(runner.get_input_details().values()))["shape"][0]
    count = len(next(iter(examples.values())))
    pieces = []
    for start in range(0, count, batch):
        rows = np.minimum(np.arange(start, start + batch), count - 1)
        pieces.append(runner(**{name: array[rows] for name, array in examples.items()}))
    return {name: np.concatenate([p[name] for p in pieces])[:count] for name in pieces[0]}


def _time(runner, examples, seconds):
    batch = next(iter(runner.get_input_details().values()))["shape"][0]
    inputs = {name: np.resize(array, (batch, *array.shape[1:])) for name, array in examples.items()}
    for _ in range(3):
        runner(**inputs)
    times, end = [], time.perf_counter() + seconds
    while not times or time.perf_counter() < end:
        began = time.perf_counter()
        runner(**inputs)
        times.append(time.perf_counter() - began)
    return statistics.median(times) * 1e3


def _errors(outputs, expected):
    """Return the largest absolute difference and the least PSNR over the outputs."""
    errors, psnrs = [], []
    for name, wanted in expected.items():
        difference = outputs[name].astype(np.float64) - wanted
        peak = float(np.ptp(wanted)) or 1.0
        mean_square = max(float(np.mean(difference**2)), 1e-20 * peak**2)  # equal: 200 dB
        errors.append(float(np.abs(difference).max()))
        psnrs.append(10 * np.log10(peak**2 / mean_square))
    return max(errors), float(min(psnrs))


def _arrays(outputs):
    return {name: np.asarray(output) for name, output in outputs.items()}


def _tensors(inputs):
    return {name: tf.constant(array) for name, array in inputs.items()}


def _cells(row):
    times = [f"{row.milliseconds[t]:.2f}" if t in row.milliseconds else "" for t in (1, 2)]
    ratio = "" if row.ratio is None else f"{row.ratio:.0%}"
    size, error, psnr = f"{row.bytes / 1e3:.0f}", f"{row.error:.2g}", f"{row.psnr:.1f}"
    return (row.artefact, row.endpoint, size, ratio, error, psnr, *times)


def _write(report, directory):
    content = json.dumps(dataclasses.asdict(report), indent=2) + "\n"
    write_files(
        {
            directory / "report.json": content.encode(),
            directory / "report.md": report.markdown().encode(),
        }
    )
