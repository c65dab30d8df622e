"""TFDS data sets: small ones written to disk here, MNIST where it is at hand."""

import os
import shutil
import socket

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_datasets as tfds

from tfgen.data import catalogue, examples, images, open_source, tfds_records

COUNT = 60


def pixels_of(shape, count=COUNT):
    array = np.random.default_rng(0).integers(0, 256, (count, *shape), dtype=np.uint8)
    array[:, 0, 0, 0] = np.arange(count)
    return array


def store(folder, name, array, split_at=-10, **features):
    """Write a TFDS data set with splits train (all but ten) and test, or with train only."""

    def examples(rows):
        return tf.data.Dataset.from_tensor_slices({"image": array[rows], "label": rows % 3})

    rows = np.arange(len(array), dtype=np.int64)
    splits = {"train": rows[:split_at]} | ({"test": rows[split_at:]} if split_at else {})
    tfds.dataset_builders.store_as_tfds_dataset(
        name=name,
        version="1.0.0",
        features=tfds.features.FeaturesDict(
            {
                "image": tfds.features.Image(shape=array.shape[1:]),
                "label": tfds.features.ClassLabel(num_classes=3),
                **features,
            }
        ),
        split_datasets={split: examples(part) for split, part in splits.items()},
        data_dir=folder,
        disable_shuffling=True,
    )


@pytest.fixture(scope="module")
def toys(tmp_path_factory):
    """A data directory with the data set `toys`, 6x5x3."""
    folder = tmp_path_factory.mktemp("tfds")
    store(folder, "toys", pixels_of((6, 5, 3)))
    return folder


@pytest.fixture(params=["memory", "streamed"])
def mode(request, monkeypatch):
    if request.param == "streamed":
        monkeypatch.setattr(examples, "MEMORY_LIMIT", 0)
    return request.param


def all_of(dataset):
    images_, labels = zip(*[(a.numpy(), b.numpy()) for a, b in dataset], strict=True)
    return np.concatenate(images_), np.concatenate(labels)


def test_pixels_and_labels_are_those_stored(toys, mode):
    dataset = images("toys", batch_size=16, labels=True, shuffle=False, data_dir=toys)
    batch, labels = all_of(dataset)
    np.testing.assert_array_equal(batch, pixels_of((6, 5, 3))[:-10] / np.float32(255))
    np.testing.assert_array_equal(labels, np.arange(50) % 3)


def test_slices_of_splits(toys, mode):
    dataset = images("toys", "train[40%:80%]", batch_size=16, labels=True, data_dir=toys)
    batch, labels = all_of(dataset)
    first = np.round(batch[:, 0, 0, 0] * 255).astype(int)
    np.testing.assert_array_equal(np.sort(first), np.arange(20, 40))
    np.testing.assert_array_equal(labels, first % 3)
    assert not np.array_equal(first, np.sort(first))


def test_streaming_shuffles_sees_each_once_and_resumes(toys, monkeypatch):
    monkeypatch.setattr(examples, "MEMORY_LIMIT", 0)
    monkeypatch.setattr(tfds_records, "_WINDOW_EXAMPLES", (16, 16))  # several windows an epoch

    def run(first_epoch, count):
        dataset = images(
            "toys",
            batch_size=16,
            labels=True,
            binarize="dynamic",
            first_epoch=first_epoch,
            data_dir=toys,
        )
        return [all_of(dataset) for _ in range(count)]

    whole, resumed = run(0, 4), run(2, 2)
    for expected, got in zip(whole[2:], resumed, strict=True):
        np.testing.assert_array_equal(expected[0], got[0])
        np.testing.assert_array_equal(expected[1], got[1])
    assert not np.array_equal(whole[0][0], whole[1][0])

    dataset = images("toys", batch_size=16, labels=True, data_dir=toys)
    batch, labels = all_of(dataset)
    first = np.round(batch[:, 0, 0, 0] * 255).astype(int)
    np.testing.assert_array_equal(np.sort(first), np.arange(50))
    np.testing.assert_array_equal(labels, first % 3)


