"""Small settings objects that Keras saves inside a model."""

import dataclasses

import keras


def serializable(cls):
    """Return `cls` as a frozen dataclass whose fields are its Keras config.

    Use it for the small callable objects that a model receives as arguments (likelihoods, rates,
    schedules): they then travel in `.keras` files without a line of code of their own.

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
    cls = dataclasses.dataclass(frozen=True)(cls)
    names = [field.name for field in dataclasses.fields(cls)]

    def get_config(self):
        return {name: getattr(self, name) for name in names}

    def from_config(cls, config):
        return cls(**{k: keras.saving.deserialize_keras_object(v) for k, v in config.items()})

    cls.get_config = get_config
    cls.from_config = classmethod(from_config)
    return keras.saving.register_keras_serializable(package="tfgen")(cls)
