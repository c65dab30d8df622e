"""Which examples are held out: by content, and by nothing else."""

import numpy as np
import pytest
from PIL import Image

from tfgen.data import open_source
from tfgen.data.holdout import held_out


def rows_of(source, split):
    """The examples of a split, each as bytes, sorted."""
    dataset = source.batches(split, batch_size=7, shuffle=False)
    return sorted(example.tobytes() for batch in dataset for example in batch.numpy())


def noise(count=200, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (count, 4, 4, 1), np.uint8)


def save(folder, pixels, names):
    folder.mkdir(parents=True, exist_ok=True)
    for image, name in zip(pixels, names, strict=True):
        Image.fromarray(image[..., 0]).save(folder / name)
    return folder


def test_the_choice_is_frozen():
    """A model that was trained before must not be judged by what it was trained on."""
    vectors = np.arange(20, dtype=np.float32).reshape(10, 2)
    test = open_source(vectors, holdout=0.3).batches("test", batch_size=10)
    np.testing.assert_array_equal(np.concatenate(list(test))[:, 0], FROZEN)


FROZEN = [0, 2, 8, 10, 18]


@pytest.mark.parametrize("share", [0.02, 0.1, 0.5, 0.9])
def test_the_share_is_met_and_nothing_is_lost(share):
    source = open_source(noise(2000), holdout=share)
    counts = source.spec.counts
    assert counts["train"] + counts["test"] == 2000
    error = 5 * np.sqrt(share * (1 - share) / 2000)
    assert abs(counts["test"] / 2000 - share) < error
    both = rows_of(source, "train") + rows_of(source, "test")
    everything = sorted(x.astype(np.float32).tobytes() for x in noise(2000) / np.float32(255))
    assert sorted(both) == everything


def test_order_does_not_matter_and_copies_stay_together():
    pixels = noise()
    expected = rows_of(open_source(pixels), "test")
    shuffled = np.random.default_rng(1).permutation(pixels)
    assert rows_of(open_source(shuffled), "test") == expected
    twice = open_source(np.concatenate([pixels, pixels]))
    assert rows_of(twice, "test") == sorted(expected * 2)
    assert not set(rows_of(twice, "test")) & set(rows_of(twice, "train"))


def test_names_and_folders_do_not_matter(tmp_path):
    pixels = noise(60)
    flat = save(tmp_path / "flat", pixels, [f"{i}.png" for i in range(60)])
    deep = save(tmp_path / "deep" / "a", pixels[:20], [f"z{-i}.png" for i in range(20)])
    save(tmp_path / "deep" / "b", pixels[20:], [f"{i}.png" for i in range(40)])
    assert rows_of(open_source(flat), "test") == rows_of(open_source(deep.parent), "test")


def test_a_set_that_grows_keeps_its_sides():
    few, many = (open_source(noise(count)) for count in (100, 200))
    assert set(rows_of(few, "test")) < set(rows_of(many, "test"))
    assert set(rows_of(few, "train")) < set(rows_of(many, "train"))


def test_labels_stay_with_their_examples():
    pixels = noise(100)
    source = open_source((pixels, pixels[:, 0, 0, 0].astype(int)))
    for split in ("train", "test"):
        for batch, labels in source.batches(split, batch_size=30, labels=True):
            np.testing.assert_allclose(batch.numpy()[:, 0, 0, 0] * 255, labels, atol=1e-4)


@pytest.mark.parametrize("share", [1e-12, 1 - 1e-12])
def test_no_side_is_empty(share):
    counts = open_source(noise(3), holdout=share).spec.counts
    assert sorted(counts.values()) == [1, 2]


def test_one_example_or_copies_of_one_are_refused():
    for count in (1, 5):
        with pytest.raises(ValueError, match="expected two different ones at least"):
            open_source(np.zeros((count, 4, 4), np.uint8))


def test_hashes_at_both_ends():
    train, test = held_out([0, 2**64 - 1], 0.5, "data")
    assert (train.tolist(), test.tolist()) == ([1], [0])


def test_a_set_with_a_test_split_is_taken_as_it_is():
    source = open_source("digits", holdout=0.5)
    assert dict(source.spec.counts) == {"train": 1437, "test": 360}
    assert source.notes == ("holdout=0.5 is not used: there is a test set",)
