"""How much a conversion may cost before the report says that it failed."""

import dataclasses
from collections.abc import Mapping

from tfgen.export.arguments import chosen


@dataclasses.dataclass(frozen=True)
class Limits:
    """What one mode has to reach; None asks for nothing.

    Attributes:
        psnr: least PSNR of floating-point outputs, in dB.
        agreement: least share of equal integers in integer outputs, in [0, 1].
        change: largest change of each number of the quality function, as a share of its size.

    Example:
        >>> dataclasses.replace(LIMITS["int8"], psnr=45.0)
        Limits(psnr=45.0, agreement=0.9, change=0.1)
    """

    psnr: float | None = None
    agreement: float | None = None
    change: float | None = None


# What networks of many kinds reach with some room; the table in the conformance tests is wider.
LIMITS = {
    "saved_model": Limits(100.0, 0.99, 0.01),
    "float32": Limits(100.0, 0.99, 0.01),
    "float16": Limits(60.0, 0.98, 0.02),
    "dynamic_int8": Limits(40.0, 0.9, 0.1),
    "int8": Limits(32.0, 0.9, 0.1),
    "int16x8": Limits(40.0, 0.95, 0.05),
    "dynamic_int4": Limits(20.0, 0.8, 0.1),
}


def checked_limits(given: Mapping[str, Limits] | None) -> dict[str, Limits]:
    """Return the limits of every mode: those of `given`, `{mode: Limits}` or None, come first.

    Raises:
        ValueError: for an unknown mode, or something else than `Limits`.
    """
    given = dict(given or {})
    if given:
        chosen("limits", given, LIMITS)
    for mode, limits in given.items():
        if not isinstance(limits, Limits):
            raise ValueError(
                f"limits[{mode!r}] received {limits!r}: expected tfgen.export.Limits. "
                "Use Limits(psnr=45.0), or dataclasses.replace(LIMITS[mode], psnr=45.0)."
            )
    return {**LIMITS, **given}


def failures(limits, psnr, agreement, quality):
    """Return a phrase for each limit that is missed, a tuple of str."""
    missed = []
    if None not in (limits.psnr, psnr) and psnr < limits.psnr:
        missed.append(f"{psnr:.1f} dB < {limits.psnr:g}")
    if None not in (limits.agreement, agreement) and agreement < limits.agreement:
        missed.append(f"{agreement:.1%} equal < {limits.agreement:.0%}")
    for name, change in quality.items():
        if limits.change is not None and not abs(change.relative) <= limits.change:  # NaN fails
            missed.append(f"{name} {change.relative:+.1%} > {limits.change:.0%}")
    return tuple(missed)
