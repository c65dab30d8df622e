"""What the page must know of a model, found by asking its endpoints."""

import numpy as np
import tensorflow as tf
from tfgen.export.web.latents import decoded_latents

_SLIDERS = 8
_SOME, _MANY = 4, 1000  # examples: of pictures, and of labels


def described(model, endpoints, class_names=None, value_range=None):
    """Return the settings of the page, a dict of plain values.

    Raises:
        ValueError: the model makes no pictures of seeds, or the arguments do not fit it.
    """
    generate = _generate(type(model).__name__, endpoints)
    examples = {k: tf.constant(v) for k, v in generate.examples(_SOME, 0).items()}
    pictures = _pictures(type(model).__name__, generate(**examples))
    size = decoded_latents(endpoints, examples, pictures)
    return {
        "shape": [int(n) for n in pictures.shape[1:]],
        "valueRange": _value_range(model, value_range),
        "classes": _classes(generate, class_names),
        "latents": size and {"file": "latents.tflite", "size": size},
        "sliders": min(_SLIDERS, size or 0),
    }


def _generate(kind, endpoints):
    generate = endpoints.get("generate")
    inputs = set(generate.inputs) if generate else set()
    if inputs not in ({"seed"}, {"seed", "label"}):
        received = f"takes {', '.join(sorted(inputs))}" if generate else "is missing"
        raise ValueError(
            f"to_web received a {kind} whose endpoint 'generate' {received}: expected one of seed, "
            "or of seed and label. Export a model that samples, such as a VAE, a GAN or a "
            "TokenGenerator."
        )
    return generate


def _pictures(kind, outputs):
    [pictures] = outputs.values() if len(outputs) == 1 else [np.zeros(0)]
    if len(pictures.shape) != 4 or pictures.shape[-1] not in (1, 3):
        shapes = ", ".join(f"{name} {tuple(value.shape)}" for name, value in outputs.items())
        raise ValueError(
            f"to_web received a {kind} that generates {shapes}: expected pictures [batch, height, "
            "width, 1 or 3] and nothing else. Use to_tflite for other data."
        )
    return pictures


def _value_range(model, given):
    found = getattr(model, "value_range", None) if given is None else given
    if found is None:
        raise ValueError(
            f"to_web received a {type(model).__name__} without value_range: which values are black "
            "and white? Pass value_range=(0.0, 1.0), or (-1.0, 1.0) for a generator that ends in "
            "tanh."
        )
    low, high = (float(value) for value in found)
    if not low < high:
        raise ValueError(
            f"to_web received value_range=({low}, {high}): expected (black, white), black below "
            "white."
        )
    return [low, high]


def _classes(generate, names):
    """Return a name for each class, or None for a model without classes."""
    if "label" not in generate.inputs:
        if names is not None:
            raise ValueError(
                "to_web received class_names: this model is not class-conditional. Leave them out."
            )
        return None
    count = int(np.max(generate.examples(_MANY, 0)["label"])) + 1
    names = [str(name) for name in (range(count) if names is None else names)]
    if len(names) != count:
        raise ValueError(
            f"to_web received {len(names)} class_names: the model has {count} classes. Give each a "
            "name."
        )
    return names