def test_static_draw_does_not_depend_on_order_or_streaming(toys, mode):
    def draw(**options):
        dataset = images("toys", labels=True, binarize="static", data_dir=toys, seed=4, **options)
        return all_of(dataset)[0]

    straight = draw(batch_size=7, shuffle=False)
    np.testing.assert_array_equal(
        straight, images_as_array(pixels_of((6, 5, 3))[:-10], binarize="static", seed=4)
    )
    shuffled = draw(batch_size=32)
    assert sorted(x.tobytes() for x in straight) == sorted(x.tobytes() for x in shuffled)


def test_indices_run_on_through_several_files(toys, mode):
    """Two splits are two files; the static draw tells whether an image keeps its place."""
    draw = images_as_array(pixels_of((6, 5, 3)), binarize="static")
    options = {"labels": True, "binarize": "static", "batch_size": 16, "data_dir": toys}
    batch, labels = all_of(images("toys", "train+test", shuffle=False, **options))
    np.testing.assert_array_equal(batch, draw)
    np.testing.assert_array_equal(labels, np.arange(COUNT) % 3)
    shuffled, _ = all_of(images("toys", "train+test", **options))
    assert sorted(x.tobytes() for x in shuffled) == sorted(x.tobytes() for x in draw)


def images_as_array(array, **options):
    return np.concatenate(list(images(array, "test", batch_size=10, **options)))


def test_size_resizes_as_folders_do(toys, mode):
    from tfgen.data.photos import resize

    dataset = images("toys", "test", batch_size=10, labels=True, size=(3, 3), data_dir=toys)
    batch, _ = all_of(dataset)
    expected = np.stack([resize(image, (3, 3)) for image in pixels_of((6, 5, 3))[-10:]])
    np.testing.assert_array_equal(batch, expected / np.float32(255))


@pytest.mark.skipif(not os.path.exists("/proc/self/statm"), reason="reads memory use from /proc")
def test_streaming_needs_no_more_memory_for_a_larger_set(tmp_path, monkeypatch):
    """Resident memory stays far below the 246 MiB of decoded pixels."""
    monkeypatch.setattr(examples, "MEMORY_LIMIT", 2**20)
    store(tmp_path, "large", np.zeros((256, 1024, 1024, 1), np.uint8))
    before = resident_bytes()
    dataset = images("large", batch_size=2, data_dir=tmp_path)
    resident, seen = [], 0
    for batch in dataset:
        seen += len(batch)
        resident.append(resident_bytes())
    assert seen == 246
    assert max(resident) - before < 150 * 2**20  # a few batches of 8 MiB are in flight


def resident_bytes():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def test_the_data_directory_is_found(toys, tmp_path, monkeypatch):
    monkeypatch.delenv("TFDS_DATA_DIR", raising=False)
    here = tmp_path / "project"
    here.mkdir()
    monkeypatch.chdir(here)
    assert catalogue.data_directory("toys") is None
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared" / "tfds").symlink_to(toys)
    assert len(next(iter(images("toys", batch_size=16)))) == 16
    assert catalogue.data_directory("other") is None
    monkeypatch.setenv("TFDS_DATA_DIR", "elsewhere")
    assert catalogue.data_directory("toys") == "elsewhere"
    assert catalogue.data_directory("toys", "given") == "given"


def test_prepared_sets_are_read_without_network_or_output(toys, monkeypatch, capfd):
    monkeypatch.setattr(socket, "getaddrinfo", None)
    monkeypatch.setattr(socket.socket, "connect", None)
    next(iter(images("toys", batch_size=16, data_dir=toys)))
    captured = capfd.readouterr()
    assert "ownload" not in captured.out + captured.err
    assert "%" not in captured.err


def test_unknown_data_sets_and_splits(toys):
    with pytest.raises(ValueError, match='"nmist": expected|nmist.*similar: mnist') as caught:
        images("nmist", batch_size=1, data_dir=toys)
    assert '"./nmist"' in str(caught.value) and "\n" not in str(caught.value)
    with pytest.raises(
        ValueError, match="no split 'valid': it has 'train', 'test'|'test', 'train'"
    ):
        images("toys", "valid", batch_size=1, data_dir=toys)


