import keras
import numpy as np
import pytest
from models import small_vae
from tfgen.export.float32 import in_float32

import tfgen
from tfgen import networks
from tfgen.tokenizers import Characters


def _policies(model):
    return {layer.dtype_policy.name for layer in [model, *model._flatten_layers()]}


def test_a_float32_model_is_itself(toy):
    assert in_float32(toy) is toy


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16", "bfloat16"])
def test_the_clone_has_the_weights_and_computes_in_float32(make_toy, policy):
    keras.config.set_dtype_policy(policy)
    model = make_toy()
    clone = in_float32(model)
    assert keras.config.dtype_policy().name == policy
    assert policy in _policies(model)
    assert _policies(clone) == {"float32"}
    for ours, theirs in zip(clone.weights, model.weights, strict=True):
        assert ours.dtype == "float32"
        np.testing.assert_array_equal(ours, keras.ops.cast(theirs.value, "float32"))


def test_training_the_model_later_leaves_the_clone_alone(make_toy):
    keras.config.set_dtype_policy("mixed_bfloat16")
    model = make_toy()
    clone = in_float32(model)
    before = clone.weights[0].numpy()
    model.weights[0].assign(model.weights[0] + 1.0)
    np.testing.assert_array_equal(clone.weights[0], before)


def test_a_layer_with_a_fixed_precision_is_cloned_in_float32():
    inputs = keras.Input((4,))
    model = keras.Model(inputs, keras.layers.Dense(2, dtype="mixed_bfloat16")(inputs))
    assert _policies(in_float32(model)) == {"float32"}


def language_model():
    network = networks.language_transformer(4, 6, width=8, depth=1, heads=2)
    return tfgen.LanguageModel(network, Characters("abc"), padded=True)


def text_vae():
    encoder = networks.transformer_text_encoder(4, 6, 4, 8, 1, 2, end=3)
    decoder = networks.transformer_text_decoder(4, 6, 2, width=8, depth=1, heads=2)
    return tfgen.TextVAE(encoder, decoder, Characters("abc"), latent_dim=2)


@pytest.mark.parametrize("make", [small_vae, language_model, text_vae])
def test_models_with_networks_inside_have_twins(make):
    keras.config.set_dtype_policy("mixed_bfloat16")
    model = make()
    clone = in_float32(model)
    assert "mixed_bfloat16" in _policies(model) and _policies(clone) == {"float32"}
    for ours, theirs in zip(clone.weights, model.weights, strict=True):
        np.testing.assert_array_equal(ours, theirs)


class Stubborn(keras.Model):
    def __init__(self, units=3, policy="mixed_bfloat16", **kwargs):
        super().__init__(**kwargs)
        self.units, self.policy = units, policy
        self.dense = keras.layers.Dense(units, dtype=policy)
        self.dense.build((None, 2))
        self.built = True

    def get_config(self):
        return {"policy": self.policy}


def test_a_model_that_insists_on_half_precision_is_refused():
    with pytest.raises(ValueError, match="Stubborn rebuilt.*still has.*dense"):
        in_float32(Stubborn())


def test_a_config_that_forgets_a_width_is_refused():
    keras.config.set_dtype_policy("mixed_bfloat16")
    with pytest.raises(ValueError, match="Stubborn.from_config.*2 weights where the model has 2"):
        in_float32(Stubborn(units=5))
