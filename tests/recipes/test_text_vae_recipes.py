"""The recipes for lines of text, on a few lines: VAE and language model are judged alike."""

import math

import keras
import pytest

from tfgen import recipes
from tfgen.data import open_text
from tfgen.recipes import judging
from tfgen.recipes.models import text_vaes

LINES = [f"{who} {does} {what}" for who in ("he", "she", "we", "they") for does in
         ("saw", "see") for what in ("a cat", "the dog", "it", "us all", "rome")]  # fmt: skip
SMALL = {"epochs": 1, "batch_size": 8, "width": 8, "depth": 1, "heads": 2, "length": 20}
FEW = {"encoder_width": 8, "encoder_depth": 1, "latent_dim": 2}


def judged(name, **changes):
    """The model of a recipe after a few steps, and its judgement."""
    recipe = recipes.get(name)
    settings = recipe.settings.changed({**SMALL, **(FEW if "vae" in name else {}), **changes})
    source = open_text(LINES, length=20, documents="lines", holdout=0.3)
    keras.utils.set_random_seed(0)
    model = recipe.build(settings, source.spec, 3)
    model.fit(recipe.batches(source, "train", settings, 0).repeat(), steps_per_epoch=3, verbose=0)
    evidence = judging.Evidence(source, recipe.batches(source, "test", settings, 0), None)
    few = {"num_samples": 8} if "vae" in name else {}
    return model, recipe.judge(model, evidence, **few), source


@pytest.mark.parametrize("network", ["transformer", "gru"])
def test_a_vae_of_lines_is_judged(network):
    model, found, source = judged("text-vae", network=network, cycle=2, word_dropout=0.2)
    assert model.kind.name == "text" and model.beta.period == 6
    # The bound is tighter, up to its noise.
    assert found["nats_per_text"] <= -found["elbo"] + 0.5
    assert 0 <= found["active_units"] <= found["latent_dim"] == 2
    assert -0.1 < found["mutual_information"] < math.log(found["examples"]) + 0.1
    assert found["characters"] == sum(map(len, source.texts("test")))
    total = found["nats_per_text"] * found["examples"]
    assert found["nats_per_character"] == pytest.approx(total / found["characters"], rel=1e-5)
    assert {"self_bleu", "distinct_2", "copied"} <= set(found)


def test_the_language_model_beside_it_is_counted_alike_and_of_its_size():
    model, found, source = judged("shakespeare-lines-lm")
    assert found["characters"] == sum(map(len, source.texts("test")))
    assert found["nats_per_text"] > 0
    vae, _, _ = judged("shakespeare-vae")
    seen = vae.decoder.views.count_params()  # what z alone needs
    assert vae.decoder.count_params() - seen == model.network.count_params()


def test_networks_of_no_kind_are_refused():
    settings = recipes.get("text-vae").settings.changed({**SMALL, **FEW, "network": "lstm"})
    spec = open_text(LINES, length=20, documents="lines", holdout=0.3).spec
    with pytest.raises(ValueError, match="network='lstm' received: expected transformer or gru"):
        text_vaes.vae(settings, spec, 3)
