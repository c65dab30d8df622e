"""Damaged backups: another one, bit for bit, or one line; never other weights."""

import keras
import numpy as np
import pytest
from damage import DAMAGES, FOOTER, damaged

from tfgen.callbacks import Backup, checksums


def _model():
    keras.utils.set_random_seed(1)
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(8), keras.layers.Dense(1)])
    model.compile(keras.optimizers.Adam(1e-3), "mse")
    return model


def _fit(model, directory, first, last):
    x = np.arange(8, dtype=np.float32)[:, None]
    arguments = {"initial_epoch": first, "epochs": last, "verbose": 0}
    model.fit(x, 2 * x, callbacks=[Backup(directory)], **arguments)


def _state(model):
    return [np.asarray(v) for v in [*model.variables, *model.optimizer.variables]]


def _same(model, state):
    return all(np.array_equal(a, b) for a, b in zip(_state(model), state, strict=True))


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """A folder of two backups, and the state in each."""
    directory, model, states = tmp_path_factory.mktemp("kept"), _model(), []
    for epoch in range(2):
        _fit(model, directory, epoch, epoch + 1)
        states.append(_state(model))
    return directory, states


def _copy(kept, tmp_path):
    for path in kept.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    return tmp_path / "epoch-0002.weights.h5"


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("kind", DAMAGES)
def test_a_damaged_backup_is_passed_over_for_the_one_before(kept, tmp_path, kind, seed, capsys):
    directory, states = kept
    newest = _copy(directory, tmp_path)
    newest.write_bytes(damaged(newest.read_bytes(), kind, seed))
    done = Backup.completed_epochs(tmp_path)
    model = _model()
    _fit(model, tmp_path, done, done)
    assert _same(model, states[done - 1])
    said = capsys.readouterr().out.strip().splitlines()
    assert len(said) == (done == 1) and done in (1, 2)


@pytest.mark.parametrize("kind", DAMAGES)
def test_two_damaged_backups_are_one_line(kept, tmp_path, kind):
    _copy(kept[0], tmp_path)
    for path in tmp_path.iterdir():
        end = bytearray(path.read_bytes())
        end[1000] ^= 4
        path.write_bytes(damaged(bytes(end), kind, 3))
    with pytest.raises(OSError, match="None of the backups") as caught:
        Backup.completed_epochs(tmp_path)
    assert "\n" not in str(caught.value)


def test_backups_from_before_there_were_checksums_load(kept, tmp_path):
    directory, states = kept
    newest = _copy(directory, tmp_path)
    newest.write_bytes(newest.read_bytes()[:-FOOTER])
    assert Backup.completed_epochs(tmp_path) == 2
    model = _model()
    _fit(model, tmp_path, 2, 2)
    assert _same(model, states[1])


def test_a_signed_file_is_read_by_keras(kept, tmp_path):
    model = _model()
    model.optimizer.build(model.trainable_variables)
    newest = _copy(kept[0], tmp_path)
    model.load_weights(newest)
    assert _same(model, kept[1][1]) and checksums.whole(newest)
