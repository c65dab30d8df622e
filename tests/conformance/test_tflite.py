"""What becomes of every family as TFLite files: close enough, or refused in one line."""

import pytest
from conformance import fitting
from conformance.outcomes import PASSED, REFUSED
from conformance.row import AGREEMENT, FLOORS
from conformance.table import every_row
from tfgen.export import MODES, inspect, to_tflite, verify


@every_row
def test_files_pass_their_floors_or_are_refused_in_one_line(row, tmp_path, record_property):
    model, outcomes = fitting.fitted(row), _refusals(row, tmp_path)
    for endpoints, modes in _together(row).items():
        # All at once: what modes share is traced and answered once.
        paths = to_tflite(model, tmp_path / "+".join(modes), modes, endpoints=endpoints)
        for path in paths:
            found = inspect(path)
            assert sorted(found.signatures) == sorted(endpoints) and found.warnings == []
        measured = verify(model, paths, seconds=0, count=24).rows
        assert len(measured) == len(endpoints) * len(modes)
        for cell in measured:
            _check(row, cell)
        outcomes += [(PASSED, "")] * len(measured)
    record_property("conformance", outcomes)


def _together(row):
    """`{endpoints: modes}` in which all of these are offered."""
    groups = {}
    for mode in MODES:
        offered = tuple(name for name in row.endpoints if (name, mode) not in row.refused)
        groups.setdefault(offered, []).append(mode)
    return {endpoints: modes for endpoints, modes in groups.items() if endpoints}


def _refusals(row, folder):
    outcomes = []
    for (name, mode), reason in row.refused.items():
        with pytest.raises(ValueError, match=reason) as caught:
            to_tflite(fitting.fitted(row), folder, [mode], endpoints=name)
        assert "\n" not in str(caught.value)
        outcomes.append((REFUSED, f"{row.name}, {name}, {mode}: {caught.value}"))
    return outcomes


def _check(row, cell):
    floor = {**FLOORS, **row.floors}[cell.mode]
    share = {**AGREEMENT, **row.agreement}[cell.mode]
    where = f"{cell.endpoint}, {cell.mode}"
    assert cell.psnr is not None or cell.agreement is not None, where
    assert cell.psnr is None or cell.psnr > floor, where
    assert cell.agreement is None or cell.agreement >= share, where
