"""A float32 twin of a model trained in mixed or half precision."""

import contextlib

import keras

_HALVES = ("mixed_bfloat16", "mixed_float16", "bfloat16", "float16")


def in_float32(model):
    """Return `model` if it computes in float32 already, else a clone that does, weights copied.

    TFLite has no half-precision matrix products, and a served model should not depend on the
    precision that happened to be fast in training. The clone is made from the model's config.

    Raises:
        ValueError: the config does not rebuild the same weights in float32.
    """
    if not _half_layers(model):
        return model
    config = _with_float32_policies(keras.saving.serialize_keras_object(model)["config"])
    classes = {type(layer).__name__: type(layer) for layer in _layers(model)}
    with _default_policy("float32"), keras.saving.custom_object_scope(classes):
        clone = type(model).from_config(config)
    _check_twin(model, clone)
    for source, target in zip(model.weights, clone.weights, strict=True):
        target.assign(keras.ops.cast(source.value, target.dtype))
    return clone


def _layers(model):
    return [model, *model._flatten_layers(include_self=False)]


def _half_layers(model):
    return [layer.name for layer in _layers(model) if layer.dtype_policy.name in _HALVES]


def _with_float32_policies(value, key=None):
    """Copy a nested config, with every half-precision policy in it replaced."""
    if isinstance(value, dict):
        if value.get("class_name") == "DTypePolicy":
            return {**value, "config": {**value["config"], "name": "float32"}}
        kept = {k: v for k, v in value.items() if k != "compile_config"}
        return {k: _with_float32_policies(v, k) for k, v in kept.items()}
    if isinstance(value, list | tuple):
        return type(value)([_with_float32_policies(item, key) for item in value])
    return "float32" if isinstance(value, str) and key == "dtype" and value in _HALVES else value


@contextlib.contextmanager
def _default_policy(policy):
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)


def _check_twin(model, clone):
    shapes = [[tuple(weight.shape) for weight in twin.weights] for twin in (model, clone)]
    if shapes[0] != shapes[1]:
        raise ValueError(
            f"{type(model).__name__}.from_config(get_config()) gave {len(shapes[1])} weights "
            f"where the model has {len(shapes[0])}, or other shapes: a float32 export needs a "
            "config that rebuilds the model. Implement get_config and build in __init__."
        )
    if halves := _half_layers(clone):
        raise ValueError(
            f"{type(model).__name__} rebuilt with float32 policies still has layers in half "
            f"precision: {', '.join(halves)}. Do not fix their dtype in the constructor."
        )
