"""A small classifier of a source's own classes, to judge its samples by.

It says nothing about other data, and its numbers compare only with those of the same weights: hash
and accuracy stand beside each of them.
"""

import json
import math

from tfgen import progress
from tfgen.files import new_file, write_files

_UPDATES = 1_500
_FEATURES = 128


def trained_on(source, directory, seed=0):
    """Return a `metrics.FeatureExtractor` for the classes of a source of images.

    It is trained on the source's training examples, or read from the directory, where it stays as
    `classifier.keras`, with its facts in `classifier.json`.

    Args:
        source: a `tfgen.data.Source` of images, with classes.
        directory: `pathlib.Path`.
        seed: of its weights and of the order of the examples.
    """
    import keras

    from tfgen import metrics

    path, facts = directory / "classifier.keras", directory / "classifier.json"
    if not path.is_file() or not facts.is_file():
        network, found = _trained(source, seed)
        directory.mkdir(parents=True, exist_ok=True)
        with new_file(path) as beside:
            network.save(beside)
        write_files({facts: (json.dumps(found, indent=2) + "\n").encode()})
    network = keras.models.load_model(path, compile=False)
    accuracy = json.loads(facts.read_text())["accuracy"]
    return metrics.FeatureExtractor(network, source.spec.shape, accuracy)


def _trained(source, seed):
    """Return the trained network, and facts about it."""
    import keras

    batch_size = min(64, source.spec.counts["train"])
    train = source.batches("train", batch_size=batch_size, seed=seed, labels=True)
    test = source.batches("test", batch_size=500, labels=True)
    steps = int(train.cardinality())
    epochs = min(60, max(1, math.ceil(_UPDATES / steps)))
    keras.utils.set_random_seed(seed)
    network = _network(source.spec.shape, source.spec.num_classes)
    learner = keras.Model(network.input, network.output["logits"])
    schedule = keras.optimizers.schedules.CosineDecay(2e-3, epochs * steps)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    learner.compile(keras.optimizers.AdamW(schedule), loss, metrics=["accuracy"])
    bar = progress.Bar("Learning to see the classes", epochs * steps)
    moves = keras.callbacks.LambdaCallback(
        on_train_batch_end=lambda batch, logs: bar.to(int(learner.optimizer.iterations))
    )
    learner.fit(
        train, epochs=epochs, steps_per_epoch=steps, shuffle=False, verbose=0, callbacks=[moves]
    )
    bar.close()
    accuracy = learner.evaluate(test, verbose=0, return_dict=True)["accuracy"]
    facts = {"accuracy": float(accuracy), "examples": source.spec.counts["test"]}
    return network, {**facts, "seed": seed, "epochs": epochs, "source": source.name}


def _network(shape, num_classes):
    """Return a network from images in [0, 1] to features and logits, in float32."""
    import keras

    images = x = keras.Input(shape, name="images")
    for i in range(max(1, math.ceil(math.log2(max(shape[:2]) / 4)))):
        x = keras.layers.Conv2D(min(32 * 2**i, 128), 3, 2, "same", use_bias=False, dtype="float32")(
            x
        )
        x = keras.layers.BatchNormalization(dtype="float32")(x)
        x = keras.layers.ReLU(dtype="float32")(x)
    x = keras.layers.Flatten(dtype="float32")(x)
    x = keras.layers.Dropout(0.3, seed=0, dtype="float32")(x)
    features = keras.layers.Dense(_FEATURES, "relu", name="features", dtype="float32")(x)
    logits = keras.layers.Dense(num_classes, name="logits", dtype="float32")(features)
    return keras.Model(images, {"features": features, "logits": logits}, name="classifier")
