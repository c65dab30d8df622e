"""What the end of a run tells of the table: cells that pass, are refused or not promised."""

import collections

import pytest

PASSED, REFUSED, EXCEPTED = "passed", "refused", "excepted"


def skip_unpromised(row, check):
    """Skip a check that the row does not promise, for the reason it gives."""
    if check in row.skipped:
        pytest.skip(row.skipped[check])


def summary(stats):
    """The lines for the end of a run, of pytest's reports by outcome: counts, then reasons."""
    noted = [dict(report.user_properties) for report in stats.get("passed", [])]
    cells = [cell for properties in noted for cell in properties.get("conformance", [])]
    counts, lines = collections.Counter(outcome for outcome, _ in cells), []
    if cells:
        lines.append(
            f"conformance: {counts[PASSED]} cells pass, {counts[REFUSED]} are refused in one line, "
            f"{counts[EXCEPTED]} make an exception"
        )
    for outcome in (REFUSED, EXCEPTED):
        lines += _by_reason(outcome, [reason for kind, reason in cells if kind == outcome])
    if examples := [properties["examples"] for properties in noted if "examples" in properties]:
        lines.append(f"docstrings: {sum(examples)} lines of examples in {len(examples)} modules")
    without = [properties["without_example"] for properties in noted
               if "without_example" in properties]  # fmt: skip
    skipped = [report.longrepr[2].removeprefix("Skipped: ") for report in stats.get("skipped", [])]
    return lines + _by_reason("without", without) + _by_reason("skipped", skipped)


def _by_reason(outcome, reasons):
    found = collections.Counter(reasons)
    return [f"  {count} {outcome}: {reason}" for reason, count in sorted(found.items())]
