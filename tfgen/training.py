"""Training mechanics: the only file that knows Keras's trainer, replicas and loss scaling.

A model that minimises one objective defines `objective(images, labels, training)`. A model with
several optimizers names them in `optimizer_targets` and writes its own `train_step` from the same
pieces: `row_seeds`, `minimize` and `track`.
"""

import keras
import numpy as np
import tensorflow as tf

from tfgen import sampling
from tfgen.replicas import global_batch, several, sum_over_replicas


class GenerativeModel(keras.Model):
    """A `keras.Model` whose losses are values per example, for one optimizer or for several.

    It trains by `fit` under no strategy, `MirroredStrategy` and `MultiWorkerMirroredStrategy`, in
    float32, bfloat16 and float16, and gives the same weights on one replica as on many: losses are
    summed and divided by the number of examples on all replicas, and the noise of an example
    depends on its place in the global batch. Its random state is saved with its weights, so that a
    reloaded or resumed training continues bit for bit.

    A subclass builds its networks in `__init__`, then sets `self.built = True`.

    Args:
        trackers: `{name: keras.metrics.Metric}`: what is logged. `"loss"` and every term of the
            objective need one.
        **kwargs: `name` and `dtype`, as for any Keras layer.

    Attributes:
        optimizer_targets: `{optimizer name: attribute name of the network it trains}`; empty for a
            model with one optimizer for all of its weights.
    """

    optimizer_targets: dict = {}

    def __init__(self, trackers, **kwargs):
        super().__init__(**kwargs)
        self._trackers = dict(trackers)
        self._seed_generator = keras.random.SeedGenerator()

    @classmethod
    def from_config(cls, config):
        """Build the model that `get_config` describes."""
        return cls(**{k: keras.saving.deserialize_keras_object(v) for k, v in config.items()})

    # ------------------------------------------------------------------ what a model defines

    def objective(self, images, labels, training):
        """Return the loss, [batch], and its terms, `{name: [batch, ...]}`."""
        raise NotImplementedError(
            f"{type(self).__name__} defines neither objective nor train_step: define one of them."
        )

    def check_data(self, data):
        """Raise `ValueError` where `data`, as given to `fit`, can't be what the model needs."""

    def suited_callbacks(self, examples, directory, every=1, tensorboard=None):
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

    def train_step(self, data):
        """Minimise the objective on one batch; return what is logged."""
        images, labels, sample_weight = keras.utils.unpack_x_y_sample_weight(data)
        with tf.GradientTape() as tape:
            loss, terms = self.objective(images, labels, training=True)
            loss = _weighted(loss, sample_weight)
            regularizers = list(self.losses)
        self.minimize(self.optimizer, tape, loss, self.trainable_variables, regularizers)
        return self.track(loss=loss, **terms)

    def test_step(self, data):
        """Evaluate the objective on one batch; return what is logged."""
        images, labels, sample_weight = keras.utils.unpack_x_y_sample_weight(data)
        loss, terms = self.objective(images, labels, training=False)
        return self.track(loss=_weighted(loss, sample_weight), **terms)

    def minimize(self, optimizer, tape, loss, variables, regularizers=()):
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
        optimizer.apply(self._all_or_none_finite(optimizer, gradients), variables)
        return [None if g is None else tf.convert_to_tensor(g) / scale for g in gradients]

    def gradient_norm(self, gradients):
        """Return the norm over all replicas of what `minimize` returned, a scalar.

        It is 0 where float16 overflowed: such a step is not taken, and is no reason for alarm.
        """
        total = sum_over_replicas([g for g in gradients if g is not None])
        norm = tf.linalg.global_norm(total)
        if self.dtype_policy.name == "mixed_float16":
            norm = tf.where(tf.math.is_finite(norm), norm, 0.0)
        return norm

    def track(self, **values):
        """Update the trackers of the names given; return the results of these."""
        for name, value in values.items():
            self._trackers[name].update_state(value)
        trackers = [self._trackers[name] for name in values]
        return {tracker.name: tracker.result() for tracker in trackers}

    @property
    def metrics(self):
        """The trackers: Keras resets them each epoch and logs their results."""
        return list(self._trackers.values())

    @property
    def step(self):
        """The number of optimizer steps taken, int64 scalar: what schedules advance with."""
        if not self.compiled:
            return tf.constant(0, tf.int64)
        optimizer = getattr(self, next(iter(self.optimizer_targets), "optimizer"))
        inner = getattr(optimizer, "inner_optimizer", optimizer)
        return tf.cast(tf.convert_to_tensor(inner.iterations), tf.int64)

    def add_step_count(self):
        """Return a weight that counts training steps, int64 scalar, for the objective to advance.

        It is saved with the weights, as an optimizer's count is not where a model is only used.
        """
        return self.add_weight(
            shape=(),
            initializer="zeros",
            dtype="int64",
            trainable=False,
            name="steps_trained",
            aggregation="only_first_replica",
        )

    # ------------------------------------------------------------------ randomness

    def row_seeds(self, count):
        """Return fresh seeds for `tfgen.sampling`, int32 `[count, 2]`, one row per example.

        They depend on the number of calls before and on the example's place in the global batch:
        two replicas with half a batch each draw the noise that one replica would have drawn.
        """
        seed, counter = tf.unstack(tf.cast(self._seed_generator.next(), tf.int32))
        _, start = global_batch(count)
        return sampling.seeds(sampling.fold(seed, counter), count, start)

    def _random_generators(self):
        return [g for layer in self._flatten_layers() for g in layer._seed_generators]

    def save_own_variables(self, store):
        """Save the random state beside the weights, which Keras does not do."""
        super().save_own_variables(store)
        for i, generator in enumerate(self._random_generators()):
            store[f"random_state_{i}"] = np.asarray(generator.state)

    def load_own_variables(self, store):
        """Restore the weights and the random state."""
        names = list(store.keys())
        states = {name for name in names if name.startswith("random_state_")}
        super().load_own_variables({name: store[name] for name in names if name not in states})
        for i, generator in enumerate(self._random_generators()):
            if f"random_state_{i}" in states:
                generator.state.assign(np.asarray(store[f"random_state_{i}"]))

    # ------------------------------------------------------------------ fit and compile

    def fit(self, x=None, *args, **kwargs):
        """Train; arguments and result as for `keras.Model.fit`. The data are checked first."""
        labels = args[0] if args else kwargs.get("y")
        self.check_data(x if labels is None else (x, labels))
        if isinstance(x, tf.data.Dataset):  # Keras warns of its own default otherwise
            kwargs.setdefault("shuffle", False)
            if kwargs.get("steps_per_epoch") is None:
                kwargs["steps_per_epoch"] = batches = _batches(x)
                x = x.repeat() if self._keeps_iterator(batches) else x
        return super().fit(x, *args, **kwargs)

    def _keeps_iterator(self, batches):
        """Whether one iterator may serve all epochs: Keras makes one or two for each, otherwise,
        and each takes as long as several steps of a small network.

        A call must not reach into the next epoch, and strategies read ahead.
        """
        with self.distribute_strategy.scope():
            distributed = tf.distribute.has_strategy()
        return batches and not batches % self.steps_per_execution and not distributed

    def compile(
        self,
        optimizer=None,
        *,
        jit_compile="auto",
        steps_per_execution=1,
        run_eagerly=False,
        **others,
    ):
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
        _check_names(type(self).__name__, names, given)
        jit = jit_compile if self.distribute_strategy.num_replicas_in_sync == 1 else False
        with self.distribute_strategy.scope():
            optimizers = {name: self._made_in_scope(name, given[name]) for name in names}
            super().compile(
                optimizer=optimizers.get("optimizer"),
                jit_compile=jit,
                steps_per_execution=steps_per_execution,
                run_eagerly=run_eagerly,
                auto_scale_loss=False,
            )
            for name, instance in optimizers.items():
                self._build_optimizer(name, instance)
        self._compile_arguments = {
            "jit_compile": jit_compile,
            "steps_per_execution": steps_per_execution,
            "run_eagerly": run_eagerly,
        }

    def _made_in_scope(self, name, optimizer):
        optimizer = keras.optimizers.get(optimizer)
        strategy = tf.distribute.get_strategy()
        if getattr(optimizer, "_distribution_strategy", strategy) is not strategy:
            raise ValueError(
                f"{type(self).__name__}.compile received {name}={type(optimizer).__name__} made "
                f"outside the strategy's scope: replicas could not update its state. Make it and "
                f"call compile inside `with strategy.scope():`."
            )
        scaled = isinstance(optimizer, keras.optimizers.LossScaleOptimizer)
        if self.dtype_policy.name == "mixed_float16" and not scaled:
            optimizer = keras.optimizers.LossScaleOptimizer(optimizer)
        return optimizer

    def _build_optimizer(self, name, optimizer):
        """Make its state now: made lazily in a step, it would be lost by reloads and replicas."""
        network = getattr(self, self.optimizer_targets[name]) if self.optimizer_targets else self
        if not optimizer.built:  # building LossScaleOptimizer twice would double its state
            optimizer.build(network.trainable_variables)
        setattr(self, name, optimizer)

    def get_compile_config(self):
        """Return what `compile` received, with every optimizer."""
        if not self.compiled:
            return {}
        names = list(self.optimizer_targets) or ["optimizer"]
        optimizers = {n: keras.saving.serialize_keras_object(getattr(self, n)) for n in names}
        return {**self._compile_arguments, **optimizers}

    def compile_from_config(self, config):
        """Compile as the saved model was, so that its optimizers find their saved state."""
        with self.distribute_strategy.scope():
            self.compile(**{k: keras.saving.deserialize_keras_object(v) for k, v in config.items()})

    # ------------------------------------------------------------------ replicas

    def _all_or_none_finite(self, optimizer, gradients):
        """Make an overflow on one replica an overflow on all.

        `LossScaleOptimizer` looks at the first replica's gradients only; it would skip the step
        there or let the others' infinities through.
        """
        scaled = isinstance(optimizer, keras.optimizers.LossScaleOptimizer)
        if not scaled or several() is None:
            return gradients
        finite = [tf.reduce_all(tf.math.is_finite(g)) for g in gradients if g is not None]
        overflows = tf.reduce_sum(1.0 - tf.cast(tf.stack(finite), tf.float32))
        infinite = tf.where(sum_over_replicas(overflows) > 0, np.inf, 0.0)
        return [g if g is None else g + tf.cast(infinite, g.dtype) for g in gradients]

    def _get_metrics_result_or_logs(self, logs):
        """Read what the last step logged over all replicas; Keras would read one of them only."""
        results = self.get_metrics_result()
        return {name: results[name] for name in logs}

    def _maybe_symbolic_build(self, iterator=None, data_batch=None):
        """Skip Keras's trial call: the model is built, and the call fails on several workers."""
        if not self.built:
            super()._maybe_symbolic_build(iterator=iterator, data_batch=data_batch)

    def make_train_function(self, force=False):
        """Make the function that `fit` calls once per `steps_per_execution` batches."""
        if self.distribute_strategy.num_replicas_in_sync == 1:
            return super().make_train_function(force)
        if self.train_function is None or force:
            self.train_function = self._replicated(self.train_step)
        return self.train_function

    def make_test_function(self, force=False):
        """Make the function that `evaluate` calls once per `steps_per_execution` batches."""
        if self.distribute_strategy.num_replicas_in_sync == 1:
            return super().make_test_function(force)
        if self.test_function is None or force:
            self.test_function = self._replicated(self.test_step)
        return self.test_function

    def _replicated(self, step):
        """Keras's own version fails for several workers and for several steps per execution."""
        strategy, steps = self.distribute_strategy, self.steps_per_execution

        def run(batch):
            logs = strategy.run(step, args=(batch,))
            return tf.nest.map_structure(lambda v: strategy.experimental_local_results(v)[0], logs)

        def run_several(iterator):
            logs = run(next(iterator))
            for _ in tf.range(steps - 1):
                batch = iterator.get_next_as_optional()
                if batch.has_value():
                    logs = run(batch.get_value())
            return logs

        return run_several if self.run_eagerly else tf.function(run_several, reduce_retracing=True)


def example_shape(data):
    """Return the shape of one example, or None where it can't be told before training."""
    if isinstance(data, tf.data.Dataset):
        data = data.element_spec
    examples = data[0] if isinstance(data, tuple) else data
    shape = getattr(examples, "shape", None)
    if shape is None or None in tuple(shape)[1:]:
        return None
    return tuple(shape)[1:]


def _weighted(loss, sample_weight):
    return loss if sample_weight is None else loss * tf.cast(sample_weight, loss.dtype)


def _batches(dataset):
    """The number of batches, or None if it is unknown or infinite."""
    count = int(dataset.cardinality())
    return count if count > 0 else None


def _check_names(model, expected, given):
    if set(expected) != set(given):
        raise ValueError(
            f"{model}.compile received {', '.join(sorted(given)) or 'no optimizer'}: it takes "
            f"{', '.join(expected)}, and defines its own loss and metrics. Pass "
            f"{', '.join(f'{name}=keras.optimizers.Adam(...)' for name in expected)} only."
        )
