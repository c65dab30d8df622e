"""What becomes of every family as a TFLite file: close enough, or refused in one line."""

import pytest
from conformance import fitting
from conformance.outcomes import PASSED, REFUSED
from conformance.row import AGREEMENT, FLOORS
from conformance.table import every_row
from tfgen.export import MODES, inspect, to_tflite, verify


@every_row
@pytest.mark.parametrize("mode", MODES)
def test_a_file_passes_its_floor_or_is_refused_in_one_line(row, mode, tmp_path, record_property):
    model, outcomes = fitting.fitted(row), []
    offered = [name for name in row.endpoints if (name, mode) not in row.refused]
    for name in set(row.endpoints) - set(offered):
        with pytest.raises(ValueError, match=row.refused[name, mode]) as caught:
            to_tflite(model, tmp_path, [mode], endpoints=name)
        assert "\n" not in str(caught.value)
        outcomes.append((REFUSED, f"{row.name}, {name}, {mode}: {caught.value}"))
    if offered:
        outcomes += _checked(model, row, mode, offered, tmp_path)
    record_property("conformance", outcomes)


def _checked(model, row, mode, endpoints, folder):
    [path] = to_tflite(model, folder, [mode], endpoints=endpoints)
    inspection = inspect(path)
    assert sorted(inspection.signatures) == sorted(endpoints)
    assert inspection.warnings == []
    measured = verify(model, [path], seconds=0, count=24).rows
    assert sorted(found.endpoint for found in measured) == sorted(endpoints)
    for found in measured:
        floor, share = {**FLOORS, **row.floors}[mode], {**AGREEMENT, **row.agreement}[mode]
        assert found.psnr is not None or found.agreement is not None
        assert found.psnr is None or found.psnr > floor, found.endpoint
        assert found.agreement is None or found.agreement >= share, found.endpoint
    return [(PASSED, "")] * len(measured)
