"""What a model logs of a test set, under a bar."""

from tfgen.progress import Bar


def evaluated(model, data):
    """Return what `model.evaluate` logs of a dataset, `{name: float}`."""
    import keras  # here: recipes are listed without TensorFlow

    bar = Bar("Evaluating", max(0, int(data.cardinality())))
    listening = keras.callbacks.LambdaCallback(on_test_batch_end=lambda n, logs: bar.to(n + 1))
    try:
        return model.evaluate(data, return_dict=True, verbose=0, callbacks=[listening])
    finally:
        bar.close()
