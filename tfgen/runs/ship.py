"""Exported artefacts of a trained model, with a report."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from tfgen.runs.draw import classes_of
from tfgen.runs.lock import locked

TARGETS = ("saved_model", "tflite", "web")
MODES = ("float32", "float16", "dynamic_int8", "int8", "int16x8")


ASKED_FOR = ("dynamic_int4",)  # made only where it is asked for
_OF_TEXT = ("float32", "float16", "dynamic_int8")  # which write in loops


def usual_modes(model: Any) -> tuple[str, ...]:
    """Return the modes that all files of a model can have."""
    offered: dict = getattr(model, "endpoints", dict)()  # what has none, the exporters will refuse
    return _OF_TEXT if "prefill" in offered else MODES


def export(
    model: Any,
    directory: str | os.PathLike,
    targets: Sequence[str] = ("saved_model", "tflite"),
    modes: Sequence[str] | None = None,
    *,
    name: str | None = None,
    kit: bool = False,
    runtime: str | None = None,
    quality: Callable | None = None,
    progress: Callable[[str], Any] | None = None,
    endpoints: Sequence[str] | None = None,
    fine_tune_steps: int = 0,
    class_names: Sequence[str] | None = None,
) -> Any:
    """Write the artefacts and `report.json` and `report.md`; return the report.

    Args:
        model: the trained model.
        directory: where they go.
        targets: some of "saved_model", "tflite" and "web".
        modes: of the TFLite files, by default all that can be; the page takes the first.
        name: by which the artefacts call the model.
        kit: whether to add what serves the SavedModel.
        runtime: that of `tfgen.export.to_web`.
        quality: that of `tfgen.export.verify`.
        progress: likewise.
        endpoints: of the TFLite files; by default `generate`, or `encode` without it, and `decode`,
            and of models of text `prefill` and `score` too.
        fine_tune_steps: that of `tfgen.export.to_tflite`, for int8.
        class_names: for the page, of a class-conditional model; numbers by default.

    Raises:
        ValueError: for options that do not go together, and as the exporters do.
        BlockingIOError: while another process exports to the same place.
    """
    modes = usual_modes(model) if modes is None else modes
    check(targets, modes, kit, endpoints, fine_tune_steps)
    with locked(directory, "exports"):
        return _written(model, Path(directory), targets, modes, name, kit, runtime, quality,
                        progress, endpoints, fine_tune_steps, class_names)  # fmt: skip


def check(
    targets: Sequence[str],
    modes: Sequence[str] | None,
    kit: bool = False,
    endpoints: Sequence[str] | None = None,
    fine_tune_steps: int = 0,
) -> None:
    """Raise `ValueError` for options of an export that do nothing together.

    Example:
        >>> check(("tflite",), ("float32",), fine_tune_steps=200)
        Traceback (most recent call last):
        ValueError: --fine-tune-steps 200 was given, and only int8 files in TFLite learn. ...
    """
    _check_known("--to", targets, TARGETS)
    modes = MODES if modes is None else modes
    _check_known("--modes", modes, (*MODES, *ASKED_FOR))
    if kit and "saved_model" not in targets:
        raise ValueError(f"--serving-kit received --to {','.join(targets)}: add saved_model.")
    if fine_tune_steps and not ("int8" in modes and "tflite" in targets):
        raise ValueError(
            f"--fine-tune-steps {fine_tune_steps} was given, and only int8 files in TFLite learn. "
            "Add int8 to --modes and tflite to --to, or leave it out."
        )
    if endpoints is not None and not endpoints:
        raise ValueError("--endpoints received nothing: expected some of the model's, or none.")
    if endpoints is not None and "tflite" not in targets:
        raise ValueError(
            f"--endpoints {','.join(endpoints)} was given, and --to has no tflite: add it, or "
            "leave them out."
        )


def _written(model, directory, targets, modes, name, kit, runtime, quality, progress, endpoints,
             fine_tune_steps, class_names):  # fmt: skip
    from tfgen import export as exporting
    from tfgen.export.arguments import usual_endpoints

    files, saved_model = (), None
    if "web" in targets:  # first, for it may miss its runtime
        names = class_names if classes_of(model) == len(class_names or ()) else None
        exporting.to_web(
            model, directory / "web", runtime=runtime, mode=modes[0], title=name, class_names=names
        )
        files = [directory / "web" / f"{modes[0]}.tflite"]
    if "saved_model" in targets:
        saved_model = exporting.to_saved_model(model, directory / "saved_model", name=name)
    if kit:
        exporting.serving_kit(saved_model, directory / "serving", name)
    if "tflite" in targets:
        usual = usual_endpoints(model)
        if "generate" not in model.endpoints():
            usual[usual.index("generate")] = "encode"
        files = exporting.to_tflite(
            model, directory / "tflite", modes=modes, endpoints=endpoints or usual,
            progress=progress, about={"recipe": name}, fine_tune_steps=fine_tune_steps,
        )  # fmt: skip
    return exporting.verify(model, files, saved_model=saved_model, directory=directory,
                            quality=quality, progress=progress)  # fmt: skip


def _check_known(option, given, known):
    if not given:
        raise ValueError(f"{option} received nothing: expected any of {', '.join(known)}.")
    for part in given:
        if part not in known:
            raise ValueError(f"{option} received {part!r}: expected any of {', '.join(known)}.")
