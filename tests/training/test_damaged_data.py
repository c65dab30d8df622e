"""A record that goes bad on the disk while a training reads it: one line, and nothing half done."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from models import IMAGE_SHAPE, compiled, small_vae

from tfgen import errors


@pytest.fixture
def damaged(digits, tmp_path):
    """Batches read from a file of records, one of which has a flipped bit."""
    path = tmp_path / "digits.tfrecord"
    with tf.io.TFRecordWriter(str(path)) as writer:
        for image in digits[:64]:
            writer.write(image.tobytes())
    content = bytearray(path.read_bytes())
    content[-100] ^= 4
    path.write_bytes(content)

    def image(record):
        return tf.reshape(tf.io.decode_raw(record, tf.float32), IMAGE_SHAPE)

    return tf.data.TFRecordDataset(str(path)).map(image).batch(16)


@pytest.mark.parametrize("method", ["fit", "evaluate"])
def test_it_is_said_in_one_line(method, damaged):
    model = compiled(small_vae())
    with pytest.raises(
        errors.DamagedDataError, match="corrupted record.*fetch or prepare"
    ) as caught:
        getattr(model, method)(damaged, verbose=0)
    assert "\n" not in str(caught.value)


def test_batches_before_it_were_learned_from(damaged):
    keras.utils.set_random_seed(1)
    model = compiled(small_vae())
    before = np.array(model.trainable_variables[0])
    with pytest.raises(errors.TrainingError):
        model.fit(damaged, verbose=0)
    assert np.any(before != np.array(model.trainable_variables[0]))
