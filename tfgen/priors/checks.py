"""What can be wrong with a prior's network and data, said before training."""

import numpy as np

from tfgen.checks.numbers import check_integer, check_number


def check_network(prior, network, causal, label_dropout):
    """Raise `ValueError` where the network is not the transformer that the prior needs."""
    maker = "causal_transformer" if causal else "masked_transformer"
    if getattr(network, "causal", None) is not causal:
        raise ValueError(
            f"{prior} received the network {type(network).__name__}(causal="
            f"{getattr(network, 'causal', None)}): expected one made by tfgen.networks.{maker}."
        )
    check_number(prior, "label_dropout", label_dropout, "Use 0.1.", least=0, below=1)


def check_tokens(values, vocabulary):
    """Raise `ValueError` for tokens that the network does not know."""
    if np.min(values) < 0 or np.max(values) >= vocabulary:
        raise ValueError(
            f"A prior received indices from {np.min(values)} to {np.max(values)}: they must lie in "
            f"[0, {vocabulary - 1}]. Build the network for more, or look where these come from."
        )


def check_count(count):
    """Raise `ValueError` where a number of samples is below 1."""
    check_integer("sample", "count", count, "Use the number of examples to draw.")
