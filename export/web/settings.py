"""What the page must know of a model, found by asking its endpoints."""

import numpy as np
import tensorflow as tf
from tfgen.export.web.latents import decoded_latents

from tfgen.endpoints import Endpoint
from tfgen.kinds import Image

_SLIDERS = 8
_SOME, _MANY = 4, 1000  # examples: of pictures, and of labels


def described(model_class: str, endpoints: dict[str, Endpoint], class_names=None, value_range=None):
    """Return the settings of the page, a dict of plain values.

    Raises:
        ValueError: the model makes no pictures of seeds, or the arguments do not fit it.
    """
    generate = _generate(model_class, endpoints)
    given = generate.examples(_SOME, 0)
    examples = {k: tf.constant(v) for k, v in given.items() if k not in generate.defaults}
    shape, kind = _pictures(model_class, generate, examples)
    size = decoded_latents(endpoints, examples)
    latents = {"file": "latents.tflite", "size": size, "truncated": "truncation" in generate.inputs}
    return {
        "shape": shape,
        "valueRange": list((kind if value_range is None else _image(value_range)).value_range),
        "classes": _classes(generate, class_names),
        "defaults": dict(generate.defaults),
        "latents": size and latents,
        "sliders": min(_SLIDERS, size or 0),
    }


def _generate(model_class, endpoints):
    generate = endpoints.get("generate")
    inputs = set(generate.inputs) - set(generate.defaults) if generate else set()
    if inputs not in ({"seed"}, {"seed", "label"}):
        received = f"takes {', '.join(sorted(inputs))}" if generate else "is missing"
        raise ValueError(
            f"to_web received a {model_class} whose endpoint 'generate' {received}: expected one "
            "of seed, or of seed and label. Export a model that samples, such as a VAE, a GAN or a "
            "TokenGenerator."
        )
    return generate


def _pictures(model_class, generate, examples):
    """Return the shape of the pictures that `generate` draws, and their kind."""
    outputs = generate(**examples)
    name, kind = generate.shown or (None, None)
    shape = tuple(outputs[name].shape[1:]) if name in outputs else ()
    drawn = isinstance(kind, Image) and len(shape) == 3 and shape[-1] in (1, 3)
    if not drawn or len(outputs) > 1:
        found = ", ".join(f"{name} {tuple(value.shape)}" for name, value in outputs.items())
        raise ValueError(
            f"to_web received a {model_class} that generates {found}: expected images [batch, "
            "height, width, 1 or 3] and nothing else, told by the endpoint's outputs. Use "
            "to_tflite for other data."
        )
    return [int(size) for size in shape], kind


def _image(value_range):
    try:
        return Image(value_range)
    except ValueError:
        raise ValueError(
            f"to_web received value_range={value_range!r}: expected (black, white), two finite "
            "numbers, black below white. Leave it out for what the endpoint says."
        ) from None


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
