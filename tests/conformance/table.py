"""The conformance table: every family of models is a row, and every check runs on every row.

A family that is added later is one row, for which all the checks then run: how it trains
(`test_training.py`), on replicas (`test_replicas.py`), what it offers (`test_endpoints.py`) and
what becomes of it exported (`test_tflite.py`). Say, for a model of 8x8 images in [0, 1]:

    Row("new", lambda: tfgen.New(networks.mlp((64,), (64,)), dim=64), examples.digits)

What it can't do, it says in the same place, and the end of a run prints it:

    Row("new", ..., refused={("generate", "int8"): "has a loop"},
        skipped={"two_replicas": "its solver's steps differ by rounding"})

The order is that of the cost: rows of one family stand together.
"""

import pytest
from conformance import adversarial, autoencoders, latents, text_vaes, texts, tokens

FAMILIES = (autoencoders, latents, adversarial, tokens, texts, text_vaes)
ROWS = {row.name: row for family in FAMILIES for row in family.ROWS}

every_row = pytest.mark.parametrize("row", ROWS.values(), ids=list(ROWS))
