"""Samples, reconstructions and walks in files."""

import numpy as np
import pytest
from gans import images_gan
from models import small_vae
from PIL import Image

import tfgen
from tfgen.runs import draw, reconstruct, sample, traverse


@pytest.fixture(scope="module")
def vae():
    return small_vae()


@pytest.fixture(scope="module")
def gan():
    return images_gan()


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_batches_are_the_samples_of_the_model(vae, monkeypatch):
    monkeypatch.setattr(draw, "_BATCH", 3)
    parts = [*draw.drawn(vae, 7, seed=5)]
    assert [len(part) for part in parts] == [3, 3, 1]
    np.testing.assert_allclose(np.concatenate(parts), vae.sample(7, seed=5), atol=1e-6)


def test_truncated_batches_are_those_of_the_model(gan):
    [part] = draw.drawn(gan, 4, truncation=0.5)
    np.testing.assert_allclose(part, gan.sample(4, truncation=0.5), atol=1e-6)
    assert np.abs(part - gan.sample(4)).max() > 1e-3


def test_sheet_has_as_many_as_suit_the_kind(vae, tmp_path):
    sample(vae, tmp_path / "sheet.png")
    sample(vae, tmp_path / "64.png", count=64)
    assert (tmp_path / "sheet.png").read_bytes() == (tmp_path / "64.png").read_bytes()


def test_folder_gets_a_file_for_each_pixel_for_pixel(vae, tmp_path):
    sample(vae, f"{tmp_path}/many/", count=12, seed=3)
    assert names(tmp_path / "many") == [f"{i:02d}.png" for i in range(12)]
    seen = np.asarray(Image.open(tmp_path / "many" / "07.png")) / 255
    np.testing.assert_allclose(seen, vae.sample(12, seed=3)[7, :, :, 0], atol=0.003)


def test_folder_is_whole_or_not_there(vae, tmp_path, monkeypatch):
    def full(self, sheet, path):
        if path.name == "3.png":
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(tfgen.kinds.Image, "write", full)
    with pytest.raises(OSError, match="No space left on device.*new/many"):
        sample(vae, tmp_path / "new" / "many", count=5)
    assert names(tmp_path) == []


def test_folder_that_holds_something_is_refused(vae, tmp_path):
    (tmp_path / "thesis.txt").touch()
    with pytest.raises(ValueError, match="not empty"):
        sample(vae, tmp_path, count=5)
    assert names(tmp_path) == ["thesis.txt"]


def test_more_than_a_sheet_can_show_says_how_many_it_can(vae, tmp_path):
    with pytest.raises(ValueError, match=r"--count 100000000 .* expected 524,288 at most"):
        sample(vae, tmp_path / "a.png", count=100_000_000)
    assert names(tmp_path) == []


def test_what_does_not_suit_the_model_is_refused(vae, gan, tmp_path):
    picture = tmp_path / "a.png"
    with pytest.raises(ValueError, match="VAE: --truncation is for GANs"):
        sample(vae, picture, truncation=0.5)
    for truncation in (0.0, -1.0, float("nan"), float("inf")):
        with pytest.raises(ValueError, match="--truncation received"):
            sample(gan, picture, truncation=truncation)
    with pytest.raises(ValueError, match="not class-conditional"):
        sample(vae, picture, label=3)
    with pytest.raises(ValueError, match="not class-conditional"):
        traverse(vae, picture, label=3)
    with pytest.raises(ValueError, match="GAN: it has no encoder"):
        reconstruct(gan, None, picture)
    with pytest.raises(ValueError, match="--along sefa was given for a VAE"):
        traverse(vae, picture, along="sefa")
    with pytest.raises(ValueError, match="expected a model of tfgen"):
        sample(object(), picture)
    assert names(tmp_path) == []


@pytest.mark.parametrize("seed", [-1, 2**31, 2**32])
def test_seeds_that_alias_are_refused(seed, vae, tmp_path):
    for call in (sample, traverse):
        with pytest.raises(ValueError, match=f"--seed received {seed}"):
            call(vae, tmp_path / "a.png", seed=seed)


@pytest.mark.parametrize("name", ["a.gif", "a.wav", "a.txt"])
def test_other_suffixes_are_refused(name, vae, tmp_path):
    for call in (sample, traverse):
        with pytest.raises(ValueError, match=r"ends in \.png"):
            call(vae, tmp_path / name)
    assert names(tmp_path) == []


def test_reconstructions_and_walks(vae, gan, tmp_path, digits):
    reconstruct(vae, [digits[:40]], tmp_path / "r.png")
    traverse(vae, tmp_path / "t.png", count=2)
    traverse(gan, tmp_path / "arcs.png", along="arcs", count=2)
    assert names(tmp_path) == ["arcs.png", "r.png", "t.png"]
