"""The contract of sources: names, specs, splits, and batches that repeat and resume."""

import os

import numpy as np
import pytest
from PIL import Image

import tfgen
from tfgen import kinds
from tfgen.data import Source, Spec, examples, images, mixture, open_source

PIXELS = np.random.default_rng(0).integers(0, 256, (60, 6, 5, 3), np.uint8)
LABELS = np.arange(60) % 3


def folder(path):
    for name in ("cat", "dog"):
        (path / name).mkdir()
        for i in range(20):
            Image.fromarray(PIXELS[i + 20 * (name == "dog")]).save(path / name / f"{i}.png")
    return path


def saved(path, array):
    np.save(path, array)
    return path


MADE = {
    "digits": lambda path: open_source("digits"),
    "folder": lambda path: open_source(folder(path)),
    "arrays": lambda path: open_source((PIXELS, LABELS)),
    "vectors": lambda path: open_source(PIXELS[:, 0, :, 0]),
    "npy": lambda path: open_source(saved(path / "a.npy", PIXELS)),
    "ring": lambda path: open_source("ring"),
}


MODES = [(name, "memory") for name in MADE] + [("folder", "streamed"), ("npy", "streamed")]


@pytest.fixture(params=MODES, ids="-".join)
def source(request, tmp_path, monkeypatch):
    """A source of every make, and streamed what can be."""
    name, mode = request.param
    if mode == "streamed":
        monkeypatch.setattr(examples, "MEMORY_LIMIT", 0)
    return MADE[name](tmp_path)


def batch_size(source):
    """Few batches for each."""
    return 7 * max(1, source.spec.counts["test"] // 20)


def passes(dataset, count):
    return [[batch.numpy() for batch in dataset] for _ in range(count)]


def assert_same(first, second):
    for one, other in zip(first, second, strict=True):
        for batch, same in zip(one, other, strict=True):
            np.testing.assert_array_equal(batch, same)


def test_batches_are_as_the_spec_says(source):
    assert isinstance(source, Source) and isinstance(source.spec, Spec)
    for split in ("train", "test"):
        dataset = source.batches(split, batch_size=batch_size(source))
        batches = [batch.numpy() for batch in dataset]
        assert len(batches) == int(dataset.cardinality())
        missing = source.spec.counts[split] - sum(map(len, batches))
        assert missing == 0 or source.name in ("ring", "grid") and missing < batch_size(source)
        assert {batch.shape[1:] for batch in batches} == {source.spec.shape}
        assert batches[0].dtype == np.float32


def test_epochs_differ_repeat_and_resume(source):
    def epochs(count, **options):
        return passes(source.batches("train", batch_size=batch_size(source), **options), count)

    whole = epochs(3, seed=2)
    assert_same(whole, epochs(3, seed=2))
    assert_same(whole[2:], epochs(1, seed=2, first_epoch=2))
    for other in (whole[1], epochs(1, seed=3)[0]):
        assert not np.array_equal(whole[0][0], other[0])


def test_whole_batches_only(source):
    size = batch_size(source)
    dataset = source.batches("train", batch_size=size, drop_remainder=True)
    assert {len(batch) for batch in dataset} == {size}
    assert int(dataset.cardinality()) == source.spec.counts["train"] // size


def test_it_says_what_it_is_in_lines(source):
    for line in (source.describe(), *source.notes):
        assert "\n" not in line
    assert source.describe().startswith(f"found: {sum(source.spec.counts.values()):,} ")


def test_it_opens_again_by_its_name(source):
    if source.name == "arrays":
        return
    again = open_source(source.name)
    assert again.spec == source.spec and again.name == source.name
    ours, theirs = (each.batches("test", batch_size=batch_size(source)) for each in (source, again))
    assert_same(passes(ours, 1), passes(theirs, 1))


def test_names_of_paths_hold_in_other_folders(tmp_path, monkeypatch):
    folder(tmp_path)
    monkeypatch.chdir(tmp_path.parent)
    assert open_source(f"./{tmp_path.name}").name == str(tmp_path)
    saved(tmp_path / "a.npy", PIXELS)
    monkeypatch.chdir(tmp_path)
    assert open_source("a.npy").name == os.path.join(tmp_path, "a.npy")


def test_specs():
    spec = open_source("digits").spec
    assert spec == Spec(kinds.Image(), (8, 8, 1), tuple("0123456789"), {"train": 1437, "test": 360})
    assert spec.num_classes == 10
    vectors = open_source(PIXELS[:, 0, :, 0]).spec
    assert (vectors.kind, vectors.shape, vectors.num_classes) == (kinds.Points(), (5,), None)


def test_images_is_the_same_machinery():
    """Digits come in splits of their own: sources and `images` give the same batches."""
    source = open_source("digits")
    for split, options in (
        ("train", {"binarize": "dynamic"}), ("train", {"seed": 4}), ("test", {"binarize": "static"})
    ):  # fmt: skip
        ours = source.batches(split, batch_size=300, first_epoch=3, **options)
        theirs = images("digits", split, batch_size=300, first_epoch=3, **options)
        assert_same(passes(ours, 1), passes(theirs, 1))


@pytest.mark.parametrize("name, deviation", [("ring", 0.01), ("grid", 0.05)])
def test_mixtures_are_those_of_the_literature(name, deviation):
    centres = getattr(tfgen.metrics, f"{name}_centres")()
    source = open_source(name)
    for split, batches, seed in (("train", 200, 5), ("test", 10, 5 + 2**30)):
        ours = source.batches(split, batch_size=256, seed=5, first_epoch=1)
        theirs = mixture(centres, deviation, batch_size=256, batches=batches, seed=seed,
                         first_epoch=1)  # fmt: skip
        assert len(ours) == batches
        assert_same([[next(iter(ours))]], [[next(iter(theirs))]])
    assert source.batches("test", batch_size=9, seed=2**31 - 1).element_spec.shape == (9, 2)


def test_a_source_reads_what_it_is_asked_for_and_once(monkeypatch, tmp_path):
    """Whoever evaluates does not wait for the training set."""
    from tfgen.data import photos

    read, real = [], photos.read_image
    monkeypatch.setattr(photos, "read_image", lambda *a: (read.append(a[0]), real(*a))[1])
    source = open_source(folder(tmp_path))
    assert not read
    for _ in range(2):
        source.batches("test", batch_size=2)
    assert len(read) == source.spec.counts["test"]
