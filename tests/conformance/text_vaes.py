"""The rows of variational autoencoders of texts."""

import numpy as np
from conformance import examples
from conformance.row import Row

import tfgen
from tfgen import networks, tokenizers

LATENT_DIM, LENGTH = 3, 5
TOKENIZER = tokenizers.Characters("abcdef")
SIZES = {"vocabulary": TOKENIZER.size, "length": LENGTH}
LOOP = "has a loop"


def texts():
    """Texts of letters in their order, from any one on, of one letter to five."""
    rng = np.random.default_rng(0)
    starts, counts = rng.integers(0, 6, examples.COUNT), rng.integers(1, LENGTH + 1, examples.COUNT)
    rows = [(start + np.arange(n)) % 6 for start, n in zip(starts, counts, strict=True)]
    return (tokenizers.padded(rows, LENGTH, TOKENIZER.end),)


def _gru():
    encoder = networks.gru_text_encoder(
        **SIZES, outputs=2 * LATENT_DIM, width=8, embedding=8, end=TOKENIZER.end
    )
    decoder = networks.gru_text_decoder(
        **SIZES, latent_dim=LATENT_DIM, width=8, embedding=8, depth=2
    )
    return tfgen.TextVAE(encoder, decoder, TOKENIZER, LATENT_DIM, word_dropout=0.3)


def _transformer():
    encoder = networks.transformer_text_encoder(
        **SIZES, outputs=2 * LATENT_DIM, width=8, depth=1, heads=2, end=TOKENIZER.end
    )
    decoder = networks.transformer_text_decoder(
        **SIZES, latent_dim=LATENT_DIM, width=8, depth=1, heads=2
    )
    return tfgen.TextVAE(encoder, decoder, TOKENIZER, LATENT_DIM)


REFUSED = {(name, mode): LOOP for name in ("generate", "decode") for mode in ("int8", "int16x8")}
ROWS = [
    Row("text-vae-gru", _gru, texts, refused=REFUSED),
    Row("text-vae-transformer", _transformer, texts, refused=REFUSED),
]
