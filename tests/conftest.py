"""Two logical CPU devices, so that replicas are tested on every machine."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")

import keras
import numpy as np
import pytest
import tensorflow as tf

tf.config.set_logical_device_configuration(
    tf.config.list_physical_devices("CPU")[0], [tf.config.LogicalDeviceConfiguration()] * 2
)


# Files that take long come first, so that both workers end at about the same time.
LONG = ("test_vae_conformance.py", "test_generator_conformance.py", "test_replicas_and_resume.py",
        "test_recipes.py", "test_notebooks.py", "test_runs.py", "test_docstrings.py",
        "test_tokenizer_runs.py", "test_callbacks.py", "test_multiworker.py")  # fmt: skip


def pytest_collection_modifyitems(items):
    """Sort the files; tests of one file keep their order."""
    items.sort(key=lambda item: item.path.name not in LONG)


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


@pytest.fixture
def noise_for_data(monkeypatch):
    """Two dozen images of noise, labelled, in the place of data that have to be downloaded."""
    import tfgen

    images, rng = tfgen.data.images, np.random.default_rng(0)
    shapes = {"mnist": (24, 28, 28), "cifar10": (24, 32, 32, 3)}
    noise = {name: rng.integers(0, 256, shape, np.uint8) for name, shape in shapes.items()}

    def instead(source, *arguments, data_dir=None, **others):
        if source in noise:
            source = noise[source], np.arange(24, dtype=np.int64) % 10
        return images(source, *arguments, **others)

    monkeypatch.setattr(tfgen.data, "images", instead)


@pytest.fixture(scope="session")
def digits():
    """Real 8x8 digits in [0, 1], float32 [256, 8, 8, 1]."""
    from sklearn.datasets import load_digits

    return (load_digits().images[:256, :, :, None] / 16.0).astype(np.float32)


def pytest_terminal_summary(terminalreporter):
    """Count the cells of the conformance tables that pass, and those that are refused."""
    reports = terminalreporter.stats.get("passed", [])
    found = [dict(report.user_properties).get("conformance") for report in reports]
    if any(found):
        counts = f"{found.count('pass')} cells pass, {found.count('refused')} are refused"
        terminalreporter.write_line(f"conformance: {counts} in one line")
