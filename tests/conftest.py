"""Two logical CPU devices, so that replicas are tested on every machine."""

import gc
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")

import keras
import numpy as np
import pytest
import tensorflow as tf
from conformance import outcomes

tf.config.set_logical_device_configuration(
    tf.config.list_physical_devices("CPU")[0], [tf.config.LogicalDeviceConfiguration()] * 2
)


# Files that take long come first, so that both workers end at about the same time.
LONG = ("test_training.py", "test_tflite.py", "test_endpoints.py", "test_replicas.py",
        "test_replicas_and_resume.py", "test_recipes.py", "test_notebooks.py", "test_runs.py",
        "test_docstrings.py", "test_tokenizer_runs.py", "test_callbacks.py",
        "test_multiworker.py")  # fmt: skip


def pytest_collection_modifyitems(items):
    """Sort the files; tests of one file keep their order."""
    items.sort(key=lambda item: item.path.name not in LONG)


def pytest_collection_finish():
    """Leave what was imported out of garbage collection: TensorFlow collects at each conversion."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="module", autouse=True)
def _what_stays_is_not_looked_through_again():
    """Nor what TensorFlow keeps of the graphs of each file: millions of objects in the end."""
    yield
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def _reproducible():
    keras.utils.set_random_seed(0)
    yield
    keras.config.set_dtype_policy("float32")


@pytest.fixture
def two_replicas():
    """A MirroredStrategy on two devices; several of them may live in one process."""
    return tf.distribute.MirroredStrategy(
        ["CPU:0", "CPU:1"], cross_device_ops=tf.distribute.ReductionToOneDevice()
    )


@pytest.fixture(scope="session")
def digits():
    """Real 8x8 digits in [0, 1], float32 [256, 8, 8, 1]."""
    from sklearn.datasets import load_digits

    return (load_digits().images[:256, :, :, None] / 16.0).astype(np.float32)


def pytest_terminal_summary(terminalreporter):
    """Count the cells of the conformance table, and say why some are refused, excepted, skipped."""
    for line in outcomes.summary(terminalreporter.stats):
        terminalreporter.write_line(line)
