"""How much a conversion costs a language model, in nats."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from tfgen.endpoints import Quality
from tfgen.tokenizers import counted


def held_out(model: Any, rows: ArrayLike) -> Quality:
    """Return the `Quality` by which `tfgen.export.verify` says the change of held-out likelihood.

    Args:
        model: a `LanguageModel`.
        rows: held-out rows of tokens, int `[count, length]`.

    Returns:
        One whose number is `nats per token`, over all tokens that count.

    Raises:
        ValueError: for rows that the model does not take.
    """
    rows = np.asarray(rows, np.int32)
    model.takes.check_batch("held_out", rows)
    counts = np.full(len(rows), model.length, np.int32)
    if model.padded:
        counts = np.asarray(counted(rows, model.tokenizer.end)).sum(axis=1).astype(np.int32)

    def judge(answers):
        return {"nats per token": answers["nats"].sum(dtype=np.float64) / counts.sum()}

    return Quality("score", {"tokens": rows, "count": counts}, judge)
