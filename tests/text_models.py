"""Small language models with weights at random, for each tokenizer."""

import keras

import tfgen
from tfgen import networks, sampling, tokenizers

TEXT = "ROMEO:\nWhat light? the thë cat — it's the 42 hats!\n"
SUBWORDS = tokenizers.Subwords(
    ((ord("t"), ord("h")), (256, ord("e")), (ord(" "), 257), (ord("a"), ord("t")))
)
TOKENIZERS = {
    "characters": tokenizers.Characters.trained([TEXT]),
    "bytes": tokenizers.Bytes(),
    "subwords": SUBWORDS,
}
LENGTH = 16


def small_language_model(tokenizer="characters", padded=False, length=LENGTH):
    """A transformer over a tokenizer, of which logits differ from place to place."""
    keras.utils.set_random_seed(0)
    tokenizer = TOKENIZERS[tokenizer]
    network = networks.language_transformer(tokenizer.size, length, width=16, depth=2, heads=2)
    model = tfgen.LanguageModel(network, tokenizer, padded=padded)
    for number, weight in enumerate(model.network.weights):
        noise = sampling.normal([[5, number]], tuple(weight.shape))[0]
        weight.assign(weight + 0.3 * noise)
    return model


def small_gru(tokenizer="characters", padded=False, length=LENGTH):
    """The same of gated recurrent units, of two layers."""
    keras.utils.set_random_seed(0)
    tokenizer = TOKENIZERS[tokenizer]
    network = networks.language_gru(tokenizer.size, length, width=12, depth=2)
    model = tfgen.LanguageModel(network, tokenizer, padded=padded)
    for number, weight in enumerate(model.network.weights):
        weight.assign(weight + 0.3 * sampling.normal([[6, number]], tuple(weight.shape))[0])
    return model
