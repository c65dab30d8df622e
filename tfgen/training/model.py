"""The model that every model of the house is.

One that minimises one objective defines `objective(examples, labels, training)`. One with several
optimizers names them in `optimizer_targets` and writes its own `train_step` from the same
pieces: `row_seeds`, `minimize` and `track`.
"""

import os
from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from tfgen import sampling
from tfgen.checks.terms import check_per_example
from tfgen.replicas import global_batch, sum_over_replicas
from tfgen.training import fitting, replicated, stepping
from tfgen.training.data import as_one, unpacked, weighted
from tfgen.training.endings import plain
from tfgen.training.optimizers import Together, check_names, inner, made_in_scope
from tfgen.training.steps import Steps


class GenerativeModel(keras.Model):
    """A `keras.Model` whose losses are values per example, for one optimizer or for several.

    It trains by `fit` under no strategy, `MirroredStrategy` and `MultiWorkerMirroredStrategy`, in
    float32, bfloat16 and float16, and gives the same weights on one replica as on many: losses are
    summed and divided by the number of examples on all replicas, and the noise of an example
    depends on its place in the global batch. Its random state is saved with its weights, so that a
    reloaded or resumed training continues bit for bit.

    A subclass builds its networks in `__init__`, then sets `self.built = True`.

    Args:
        trackers: `{name: keras.metrics.Metric}`: what is logged of `"loss"` and of the terms of the
            objective. A term without one is logged as its mean.
        **kwargs: `name` and `dtype`, as for any Keras layer.

    Attributes:
        optimizer_targets: `{optimizer name: attribute name of the network it trains}`; empty for a
            model with one optimizer for all of its weights. `model.optimizer` then is a view of
            all: setting its `learning_rate` sets each in its proportion.
        takes: a `tfgen.checks.examples.Examples`: what data must be; None for anything.

    Example:
        >>> class Centre(GenerativeModel):
        ...     def __init__(self):
        ...         super().__init__({"loss": keras.metrics.Mean(name="loss")})
        ...         self.centre = self.add_weight(shape=(2,), name="centre")
        ...         self.built = True
        ...
        ...     def objective(self, examples, labels, training):
        ...         distance = tf.reduce_sum((examples - self.centre) ** 2, axis=-1)  # [batch]
        ...         return distance, {"root": tf.sqrt(distance)}
        >>> model = Centre()
        >>> model.compile("adam")
        >>> sorted(model.fit(tf.ones([8, 2]), verbose=0).history)
        ['loss', 'root']
    """

    optimizer_targets: dict = {}

    def __init__(self, trackers: Mapping[str, keras.metrics.Metric], **kwargs: Any):
        super().__init__(**kwargs)
        self._trackers = dict(trackers)
        self._seed_generator = keras.random.SeedGenerator()
        self._steps = Steps()
        self.untracked: set[str] = set()

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """Build the model that `get_config` describes."""
        return cls(**{k: keras.saving.deserialize_keras_object(v) for k, v in config.items()})

    # ------------------------------------------------------------------ what a model defines

    @property
    def takes(self) -> Any:
        """What data must be: a `tfgen.checks.examples.Examples`; None for anything."""
        return None

    def objective(
        self, examples: tf.Tensor, labels: tf.Tensor | None, training: bool
    ) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        """Return the loss, [batch], and its terms, `{name: [batch, ...]}`, all of them logged."""
        raise NotImplementedError(
            f"{type(self).__name__} defines neither objective nor train_step: define one of them."
        )

    def waiting(self) -> Sequence[Any]:
        """Return what starts from the first data that are fitted, by its `begin(examples)`."""
        return ()

    def check_data(self, data: Any) -> None:
        """Raise `ValueError` where `data`, as given to `fit`, are not what `takes` can't tell."""

    def suited_callbacks(
        self,
        examples: tf.Tensor,
        directory: str | os.PathLike,
        every: int = 1,
        tensorboard: str | os.PathLike | None = None,
    ) -> list[keras.callbacks.Callback]:
        """Return the callbacks that suit the model: sheets of what it makes, and alarms.

        Args:
            examples: some of the test set, `[count, ...]`.
            directory: where sheets go.
            every: number of epochs from one sheet, or judgement, to the next.
            tensorboard: a TensorBoard log directory to write samples to as well, or None.
        """
        from tfgen import callbacks

        return [callbacks.SampleGrid(directory, every=every, tensorboard=tensorboard)]

    # ------------------------------------------------------------------ steps

    def train_step(self, data: Any) -> dict[str, tf.Tensor]:
        """Minimise the objective on one batch; return what is logged."""
        examples, labels, sample_weight = unpacked(self.takes, data)
        with tf.GradientTape() as tape:
            loss, terms = self.objective(examples, labels, training=True)
            loss = weighted(loss, sample_weight)
            regularizers = list(self.losses)
        self.minimize(self.optimizer, tape, loss, self.trainable_variables, regularizers)
        return self.track(loss=loss, **terms)

    def test_step(self, data: Any) -> dict[str, tf.Tensor]:
        """Evaluate the objective on one batch; return what is logged."""
        examples, labels, sample_weight = unpacked(self.takes, data)
        loss, terms = self.objective(examples, labels, training=False)
        return self.track(loss=weighted(loss, sample_weight), **terms)

    def minimize(self, optimizer: keras.optimizers.Optimizer, tape: tf.GradientTape,
                 loss: tf.Tensor, variables: Sequence[keras.Variable],
                 regularizers: Sequence[tf.Tensor] = ()) -> list[tf.Tensor | None]:  # fmt: skip
        """Apply one step of `optimizer` on the mean of `loss` over the examples of all replicas.

        Args:
            optimizer: one of the optimizers given to `compile`.
            tape: the `tf.GradientTape` that recorded `loss`.
            loss: [batch], one value per example, not reduced.
            variables: what to train.
            regularizers: scalars recorded by the tape, added to the mean once, not per replica.

        Returns:
            This replica's share of the gradients, unscaled, one for each variable or None: see
            `gradient_norm`.
        """
        check_per_example(type(self).__name__, "a loss", loss)
        counts, _ = global_batch(tf.shape(loss)[0])
        share = tf.cast(1 / tf.reduce_sum(counts), loss.dtype)
        replicas = self.distribute_strategy.num_replicas_in_sync
        targets = [loss, *regularizers]
        weights = [tf.fill(tf.shape(loss), share)] + [
            tf.ones_like(r) / replicas for r in targets[1:]
        ]
        gradients = tape.gradient(
            targets, variables, output_gradients=[optimizer.scale_loss(w) for w in weights]
        )
        scale = optimizer.scale_loss(tf.constant(1.0))  # before the step, which may change it
        scaled = isinstance(optimizer, keras.optimizers.LossScaleOptimizer)
        safe = replicated.all_or_none_finite(gradients) if scaled else gradients
        optimizer.apply(safe, variables)
        return [None if g is None else tf.convert_to_tensor(g) / scale for g in gradients]

    def gradient_norm(self, gradients: Sequence[tf.Tensor]) -> tf.Tensor:
        """Return the norm over all replicas of what `minimize` returned, a scalar.

        It is 0 where float16 overflowed: such a step is not taken, and is no reason for alarm.
        """
        total = sum_over_replicas([g for g in gradients if g is not None])
        norm = tf.linalg.global_norm(total)
        if self.dtype_policy.name == "mixed_float16":
            norm = tf.where(tf.math.is_finite(norm), norm, 0.0)
        return norm

    def track(self, **values: tf.Tensor) -> dict[str, tf.Tensor]:
        """Update the trackers of the names given; return the results of these.

        A name that has none gets a mean. Variables can't be made while a step is traced: there the
        trace is given up, and begins anew once they are.
        """
        missing = [name for name in values if name not in self._trackers]
        if missing:
            self.untracked.update(missing)
            if not tf.executing_eagerly() or self.distribute_strategy.num_replicas_in_sync > 1:
                raise LookupError(f"{', '.join(missing)} have no trackers yet")
            self.add_trackers()
        for name, value in values.items():
            self._trackers[name].update_state(value)
        trackers = [self._trackers[name] for name in values]
        return {tracker.name: tracker.result() for tracker in trackers}

    def add_trackers(self) -> None:
        """Give a mean to each term that has no tracker yet."""
        with self.distribute_strategy.scope():
            means = {name: keras.metrics.Mean(name=name) for name in sorted(self.untracked)}
        self._trackers = {**self._trackers, **means}
        self.untracked.clear()

    @property
    def metrics(self) -> list[keras.metrics.Metric]:
        """The trackers: Keras resets them each epoch and logs their results."""
        return list(self._trackers.values())

    @property
    def step(self) -> tf.Tensor:
        """The number of steps taken, int64 scalar: what schedules advance with.

        With several optimizers, the steps of the first. It outlives `compile`.
        """
        return self._steps.total(self._first_optimizer)

    @property
    def _first_optimizer(self):
        name = next(iter(self.optimizer_targets), "optimizer")
        return getattr(self, name, None) if self.compiled else None

    def add_step_count(self) -> keras.Variable:
        """Return a weight that counts training steps, int64 scalar, for the objective to advance.

        It is saved with the weights, as an optimizer's count is not where a model is only used.
        """
        placed = {"trainable": False, "aggregation": "only_first_replica"}
        return self.add_weight((), "zeros", "int64", name="steps_trained", **placed)

    # ------------------------------------------------------------------ randomness

    def row_seeds(self, count: tf.Tensor) -> tf.Tensor:
        """Return fresh seeds for `tfgen.sampling`, int32 `[count, 2]`, one row per example.

        They depend on the number of calls before and on the example's place in the global batch:
        two replicas with half a batch each draw the noise that one replica would have drawn.
        """
        seed, counter = tf.unstack(tf.cast(self._seed_generator.next(), tf.int32))
        _, start = global_batch(count)
        return sampling.seeds(sampling.fold(seed, counter), count, start)

    def _random_generators(self):
        return [g for layer in self._flatten_layers() for g in layer._seed_generators]

    def counters(self) -> Any:
        """Return what a step advances besides weights: its optimizers' counts, the random state."""
        names = list(self.optimizer_targets) or ["optimizer"]
        optimizers = [inner(o) for o in (getattr(self, name, None) for name in names) if o]
        states = [generator.state for generator in self._random_generators()]
        return [*(optimizer.iterations for optimizer in optimizers), *states]

    def save_own_variables(self, store: Any) -> None:
        """Save the random state and the steps beside the weights, which Keras does not do."""
        super().save_own_variables(store)
        self._steps.save(store, self._first_optimizer)
        for i, generator in enumerate(self._random_generators()):
            store[f"random_state_{i}"] = np.asarray(generator.state)

    def load_own_variables(self, store: Any) -> None:
        """Restore the weights, the random state and the steps."""
        names = list(store.keys())
        states = {name for name in names if name.startswith(("random_state_", "steps"))}
        super().load_own_variables({name: store[name] for name in names if name not in states})
        self._steps.load(store, self._first_optimizer)
        for i, generator in enumerate(self._random_generators()):
            if f"random_state_{i}" in states:
                generator.state.assign(np.asarray(store[f"random_state_{i}"]))

    # ------------------------------------------------------------------ fit and compile

    def fit(self, *args: Any, **kwargs: Any) -> keras.callbacks.History:
        """Train; arguments and result as for `keras.Model.fit`. The data are checked first.

        Raises:
            ValueError: for data that the model can't learn from: see `takes`.
            tfgen.errors.WorkerLostError: where another worker of the training is gone.
        """
        given, refusals = fitting.for_fit(self, args, kwargs)
        given["callbacks"] = fitting.with_averages(self, given.get("callbacks"))
        with plain(self, refusals):
            return super().fit(**given)

    def evaluate(self, *args: Any, **kwargs: Any) -> Any:
        """Judge data; arguments, result and errors as for `keras.Model.evaluate` and `fit`."""
        given, refusals = fitting.for_evaluate(self, args, kwargs)
        with plain(self, refusals):
            return super().evaluate(**given)

    def export(self, filepath: str | os.PathLike, format: str = "tf_saved_model",
               input_signature: Any = None, **kwargs: Any) -> Any:  # fmt: skip
        """Write `call`, as `keras.Model.export` does; `tfgen.export` writes all endpoints."""
        signature = input_signature or self.call_signature()
        return super().export(filepath, format=format, input_signature=signature, **kwargs)

    def call_signature(self) -> Any:
        """Return what `call` takes, as `keras.Model.export` asks for it: a list of one input."""
        if self.takes is None:
            return None
        examples = tf.TensorSpec([None, *self.takes.shape], self.takes.dtype)
        labels = [] if self.takes.num_classes is None else [tf.TensorSpec([None], tf.int32)]
        return as_one([examples, *labels])

    def compile(
        self,
        optimizer: keras.optimizers.Optimizer | str | None = None,
        *,
        jit_compile: bool | str = "auto",
        steps_per_execution: int = 1,
        run_eagerly: bool = False,
        **others: Any,
    ) -> None:
        """Set the optimizer, or the several named ones; the objective is the model's own.

        Args:
            optimizer: a Keras optimizer or its name, made in the strategy's scope where there is
                one; `"adam"` if not given. Models with several optimizers take them by their names
                in `optimizer_targets` instead.
            jit_compile: True, False or "auto"; XLA is off under a distribution strategy.
            steps_per_execution: batches per call of the compiled function; 20 to 100 makes small
                networks up to twice as fast.
            run_eagerly: run Python step by step, to debug.
            **others: the named optimizers.

        Raises:
            ValueError: for missing or unknown names, and for an optimizer made outside the scope.
        """
        names = list(self.optimizer_targets) or ["optimizer"]
        given = {name: o for name, o in {"optimizer": optimizer, **others}.items() if o is not None}
        if not self.optimizer_targets:
            given.setdefault("optimizer", "adam")
        check_names(type(self).__name__, names, given)
        jit = jit_compile if self.distribute_strategy.num_replicas_in_sync == 1 else False
        scaled = self.dtype_policy.name == "mixed_float16"
        owner, taken = type(self).__name__, self.step
        with self.distribute_strategy.scope():
            optimizers = {n: made_in_scope(owner, n, given[n], scaled) for n in names}
            super().compile(
                optimizer=optimizers.get("optimizer"),
                jit_compile=jit,
                steps_per_execution=steps_per_execution,
                run_eagerly=run_eagerly,
                auto_scale_loss=False,
            )
            for name, instance in optimizers.items():
                self._build_optimizer(name, instance)
            if self.optimizer_targets:
                self.optimizer = Together(optimizers.values())
            self._steps.go_on_with(self._first_optimizer, taken)
        self._compile_arguments = {
            "jit_compile": jit_compile,
            "steps_per_execution": steps_per_execution,
            "run_eagerly": run_eagerly,
        }

    def _build_optimizer(self, name, optimizer):
        """Make its state now: made lazily in a step, it would be lost by reloads and replicas."""
        network = getattr(self, self.optimizer_targets[name]) if self.optimizer_targets else self
        if not optimizer.built:  # building LossScaleOptimizer twice would double its state
            optimizer.build(network.trainable_variables)
        setattr(self, name, optimizer)

    def get_compile_config(self) -> dict[str, Any] | None:
        """Return what `compile` received, with every optimizer."""
        if not self.compiled:
            return {}
        names = list(self.optimizer_targets) or ["optimizer"]
        optimizers = {n: keras.saving.serialize_keras_object(getattr(self, n)) for n in names}
        return {**self._compile_arguments, **optimizers}

    def compile_from_config(self, config: dict[str, Any]) -> None:
        """Compile as the saved model was, so that its optimizers find their saved state."""
        with self.distribute_strategy.scope():
            self.compile(**{k: keras.saving.deserialize_keras_object(v) for k, v in config.items()})

    def _get_metrics_result_or_logs(self, logs):
        """Read what the last step logged over all replicas; Keras would read one of them only."""
        results = self.get_metrics_result()
        return {name: results[name] for name in logs}

    def _maybe_symbolic_build(self, iterator=None, data_batch=None):
        """Skip Keras's trial call: the model is built, and the call fails on several workers."""
        if not self.built:
            super()._maybe_symbolic_build(iterator=iterator, data_batch=data_batch)

    def make_train_function(self, force: bool = False) -> Any:
        """Make the function that `fit` calls once per `steps_per_execution` batches."""
        if force or getattr(self, "train_function", None) is None:
            self.train_function = stepping.function(self, self.train_step)
        return self.train_function

    def make_test_function(self, force: bool = False) -> Any:
        """Make the function that `evaluate` calls once per `steps_per_execution` batches."""
        if force or getattr(self, "test_function", None) is None:
            self.test_function = stepping.function(self, self.test_step)
        return self.test_function
