"""What `verify` found, as values, as JSON and as a page."""

import dataclasses
import json
from pathlib import Path

from tfgen.export.destination import write_into


@dataclasses.dataclass(frozen=True)
class Change:
    """A number that judges examples: of Keras's own, and of an artefact's from the same seeds.

    Example:
        >>> round(Change(keras=2.0, artefact=1.9).relative, 3)
        -0.05
    """

    keras: float
    artefact: float

    @property
    def relative(self) -> float:
        """The change as a share of Keras's number."""
        return (self.artefact - self.keras) / max(abs(self.keras), 1e-12)


@dataclasses.dataclass(frozen=True)
class Row:
    """One endpoint of one artefact, compared with the Keras model on the same inputs.

    Attributes:
        artefact: file name, or `saved_model`.
        mode: "float32", "int8", ..., or `saved_model`; as the file says itself, or nothing.
        endpoint: name of the endpoint.
        bytes: size of the artefact, with all of its endpoints.
        ratio: that size over the float32 file's, or None without one.
        error: largest absolute difference of any floating-point output, or None without one.
        psnr: least peak signal-to-noise ratio of these outputs in dB, the peak being the range of
            Keras's output; None without one.
        agreement: least share of equal numbers of any integer output, or None without one.
        milliseconds: `{threads: median time of a call with a batch of one}`; LiteRT only.
        quality: `{name: Change}` by the quality function, for the endpoint that it judges.
        failures: a phrase for each missed limit; None where no limits are known for the mode.
    """

    artefact: str
    mode: str
    endpoint: str
    bytes: int
    ratio: float | None
    error: float | None
    psnr: float | None
    agreement: float | None
    milliseconds: dict
    quality: dict
    failures: tuple | None

    @property
    def verdict(self) -> str:
        """The word pass, or fail with what was missed; nothing where there are no limits."""
        if self.failures is None:
            return ""
        return f"fail: {'; '.join(self.failures)}" if self.failures else "pass"


@dataclasses.dataclass(frozen=True)
class Report:
    """What `verify` found: `rows`, one `Row` per artefact and endpoint, and how it was measured."""

    rows: list
    seed: int
    count: int
    quality_count: int

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns that have something to say, a tuple."""
        return tuple(self._table()[0])

    @property
    def cells(self) -> list[tuple[str, ...]]:
        """The rows as text, a list of tuples in the order of `columns`."""
        return [tuple(line) for line in self._table()[1:]]

    def _table(self):
        everywhere = [_cells(row) for row in self.rows]
        names = list(dict.fromkeys(name for cells in everywhere for name in cells))
        names.append(names.pop(names.index("verdict")))  # behind all qualities
        names = [name for name in names if any(cells.get(name) for cells in everywhere)]
        return [names, *([cells.get(name, "") for name in names] for cells in everywhere)]

    def markdown(self) -> str:
        """Return the report as a Markdown page."""
        lines = [self.columns, ["---"] * len(self.columns), *self.cells]
        table = "\n".join(f"| {' | '.join(line)} |" for line in lines)
        return (
            "# Export report\n\nEvery artefact against the Keras model, on "
            f"{self.count} inputs of seed {self.seed}, one at a time. Times are medians on the "
            f"machine that exported; compare them with each other only.\n\n{table}\n"
            f"{self._about_quality()}"
        )

    def _about_quality(self):
        measured = [row.quality for row in self.rows if row.quality]
        if not measured:
            return ""
        keras = ", ".join(f"{name} {change.keras:.4g}" for name, change in measured[0].items())
        return (
            f"\nQuality: {self.quality_count} examples of the same seeds from each artefact; those "
            f"of the Keras model have {keras}.\n"
        )

    def files(self) -> dict[str, bytes]:
        """Return the report as `{file name: bytes}`: `report.json` and `report.md`."""
        content = json.dumps(dataclasses.asdict(self), indent=2) + "\n"
        return {"report.json": content.encode(), "report.md": self.markdown().encode()}

    def write(self, directory: Path) -> None:
        """Write both files, whole or not at all."""
        write_into(directory, self.files())


def _cells(row):
    def number(value, form):
        return "" if value is None else format(value, form)

    times = {f"ms, {t} thread{'s'[: t > 1]}": f"{row.milliseconds[t]:.2f}"
             for t in (1, 2) if t in row.milliseconds}  # fmt: skip
    quality = {
        name: f"{change.artefact:.4g} ({change.relative:+.1%})"
        for name, change in row.quality.items()
    }
    return {
        "artefact": row.artefact,
        "endpoint": row.endpoint,
        "KB": f"{row.bytes / 1e3:.0f}",
        "of float32": number(row.ratio, ".0%"),
        "largest error": number(row.error, ".2g"),
        "PSNR dB": number(row.psnr, ".1f"),
        "equal": number(row.agreement, ".1%"),
        **times,
        **quality,
        "verdict": row.verdict,
    }
