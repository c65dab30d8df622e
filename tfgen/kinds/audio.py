"""Sounds."""

import dataclasses
import io
import os
import pathlib
import wave
from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from tfgen import plots
from tfgen.files import write_files
from tfgen.kinds.kind import Kind
from tfgen.serialization import serializable

_PAUSE = 0.25  # seconds between sounds


@dataclasses.dataclass(frozen=True)
class Sounds:
    """A sheet of sounds: one waveform, float32 `[samples]`, and where each sound begins."""

    waveform: np.ndarray
    starts: tuple


@serializable
class Audio(Kind):
    """Mono waveforms `[samples]` in [-1, 1].

    A sheet is the sounds one after the other, written as 16-bit WAV, with their spectrogram as a
    picture beside it.

    Args:
        rate: samples a second.

    Example:
        >>> sheet = Audio(8_000).samples(np.zeros((3, 4_000)))
        >>> len(sheet.waveform), sheet.starts
        (18000, (0, 6000, 12000))
    """

    rate: int

    name = "audio"
    plural = "sounds"
    suffix = ".wav"
    sheet_size = 16

    def samples(self, examples: ArrayLike, columns: int | None = None) -> Any:
        """Return the sounds, one after the other."""
        pause = np.zeros(int(_PAUSE * self.rate), np.float32)
        parts, starts, length = [], [], 0
        for sound in np.asarray(examples, np.float32):
            starts.append(length)
            parts += [sound, pause]
            length += len(sound) + len(pause)
        return Sounds(np.concatenate(parts), tuple(starts))

    def pairs(self, originals: ArrayLike, reconstructed: ArrayLike) -> Any:
        """Return each sound followed by what was made of it."""
        both = np.stack([np.asarray(originals), np.asarray(reconstructed)], axis=1)
        return self.samples(both.reshape(-1, both.shape[-1]))

    def walks(
        self, examples: ArrayLike, row_names: Sequence[str], column_names: Sequence[str]
    ) -> Any:
        """Return the steps of each walk, one after the other."""
        examples = np.asarray(examples)
        return self.samples(examples.reshape(-1, examples.shape[-1]))

    def described(self, shape: tuple[int, ...]) -> str:
        """Return length and rate in words."""
        return f"sounds of {shape[0] / self.rate:.2f} s at {self.rate:,} Hz"

    def write(self, sheet: Any, path: str | os.PathLike) -> None:
        """Write the sounds as WAV, and their spectrogram beside them as PNG."""
        self.check_path(path)
        path = pathlib.Path(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        picture = plots.png(self._spectrogram(sheet))
        write_files({path: self._wav(sheet.waveform), path.with_suffix(".png"): picture})

    def log(self, sheet: Any, name: str, step: int) -> None:
        """Write the sounds to TensorFlow's default summary writer."""
        tf.summary.audio(name, sheet.waveform[None, :, None], self.rate, step=step)

    def _wav(self, waveform):
        buffer = io.BytesIO()
        with wave.open(buffer, "wb") as file:
            file.setparams((1, 2, self.rate, 0, "NONE", "not compressed"))
            file.writeframes(np.round(np.clip(waveform, -1, 1) * 32767).astype("<i2").tobytes())
        return buffer.getvalue()

    def _spectrogram(self, sheet):
        seconds = len(sheet.waveform) / self.rate
        figure = Figure(figsize=(min(20.0, 2.0 + 1.5 * seconds), 2.5), layout="constrained")
        axes = figure.subplots()
        quiet = sheet.waveform + 1e-5 * np.random.default_rng(0).normal(size=len(sheet.waveform))
        axes.specgram(quiet, NFFT=256, Fs=self.rate, noverlap=128, cmap="magma", vmin=-120)
        axes.set_xlabel("seconds")
        axes.set_ylabel("Hz")
        return figure