def test_a_set_that_is_not_on_disk_offline(tmp_path, monkeypatch):
    def offline(*_):
        raise socket.gaierror("offline")

    monkeypatch.setattr(socket, "getaddrinfo", offline)
    for name in ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(FileNotFoundError, match="is not in .*mnist.*cannot reach") as caught:
        images("mnist", batch_size=1, data_dir=tmp_path)
    message = str(caught.value)
    assert str(tmp_path) in message and "TFDS_DATA_DIR" in message and "\n" not in message


def test_sets_without_8_bit_images_are_refused(tmp_path):
    rows = np.arange(4, dtype=np.int64)
    tfds.dataset_builders.store_as_tfds_dataset(
        name="numbers",
        version="1.0.0",
        features=tfds.features.FeaturesDict({"value": np.int64}),
        split_datasets={"train": tf.data.Dataset.from_tensor_slices({"value": rows})},
        data_dir=tmp_path,
    )
    with pytest.raises(ValueError, match="has no 8-bit images: it has value"):
        images("numbers", batch_size=1, data_dir=tmp_path)


def test_mnist_where_it_is_at_hand():
    folder = catalogue.data_directory("mnist")
    if folder is None or not (tf.io.gfile.exists(f"{folder}/mnist")):
        pytest.skip("MNIST is neither in TFDS_DATA_DIR nor in ../shared/tfds")
    dataset = images("mnist", "test", batch_size=5000, labels=True, value_range=(0.0, 255.0))
    batch, labels = all_of(dataset)
    assert batch.shape == (10_000, 28, 28, 1)
    np.testing.assert_array_equal(
        np.bincount(labels), [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    )
    np.testing.assert_allclose(batch.mean(), 33.7912, atol=1e-3)


@pytest.fixture(scope="module")
def trains(tmp_path_factory):
    """A data directory with `trains`, of a train split only, in which three images are equal."""
    folder = tmp_path_factory.mktemp("trains")
    array = pixels_of((6, 5, 3))
    array[1] = array[31] = array[0]
    store(folder, "trains", array, split_at=None)
    return folder


def test_without_a_test_split_a_share_is_held_out(trains, mode):
    source = open_source("trains", data_dir=trains, holdout=0.3)
    assert sum(source.spec.counts.values()) == COUNT
    sides = {}
    for split in ("train", "test"):
        batch, labels = all_of(source.batches(split, batch_size=16, labels=True, shuffle=False))
        assert len(batch) == source.spec.counts[split]
        sides[split] = {image.tobytes() for image in batch}
        number = np.round(batch[:, 0, 0, 0] * 255).astype(int)
        known = number > 0  # the three copies of image 0 have labels of their own
        np.testing.assert_array_equal(labels[known], number[known] % 3)
    assert not sides["train"] & sides["test"]
    assert len(sides["train"] | sides["test"]) == COUNT - 2


def test_the_same_are_held_out_in_memory_and_streamed(trains, monkeypatch):
    def train():
        source = open_source("trains", data_dir=trains, holdout=0.3)
        dataset = source.batches("train", batch_size=16, labels=True, shuffle=False)
        return all_of(dataset)[0]

    held = train()
    monkeypatch.setattr(examples, "MEMORY_LIMIT", 0)
    np.testing.assert_array_equal(held, train())


@pytest.mark.parametrize("encoding", ["png", "jpeg"])
def test_the_choice_is_that_of_the_images_alone(tmp_path, encoding):
    """Not of labels, of the order, or of how the records were written."""

    def held_out(name, rows):
        image = tfds.features.Image(shape=(16, 16, 3), encoding_format=encoding)
        store(tmp_path, name, pixels_of((16, 16, 3))[rows], split_at=None, image=image)
        source = open_source(name, data_dir=tmp_path, holdout=0.3)
        batch, _ = all_of(source.batches("test", batch_size=16, labels=True))
        return sorted(example.tobytes() for example in batch)

    rows = np.arange(COUNT)
    assert held_out("one", rows) == held_out("other", rows[::-1])


def test_streamed_training_examples_are_shuffled_each_once_and_resumed(trains, monkeypatch):
    monkeypatch.setattr(examples, "MEMORY_LIMIT", 0)
    source = open_source("trains", data_dir=trains, holdout=0.3)
    options = {"batch_size": 16, "labels": True, "flip": True, "binarize": "static"}

    def epochs(first_epoch, count):
        dataset = source.batches("train", first_epoch=first_epoch, **options)
        return [all_of(dataset)[0] for _ in range(count)]

    whole = epochs(0, 3)
    np.testing.assert_array_equal(whole[2], epochs(2, 1)[0])
    assert not np.array_equal(whole[0], whole[1])


def test_a_test_split_is_the_test_set(toys):
    source = open_source("toys", data_dir=toys)
    assert dict(source.spec.counts) == {"train": 50, "test": 10}
    assert source.spec.classes == ("0", "1", "2") and source.spec.shape == (6, 5, 3)
    batch, _ = all_of(source.batches("test", batch_size=16, labels=True))
    np.testing.assert_array_equal(batch, pixels_of((6, 5, 3))[-10:] / np.float32(255))


def test_small_images_are_not_made_larger(toys):
    with pytest.raises(ValueError, match="smaller than 8x8, the smallest 6x5"):
        open_source("toys", size=8, data_dir=toys)


def cut(path):
    path.write_bytes(path.read_bytes()[:-100])


def flip_a_bit(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("pattern", "damage", "message"),
    [
        ("*train.tfrecord*", cut, r"train.tfrecord\S+ \([\d,]+ bytes, [\d,]+ when it was prepared"),
        ("*test.tfrecord*", cut, r"test.tfrecord\S+ \([\d,]+ bytes"),
        ("*train.tfrecord*", flip_a_bit, "1.0.0 .corrupted record at"),
        ("*train.tfrecord*", os.remove, r"train.tfrecord\S+ \(the file is missing"),
        ("dataset_info.json", os.remove, "dataset_info.json .the file is missing"),
        ("features.json", os.remove, "features.json .the file is missing"),
        ("dataset_info.json", cut, "dataset_info.json .(Unterminated|Expecting)"),
        ("dataset_info.json", lambda path: path.write_text(""), "dataset_info.json .Expecting"),
        ("features.json", lambda path: path.write_text("{"), "features.json .Expecting"),
    ],
)
def test_damage_is_named_before_training(toys, tmp_path, pattern, damage, message):
    shutil.copytree(toys / "toys", tmp_path / "toys")
    (path,) = (tmp_path / "toys" / "1.0.0").glob(pattern)
    damage(path)
    with pytest.raises(ValueError, match=f"'toys' is damaged: .*{message}") as caught:
        open_source("toys", data_dir=tmp_path).batches("train", batch_size=8)
    assert "\n" not in str(caught.value) and "Delete its folder" in str(caught.value)
    assert str(tmp_path) in str(caught.value)


def test_a_broken_off_download_is_no_damage(toys, tmp_path):
    (tmp_path / "lost" / "incomplete.AB_1.0.0").mkdir(parents=True)
    (tmp_path / "lost" / "incomplete.AB_1.0.0" / "lost-train.tfrecord-00000").write_bytes(b"")
    with pytest.raises(ValueError, match="'lost' is no data set"):
        open_source("lost", data_dir=tmp_path)


def test_sets_of_several_sizes_need_a_size_and_say_so(tmp_path):
    def examples_():
        for i in range(8):
            pixels = np.full((6 + i, 9, 3), 30 * i, np.uint8)
            yield {"image": pixels, "label": np.int64(i % 2)}

    features = tfds.features.FeaturesDict(
        {"image": tfds.features.Image(), "label": tfds.features.ClassLabel(names=["cat", "dog"])}
    )
    signature = {
        "image": tf.TensorSpec([None, None, 3], tf.uint8),
        "label": tf.TensorSpec([], tf.int64),
    }
    tfds.dataset_builders.store_as_tfds_dataset(
        name="several",
        version="1.0.0",
        features=features,
        split_datasets={
            "train": tf.data.Dataset.from_generator(examples_, output_signature=signature)
        },
        data_dir=tmp_path,
    )
    with pytest.raises(ValueError, match="images of different sizes: expected one"):
        open_source("several", data_dir=tmp_path)
    source = open_source("several", size=6, data_dir=tmp_path)
    assert source.notes == ("images of several sizes: all become 6x6",)
    assert source.spec.classes == ("cat", "dog")
    assert next(iter(source.batches("train", batch_size=2))).shape == (2, 6, 6, 3)
