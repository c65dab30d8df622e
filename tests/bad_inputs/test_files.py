"""Files that are no whole model: one line each, in the right words."""

import io
import json
import zipfile

import keras
import pytest
from damage import DAMAGES, damaged
from models import small_vae

import tfgen


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """The bytes of a saved model."""
    path = tmp_path_factory.mktemp("saved") / "vae.keras"
    small_vae().save(path)
    return path.read_bytes()


def _refused(path, match, error=ValueError):
    with pytest.raises(error, match=match) as caught:
        tfgen.load_model(path)
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 600, caught.value


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("kind", [kind for kind in DAMAGES if kind != "longer"])
def test_damaged_files(saved, tmp_path, kind, seed):
    """Either the model is whole still, since a byte that says nothing was hit, or one line."""
    path = tmp_path / "model.keras"
    path.write_bytes(damaged(saved, kind, seed))
    try:
        model = tfgen.load_model(path)
    except ValueError as error:
        assert "\n" not in str(error) and str(path) in str(error)
        assert "damaged" in str(error) or "could not rebuild" in str(error)
        return
    assert zipfile.ZipFile(path).testzip() is None
    assert type(model) is tfgen.VAE


def test_a_cut_off_file_is_not_said_to_be_missing(saved, tmp_path):
    path = tmp_path / "model.keras"
    path.write_bytes(saved[: len(saved) // 2])
    _refused(path, "is damaged or cut off")


def test_a_missing_file(tmp_path):
    _refused(tmp_path / "none.keras", "found no", FileNotFoundError)


def test_a_folder(tmp_path):
    _refused(tmp_path, "received the folder")


@pytest.mark.parametrize("content", [b"", b"text", b"\x89HDF\r\n\x1a\n", b"PK\x03\x04"])
def test_what_is_no_model(tmp_path, content):
    path = tmp_path / "model.keras"
    path.write_bytes(content)
    _refused(path, "no .keras file|damaged")


def test_another_archive(tmp_path):
    path = tmp_path / "model.keras"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "nothing")
    _refused(path, "it has no config.json")


def test_a_model_of_another_library(saved, tmp_path):
    """Its classes are not known here."""
    path, source = tmp_path / "other.keras", zipfile.ZipFile(io.BytesIO(saved))
    config = json.loads(source.read("config.json"))
    config |= {"class_name": "Other", "registered_name": "other>Other", "module": "other.models"}
    with zipfile.ZipFile(path, "w") as archive:
        for name in source.namelist():
            text = json.dumps(config) if name == "config.json" else source.read(name)
            archive.writestr(name, text)
    _refused(path, "could not rebuild .*classes of your own")


def test_a_plain_keras_model_loads(tmp_path):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.save(tmp_path / "plain.keras")
    assert type(tfgen.load_model(tmp_path / "plain.keras")) is keras.Sequential
