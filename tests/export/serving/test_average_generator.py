"""What is served of a GAN is its average generator, as in `sample`."""

import numpy as np
import tensorflow as tf

from tfgen import sampling


def test_generate_is_sample_by_the_average_generator(exported_family):
    model, path = exported_family("gan")
    labels = np.arange(6, dtype=np.int32) % 3
    served = tf.saved_model.load(str(path)).signatures["generate"](
        seed=sampling.seeds(4, 6), label=tf.constant(labels), truncation=tf.fill([6], 1e3)
    )["images"]
    np.testing.assert_allclose(served, model.sample(6, seed=4, labels=labels), atol=1e-5)
    z = sampling.normal(sampling.seeds(4, 6), (model.latent_dim,))
    in_training = model.generator([z, tf.constant(labels)], training=False)
    assert np.abs(served - in_training).max() > 0.01


def test_weights_of_the_generator_in_training_are_left_out(exported_family):
    model, path = exported_family("gan")
    stored = sum(file.stat().st_size for file in (path / "variables").iterdir())
    assert stored < 1.2 * sum(weight.numpy().nbytes for weight in model.ema_generator.weights) + 4e3
