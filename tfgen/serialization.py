"""Small settings objects that Keras saves inside a model."""

import dataclasses
from typing import TypeVar

import keras
from typing_extensions import dataclass_transform

T = TypeVar("T")


@dataclass_transform(frozen_default=True)
def serializable(cls: type[T]) -> type[T]:
    """Return `cls` as a frozen dataclass whose fields are its Keras config.

    Use it for the small callable objects that a model receives as arguments (likelihoods, rates,
    schedules): they then travel in `.keras` files without a line of code of their own. Sequences
    are kept as tuples: the objects are hashable, and equal to their saved copies.

    Example:
        >>> @serializable
        ... class Scale:
        ...     factor: float = 2.0
        ...     def __call__(self, x):
        ...         return self.factor * x
        >>> config = keras.saving.serialize_keras_object(Scale(3.0))
        >>> keras.saving.deserialize_keras_object(config)
        Scale(factor=3.0)
    """
    return _registered(cls)


def _registered(cls):
    cls.__post_init__ = _with_tuples(getattr(cls, "__post_init__", None))
    cls = dataclasses.dataclass(frozen=True)(cls)
    names = [field.name for field in dataclasses.fields(cls)]

    def get_config(self):
        return {name: getattr(self, name) for name in names}

    def from_config(cls, config):
        return cls(**{k: keras.saving.deserialize_keras_object(v) for k, v in config.items()})

    cls.get_config = get_config
    cls.from_config = classmethod(from_config)
    return keras.saving.register_keras_serializable(package="tfgen")(cls)


def _with_tuples(check):
    """Return a `__post_init__` that makes lists tuples, then runs the class's own, if any."""

    def __post_init__(self):
        for name, value in [*vars(self).items()]:
            object.__setattr__(self, name, _as_tuple(value))
        if check is not None:
            check(self)

    return __post_init__


def _as_tuple(value):
    """Undo JSON, which knows lists only, at any depth."""
    return tuple(map(_as_tuple, value)) if isinstance(value, list | tuple) else value
