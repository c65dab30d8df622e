"""The judge of latents beside known factors, and its page."""

import json
import re
import types

import numpy as np
import pytest
from recipes.sources import small_source

from tfgen import plots, recipes, runs
from tfgen.recipes import judging

SOURCE = small_source("sprites")


class Knowing:
    """An autoencoder that sees the factors themselves, as posterior means or as indices."""

    def __init__(self, dtype):
        self.dtype = dtype

    def latents(self, test, verbose=0):
        return SOURCE.factors("test").astype(self.dtype)

    def decode_examples(self, z):
        """Pictures that show the latents: a band for each."""
        bands = np.repeat(np.asarray(z, np.float32) / 8, 5, axis=1)
        return np.broadcast_to(bands[:, :, None, None], (len(z), bands.shape[1], 32, 3))

    decode_latents = decode_examples

    def reconstruct(self, images):
        return np.asarray(images) * 0.5

    def evaluate(self, test, return_dict, verbose):
        return {"loss": 3.0}

    class prior:
        @staticmethod
        def kl(posterior, z):
            return np.tile(np.arange(6.0), (len(posterior.mean()), 1))

    def encode(self, images):
        class Posterior:
            @staticmethod
            def mean():
                return np.zeros((len(images), 6))

        return Posterior


def evidence():
    recipe = recipes.get("sprites-vae")
    return judging.Evidence(SOURCE, recipe.batches(SOURCE, "test", recipe.settings, 0), None)


@pytest.mark.parametrize("dtype", ["float32", "int32"])
def test_one_that_knows_the_factors_is_judged_so_and_shown_so(dtype):
    found = judging.judge_factors(Knowing(dtype), evidence())
    assert found["InfoM"] > 0.75 and found["units_follow"] == "shape, scale, rotation, x, y, colour"
    assert found["loss"] == 3.0 and found["examples"] == SOURCE.spec.counts["test"]
    if dtype == "float32":
        assert found["nats_per_unit"] == [0, 1, 2, 3, 4, 5]
    else:
        sizes = [*SOURCE.spec.factors.values()]
        np.testing.assert_allclose(found["nats_per_unit"], np.log(sizes), atol=0.05)
    images = np.concatenate([*evidence().test.as_numpy_iterator()])
    assert found["mse"] == pytest.approx(np.mean((0.5 * images) ** 2), rel=1e-4)
    page = judging.factors_page(Knowing(dtype), evidence(), found)
    assert "InfoM" not in page and "modularity" in page and f"{found['MIG']:.4g}" in page
    assert page.count('src="data:image/png;base64,') == 3
    assert not re.search(r'(src|href)="(?!data:)', page) and "<script" not in page


def test_pages_escape_what_they_are_told():
    page = plots.page("a < b", [("c & d", {"<e>": 1})])
    assert "a &lt; b" in page and "c &amp; d" in page and "&lt;e&gt;" in page


def test_a_heat_map_shows_every_number():
    figure = plots.heat_map([[0.0, 0.25], [1.0, 0.5]], ["a", "b"], ["x", "y"])
    [axes] = figure.axes
    assert [text.get_text() for text in axes.texts] == ["0.00", "0.25", "1.00", "0.50"]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["x", "y"]
    with pytest.raises(ValueError, match=r"shape \(1, 2\) for 2 row names[^\n]*$"):
        plots.heat_map([[0.0, 0.25]], ["a", "b"], ["x", "y"])


def test_evaluate_writes_the_page_beside_the_numbers(tmp_path):
    recipe = recipes.get("sprites-qlae")
    trained = types.SimpleNamespace(
        recipe=recipe,
        settings=recipe.settings,
        run=types.SimpleNamespace(directory=tmp_path),
        load=lambda: Knowing("int32"),
        source=lambda data, data_dir, model: SOURCE,
    )
    found = runs.evaluate(trained)
    assert (tmp_path / "report.html").read_text().startswith("<!doctype html>")
    assert json.loads((tmp_path / "metrics.json").read_text())["MIG"] == found["MIG"]
