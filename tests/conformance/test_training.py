"""How every family trains: what a step moves, what a file keeps, and in half precision."""

import keras
import numpy as np
from conformance import fitting
from conformance.outcomes import EXCEPTED, PASSED, skip_unpromised
from conformance.table import every_row

from tfgen import callbacks
from tfgen.networks.language_block import LanguageBlock


def _learned(model, row):
    """The weights that were made to be trained, frozen since or not, averages aside."""
    averages = {id(v) for name in row.averages for v in getattr(model, name).weights}
    found = [v for layer in model._flatten_layers() for v in layer._trainable_variables]
    return [v for v in found if id(v) not in averages]


@every_row
def test_a_step_moves_every_weight_it_trains_and_no_other(row, record_property):
    skip_unpromised(row, "step")
    names = fitting.optimizer_names(row.build())
    for name in names:
        model = fitting.built(row, {**dict.fromkeys(names, _still), name: fitting.adam})
        weights, excepted = _learned(model, row), fitting.unmoved(model, row)
        assert len(excepted) == len(row.unmoved)
        own = {id(v) for v in fitting.trained_by(model, name).trainable_variables}
        before = [v.numpy() for v in weights]
        fitting.fit(model, row, 32)
        for variable, old in zip(weights, before, strict=True):
            if id(variable) not in excepted:
                moved = np.abs(variable.numpy() - old).max() > 0
                assert moved == (id(variable) in own), f"{name}: {variable.path}"
    record_property("conformance", [(PASSED, ""), *((EXCEPTED, why) for why in excepted.values())])


def _still():
    return keras.optimizers.SGD(0.0)


@every_row
def test_a_file_and_a_backup_go_on_to_the_bit(row, tmp_path, record_property):
    skip_unpromised(row, "resume")
    straight, backup = fitting.built(row), tmp_path / "backup"
    fitting.fit(straight, row, callbacks=[callbacks.Backup(backup)])
    straight.save(tmp_path / "model.keras")
    keras.utils.set_random_seed(7)
    reloaded = keras.models.load_model(tmp_path / "model.keras")
    fitting.assert_same(fitting.state(reloaded), fitting.state(straight))
    assert callbacks.Backup.completed_epochs(backup) == 1
    resumed = fitting.built(row, seed=2)
    for model, others in ((straight, []), (reloaded, []), (resumed, [callbacks.Backup(backup)])):
        fitting.fit(model, row, epochs=2, initial_epoch=1, callbacks=others)
    expected, drawn = fitting.state(straight), fitting.all_answers(straight)
    for model in (reloaded, resumed):
        fitting.assert_same(fitting.state(model), expected)
        fitting.assert_same(fitting.all_answers(model), drawn)
    record_property("conformance", [(PASSED, "")])


@every_row
def test_half_precision_steps_and_is_saved(row, tmp_path, record_property):
    skip_unpromised(row, "bfloat16")
    keras.config.set_dtype_policy("mixed_bfloat16")
    model = fitting.built(row)
    logs = fitting.fit(model, row, 32)
    assert np.isfinite([*logs.values()]).all()
    assert all(np.isfinite(np.asarray(v)).all() for v in model.weights)
    assert int(model.step) >= 1
    kernels = [layer for layer in model._flatten_layers() if _multiplies(layer)]
    whole = {layer.name for layer in kernels if layer.compute_dtype != "bfloat16"}
    assert len(kernels) > len(whole) and whole <= {"outputs", "logits"}  # what networks answer
    model.save(tmp_path / "model.keras")
    reloaded = keras.models.load_model(tmp_path / "model.keras")
    fitting.assert_same(fitting.state(reloaded), fitting.state(model))
    fitting.assert_same(fitting.all_answers(reloaded), fitting.all_answers(model))
    keras.config.set_dtype_policy("float32")
    exact = fitting.fit(fitting.built(row), row, 32)
    assert any(logs[name] != exact[name] for name in exact)  # so it was not computed in float32
    record_property("conformance", [(PASSED, "")])


def _multiplies(layer):
    """Whether a layer has matrices; a block over text has several, of names of their own."""
    return hasattr(layer, "kernel") or isinstance(layer, LanguageBlock)
