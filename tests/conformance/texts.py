"""The rows of language models."""

from conformance import examples
from conformance.row import Row

import tfgen
from tfgen import networks
from tfgen.tokenizers import Characters

ALPHABET = Characters("abcdefghijklmnopqrstuvw")  # 24 tokens with the end
LOOP = "has a loop"
ENDPOINTS = ("generate", "prefill", "decode", "score")
FULL_INTEGER = {
    (name, mode): f"{LOOP}|has the integer input"
    for name in ENDPOINTS
    for mode in ("int8", "int16x8")
}


def _transformer():
    network = networks.language_transformer(24, examples.LENGTH, 8, 2, 2, dropout=0.1)
    return tfgen.LanguageModel(network, ALPHABET)


def _gru():
    network = networks.language_gru(24, examples.LENGTH, 8, dropout=0.1)
    return tfgen.LanguageModel(network, ALPHABET, padded=True)


ROWS = [
    Row("lm-transformer", _transformer, examples.texts, endpoints=ENDPOINTS, refused=FULL_INTEGER),
    Row("lm-gru", _gru, examples.texts, endpoints=ENDPOINTS, refused=FULL_INTEGER),
]
