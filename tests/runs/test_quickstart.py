"""The quickstart, on fewer digits than a person gets."""

import numpy as np
from click.testing import CliRunner

from tfgen.cli import main
from tfgen.runs import quickstart


def test_quickstart_goes_all_the_way(tmp_path, monkeypatch):
    monkeypatch.setattr(quickstart, "DIGITS", 300)
    monkeypatch.setattr(quickstart, "CHANGES", {"epochs": 1, "steps_per_epoch": 20})
    monkeypatch.setattr(quickstart, "MODES", ("float32",))
    out = tmp_path / "q"
    result = CliRunner().invoke(main, ["quickstart", "--out", str(out)])
    assert result.exit_code == 0, result.output
    assert "which learned from MNIST, draws 300 digits to learn from" in result.output
    assert "reads" in result.output and "Done in" in result.output
    found = {path.name for path in out.iterdir()}
    pictures = {"samples.png", "learned.png", "reconstructions.png", "traversal.png"}
    assert found == {"digits.npz", "run", "export", *pictures}
    digits = np.load(out / "digits.npz")
    assert digits["x"].shape == (300, 28, 28, 1) and np.bincount(digits["y"]).tolist() == [30] * 10


def test_quickstart_leaves_other_directories_alone(tmp_path):
    (tmp_path / "thesis.txt").touch()
    result = CliRunner().invoke(main, ["quickstart", "--out", str(tmp_path)])
    assert result.exit_code == 2 and "thesis.txt" in result.output
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]
