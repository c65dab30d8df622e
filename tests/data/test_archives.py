"""NumPy's files: their names, their splits, and those too large for memory."""

import os

import numpy as np
import pytest

from tfgen import kinds
from tfgen.data import arrays, examples, images, open_source

PIXELS = np.random.default_rng(0).integers(0, 256, (60, 6, 5), np.uint8)
LABELS = np.arange(60) % 3


def everything(source, **options):
    parts = [
        np.concatenate(list(source.batches(split, batch_size=16, shuffle=False, **options)))
        for split in ("train", "test")
    ]
    return sorted(example.tobytes() for example in np.concatenate(parts))


def as_bytes(array):
    return sorted(np.asarray(example, np.float32).tobytes() for example in array)


SCALED = as_bytes((PIXELS / np.float32(255))[..., None])


@pytest.mark.parametrize(
    "names",
    [("x", "y"), ("x", "labels"), ("images", "labels"), ("arr_0", "arr_1"), ("x", None),
     ("faces", None)],
)  # fmt: skip
def test_names_of_examples_and_labels(tmp_path, names):
    file = tmp_path / "a.npz"
    arrays_ = dict(zip(names, (PIXELS, LABELS), strict=True))
    arrays_.pop(None, None)
    np.savez_compressed(file, **arrays_)
    source = open_source(file)
    assert everything(source) == SCALED and source.notes == ()
    assert source.spec.classes == (("0", "1", "2") if names[1] else ())
    assert source.batches("train", batch_size=2).element_spec.shape[1:] == (6, 5, 1)


@pytest.mark.parametrize("column", [False, True])
def test_keras_names_of_splits(tmp_path, column):
    """CIFAR-10's labels are a column."""
    file = tmp_path / "mnist.npz"
    labels = LABELS[:, None] if column else LABELS
    np.savez(file, x_train=PIXELS[:50], y_train=labels[:50], x_test=PIXELS[50:], y_test=labels[50:])
    source = open_source(str(file))
    assert dict(source.spec.counts) == {"train": 50, "test": 10}
    ((batch, labels),) = source.batches("test", batch_size=10, labels=True)
    np.testing.assert_array_equal(batch[..., 0], PIXELS[50:] / np.float32(255))
    np.testing.assert_array_equal(labels, LABELS[50:])
    (same,) = images(file, "test", batch_size=10)
    np.testing.assert_array_equal(same, batch)


def test_pairs_as_keras_loads_them():
    source = open_source(((PIXELS[:50], LABELS[:50]), (PIXELS[50:], LABELS[50:])))
    assert dict(source.spec.counts) == {"train": 50, "test": 10}


def test_other_arrays_are_named_in_a_note(tmp_path):
    np.savez(tmp_path / "a.npz", x=PIXELS, y=LABELS, weights=LABELS)
    assert open_source(tmp_path / "a.npz").notes == ("left out: the arrays weights",)


def test_classes_without_examples_are_named_in_a_note():
    source = open_source((PIXELS, LABELS * 2))
    assert source.spec.classes == ("0", "1", "2", "3", "4")
    assert source.notes == ("classes without examples: 1, 3",)


@pytest.mark.parametrize("array", [PIXELS, PIXELS[..., None], PIXELS / 255, PIXELS[:, 0]], ids=len)
def test_large_files_are_streamed_and_give_the_same(tmp_path, array, monkeypatch):
    file = tmp_path / "a.npy"
    np.save(file, array)
    held = open_source(file)
    expected = everything(held)
    monkeypatch.setattr(examples, "MEMORY_LIMIT", 0)
    monkeypatch.setattr(arrays, "_plain", _small_only(arrays._plain))
    streamed = open_source(file)
    assert (streamed.spec, everything(streamed)) == (held.spec, expected)


def _small_only(real):
    """Whole arrays may not be read, only examples."""

    def plain(array):
        assert array.size <= 6 * 5
        return real(array)

    return plain


@pytest.mark.skipif(not os.path.exists("/proc/self/statm"), reason="reads memory use from /proc")
def test_streaming_a_file_needs_little_memory(tmp_path, monkeypatch):
    """Touched pages of a mapped file count as resident; they are the system's to take back."""
    monkeypatch.setattr(examples, "MEMORY_LIMIT", 2**20)
    file = tmp_path / "large.npy"
    large = np.lib.format.open_memmap(file, "w+", np.uint8, (128, 1024, 1024, 1))
    large[:, 0, 0, 0] = np.arange(128)
    del large
    before = private_bytes()
    seen = sum(len(batch) for batch in open_source(file).batches("train", batch_size=2))
    assert seen > 100
    assert private_bytes() - before < 100 * 2**20  # of 128 MiB, 512 as floats


def private_bytes():
    with open("/proc/self/statm") as file:
        _, resident, shared, *_ = map(int, file.read().split())
    return (resident - shared) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.parametrize("dtype", [np.int64, np.float64, np.uint8, np.float16])
def test_vectors_of_any_numbers(dtype):
    vectors = np.arange(40).reshape(20, 2).astype(dtype)
    source = open_source(vectors)
    assert source.spec.kind == kinds.Points()
    assert everything(source) == as_bytes(vectors)
