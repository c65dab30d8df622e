"""Numbers that nobody looks at."""

from tfgen.kinds.kind import Kind
from tfgen.serialization import serializable


@serializable
class Numbers(Kind):
    """Latents, statistics, indices: an endpoint's outputs that are no examples."""

    name = "numbers"
    plural = "numbers"
    suffix = ".npy"
