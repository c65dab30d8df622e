"""What a model offers to the outside world."""

import dataclasses
from collections.abc import Callable, Mapping

import numpy as np
import tensorflow as tf

from tfgen import sampling
from tfgen.kinds import Kind, Numbers
from tfgen.labels import in_turn
from tfgen.networks.islands import no_islands


@dataclasses.dataclass(frozen=True)
class Endpoint:
    """One deterministic, batch-major function of a model: all that `tfgen.export` ever sees.

    A model lists its endpoints in `model.endpoints() -> {name: Endpoint}`. Whatever would be random
    is an input: a `seed`, int32 `[batch, 2]`, from which `tfgen.sampling` makes the noise of that
    row alone. Only operations that TFLite has built in may be used.

    Attributes:
        function: called with one tensor per input by name; returns `{name: [batch, ...]}`. The
            first line of its docstring describes the endpoint to those who meet it exported.
        inputs: `{name: tf.TensorSpec([None, ...], dtype)}`, in the order of the call.
        examples: `(count, seed) -> {name: array [count, ...]}`: inputs as the model would meet
            them, for calibration, warm-up and verification.
        outputs: `{name: Kind}`: what outputs are to a person, and in which range; an output that
            is not named here is `kinds.Numbers()`.
        defaults: `{name: number}` of inputs that a caller may leave out.
        input_kinds: `{name: Kind}` of inputs that are something to a person, such as texts.
    """

    function: Callable[..., Mapping[str, tf.Tensor]]
    inputs: Mapping[str, tf.TensorSpec]
    examples: Callable[[int, int], Mapping[str, np.ndarray]]
    outputs: Mapping[str, Kind] = dataclasses.field(default_factory=dict)
    defaults: Mapping[str, float] = dataclasses.field(default_factory=dict)
    input_kinds: Mapping[str, Kind] = dataclasses.field(default_factory=dict)

    def __post_init__(self):
        for name, spec in self.inputs.items():
            if spec.shape.rank is None or spec.shape.rank < 1 or spec.shape[0] is not None:
                raise ValueError(
                    f"Endpoint received the input {name!r} of shape {spec.shape}: the first axis "
                    "is the batch, of any size. Use tf.TensorSpec([None, ...], dtype)."
                )
        if unknown := set(self.defaults) - set(self.inputs):
            raise ValueError(
                f"Endpoint received defaults for {sorted(unknown)}: expected some of its inputs, "
                f"{sorted(self.inputs)}."
            )

    @property
    def doc(self) -> str:
        """What the endpoint does: the first line of its function's docstring, or nothing."""
        return (self.function.__doc__ or "").strip().partition("\n")[0]

    @property
    def shown(self) -> tuple[str, Kind] | None:
        """The output that a person looks at, listens to or reads, and its kind; None without one.

        Example:
            >>> from tfgen import kinds
            >>> seed = {"seed": tf.TensorSpec([None, 2], tf.int32)}
            >>> Endpoint(None, seed, None, {"points": kinds.Points()}).shown
            ('points', Points())
        """
        shown = ((n, kind) for n, kind in self.outputs.items() if not isinstance(kind, Numbers))
        return next(shown, None)

    def __call__(self, **inputs: tf.Tensor) -> dict[str, tf.Tensor]:
        """Return the outputs by name for inputs given by name.

        Raises:
            ValueError: the names are not those of `self.inputs`, defaults aside.
        """
        missing = set(self.inputs) - set(inputs)
        if not missing <= set(self.defaults) or set(inputs) - set(self.inputs):
            raise ValueError(
                f"Endpoint received the inputs {sorted(inputs)}: expected exactly "
                f"{sorted(self.inputs)}."
            )
        if missing:
            count = tf.shape(next(iter(inputs.values())))[:1]
            for name in missing:
                default = tf.cast(self.defaults[name], self.inputs[name].dtype)
                inputs[name] = tf.fill(count, default)
        with no_islands():  # exported graphs have plain operations only
            return dict(self.function(**inputs))


@dataclasses.dataclass(frozen=True)
class Quality:
    """What the answers of an endpoint are worth, by which exported files are compared with Keras.

    Attributes:
        endpoint: name of the endpoint.
        inputs: `{name: array [count, ...]}`, what it is asked.
        judge: `{output: array [count, ...]} -> {name: number}`.
    """

    endpoint: str
    inputs: Mapping[str, np.ndarray]
    judge: Callable[[Mapping[str, np.ndarray]], Mapping[str, float]]


def of_seeds(
    function: Callable,
    inputs: Mapping[str, tf.TensorSpec],
    example: Callable,
    num_classes: int | None = None,
    outputs: Mapping[str, Kind] | None = None,
    defaults: Mapping[str, float] | None = None,
    input_kinds: Mapping[str, Kind] | None = None,
) -> Endpoint:
    """Return the `Endpoint` whose example inputs come from seeds, and classes in turn.

    Args:
        function: of the inputs and, where there are classes, of `label`.
        inputs: `{name: tf.TensorSpec}`, without `label`.
        example: `(seeds int32 [count, 2], **label) -> {name: [count, ...]}`.
        num_classes: number of classes, or None.
        outputs: as for `Endpoint`.
        defaults: as for `Endpoint`; examples have them where `example` gives nothing.
        input_kinds: as for `Endpoint`.
    """
    outputs, defaults = dict(outputs or {}), dict(defaults or {})
    label = {} if num_classes is None else {"label": tf.TensorSpec([None], tf.int32)}

    def examples(count, seed):
        labels = {} if num_classes is None else {"label": in_turn(count, num_classes)}
        found = {**example(sampling.seeds(seed, count), **labels), **labels}
        for name in set(defaults) - set(found):
            found[name] = np.full(count, defaults[name], inputs[name].dtype.as_numpy_dtype)
        return {name: np.asarray(found[name]) for name in (*inputs, *label)}

    kinds = dict(input_kinds or {})
    return Endpoint(function, {**inputs, **label}, examples, outputs, defaults, kinds)
