import concurrent.futures
import csv
import types

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image
from scipy.stats import norm
from sklearn.datasets import load_digits

from tfgen import kinds, plots, runs, sampling
from tfgen.endpoints import of_seeds


def _digits(count):
    return (load_digits().images[:count, ..., None] / 16).astype(np.float32)


def test_grid_places_each_image_at_its_row_and_column():
    shades = np.array([0.0, 0.2, 0.4, 0.6, 0.8], np.float32)
    images = np.broadcast_to(shades[:, None, None, None], (5, 200, 100, 1))
    picture = plots.image_grid(images, columns=3)
    assert picture.shape == (2 * 200 + 1, 3 * 100 + 2, 1) and picture.dtype == np.uint8
    for i, shade in enumerate(shades):
        top, left = 201 * (i // 3), 101 * (i % 3)
        assert np.all(picture[top : top + 200, left : left + 100] == round(255 * shade))
    assert np.all(picture[200] == 255) and np.all(picture[:, 100] == 255)  # gutters
    assert np.all(picture[201:, 202:] == 255)  # the place of the sixth


def test_tiny_images_are_enlarged_by_repeating_pixels():
    picture = plots.image_grid(_digits(64))
    side = 8 * 8 + 7
    factor = picture.shape[0] // side
    assert picture.shape == (side * factor, side * factor, 1) and picture.shape[0] > 400
    small = picture[::factor, ::factor]
    np.testing.assert_array_equal(small.repeat(factor, 0).repeat(factor, 1), picture)
    np.testing.assert_array_equal(small[9:17, :8], np.round(255 * _digits(9)[8]))


def test_value_range_is_mapped_to_black_and_white_and_clipped():
    row = np.array([-2.0, -1.0, 0.0, 1.0, 9.0, np.nan], np.float32)
    image = np.broadcast_to(row[None, None, :, None], (1, 600, 6, 1))
    picture = plots.image_grid(image, value_range=(-1.0, 1.0))
    assert picture[0, :, 0].tolist() == [0, 0, 128, 255, 255, 0]


def test_reconstructions_stand_below_their_originals():
    originals = np.broadcast_to(np.linspace(0, 0.5, 4)[:, None, None, None], (4, 300, 100, 3))
    picture = plots.reconstructions(originals, originals + 0.4, columns=2)
    second_pair = picture[301 + 300 + 75 :]
    assert np.all(second_pair[:300, :100] == round(255 * np.linspace(0, 0.5, 4)[2]))
    assert np.all(second_pair[301:, 101:] == round(255 * 0.9))


def test_traversal_asks_for_quantiles_of_the_prior_one_unit_at_a_time():
    asked = []

    def decode(z):
        asked.append(z)
        return np.zeros((len(z), 8, 8, 1), np.float32)

    start = np.array([0.5, -0.5, 0.25])
    figure = plots.traversal(decode, 3, start, units=[2, 0], columns=5)
    latents = asked[0].reshape(2, 5, 3)
    assert latents.dtype == np.float32
    np.testing.assert_array_equal(latents[0, :, :2], np.tile(start[:2], (5, 1)))
    np.testing.assert_array_equal(latents[1, :, 1:], np.tile(start[1:], (5, 1)))
    probabilities = norm.cdf(latents[0, :, 2])
    np.testing.assert_allclose(latents[0, [0, -1], 2], [-2.5, 2.5], rtol=1e-6)
    np.testing.assert_allclose(np.diff(probabilities), np.diff(probabilities)[0], rtol=1e-4)
    np.testing.assert_array_equal(latents[1, :, 0], latents[0, :, 2])
    axes = figure.axes[0]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["z2", "z0"]
    assert axes.get_xticklabels()[2].get_text() == "0"


def test_directions_are_walked_from_the_start_by_quantiles():
    seen = []

    def decode(z):
        seen.append(np.asarray(z))
        return np.zeros((len(z), 8, 8, 1))

    z, walked = [1.0, 2.0, 0.0], np.array([[0.0, 2.0, 0.0], [1.0, 0.0, 1.0]])
    figure = plots.directions(decode, walked, z, names=["slant", "width"], columns=3)
    reached = seen[0].reshape(2, 3, 3)
    np.testing.assert_allclose(reached[:, 1], [z, z], atol=1e-6)
    np.testing.assert_allclose(reached[:, 2] - z, 2.5 * walked, rtol=1e-5)
    np.testing.assert_allclose(reached[:, 0] - z, -2.5 * walked, rtol=1e-5)
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == ["slant", "width"]


@pytest.mark.parametrize("wrong", [{"z": [0.0]}, {"names": ["one"]}])
def test_directions_refuse_what_does_not_fit(wrong):
    with pytest.raises(ValueError, match="2 directions of length 3"):
        plots.directions(lambda z: np.zeros((len(z), 8, 8, 1)), np.eye(3)[:2], **wrong)


def test_interpolations_are_a_row_each_and_begin_and_end_where_they_should():
    ways = np.stack([np.linspace(0, 1, 5), np.linspace(1, 0.5, 5)])[..., None]  # [rows, columns, 1]

    def decode(z):
        return np.broadcast_to(z[:, None, None], (len(z), 8, 8, 1))

    figure = plots.interpolations(decode, ways)
    axes = figure.axes[0]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["1", "2"]
    assert [label.get_text() for label in axes.get_xticklabels()][::2] == ["0.0", "0.5", "1.0"]
    picture = np.asarray(axes.get_images()[0].get_array())
    corners = [picture[row, column, 0] for row in (0, -1) for column in (0, -1)]
    assert corners == [0, 255, 255, 128]


def test_interpolations_want_rows_and_columns_of_latents():
    with pytest.raises(ValueError, match=r"latents of shape \(5, 2\)"):
        plots.interpolations(lambda z: np.zeros((len(z), 8, 8, 1)), np.zeros((5, 2)))


@pytest.mark.parametrize("wrong", [{"z": np.zeros(2)}, {"units": [3]}, {"units": [-1]}])
def test_traversal_refuses_what_does_not_fit_latent_dim(wrong):
    with pytest.raises(ValueError, match="latent_dim=3"):
        plots.traversal(lambda z: np.zeros((len(z), 8, 8, 1)), 3, **wrong)


def test_curves_show_what_the_csv_file_holds(tmp_path):
    path = tmp_path / "history.csv"
    with open(path, "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["epoch", "loss", "rate", "val_rate"])
        writer.writerows([[1, 9, 1.5, ""], [2, 8, 2.5, 2.25], [3, 7, 3.5, 3.25]])
    (axes,) = plots.training_curves(path).axes
    training, validation = axes.get_lines()
    np.testing.assert_array_equal(training.get_xydata(), [[1, 1.5], [2, 2.5], [3, 3.5]])
    np.testing.assert_array_equal(validation.get_xydata(), [[2, 2.25], [3, 3.25]])
    assert axes.get_title("left") == "rate (nats)"


def test_curves_of_a_dict_have_one_panel_a_quantity():
    history = {"elbo": [-3.0, -2.0], "rate": [1.0, 2.0], "val_distortion": [4.0, 3.0]}
    titles = [axes.get_title("left") for axes in plots.training_curves(history).axes]
    assert titles == ["distortion (nats)", "rate (nats)", "elbo (nats)"]
    with pytest.raises(ValueError, match="'accuracy'"):
        plots.training_curves({"accuracy": [1.0]})


def test_scatter_of_many_units_shows_the_principal_plane():
    random = np.random.default_rng(0)
    plane = random.normal(size=(200, 2)) * [5.0, 3.0]
    rotation, _ = np.linalg.qr(random.normal(size=(6, 6)))
    labels = np.arange(200) % 3
    (axes,) = plots.latent_scatter(plane @ rotation[:2], labels).axes
    drawn = np.concatenate([points.get_offsets() for points in axes.collections])
    expected = np.concatenate([plane[labels == label] for label in range(3)])
    distances = [np.linalg.norm(p[:, None] - p[None], axis=-1) for p in (drawn, expected)]
    np.testing.assert_allclose(*distances, atol=1e-6)  # the same up to a rotation
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["0", "1", "2"]


def test_scatter_of_two_units_shows_them_as_they_are():
    means = np.random.default_rng(0).normal(size=(20, 2))
    (axes,) = plots.latent_scatter(means).axes
    np.testing.assert_array_equal(axes.collections[0].get_offsets(), means)
    assert axes.get_xlabel() == "z0" and axes.get_legend() is None


def test_scatter_refuses_labels_of_another_length():
    with pytest.raises(ValueError, match=r"shape \(20, 2\) and labels of shape \(3,\)"):
        plots.latent_scatter(np.zeros((20, 2)), np.zeros(3, int))


@pytest.mark.parametrize("channels", [1, 3])
def test_saved_grid_reads_back_the_same_and_alone(tmp_path, channels):
    images = np.random.default_rng(0).uniform(size=(4, 8, 8, channels))
    path = tmp_path / "new" / "folder" / "grid.png"
    plots.save_grid(images, path)
    plots.save_grid(images, path)  # replaces
    read = np.asarray(Image.open(path)).reshape(plots.image_grid(images).shape)
    np.testing.assert_array_equal(read, plots.image_grid(images))
    assert [p.name for p in path.parent.iterdir()] == ["grid.png"]


def test_a_place_that_cannot_be_written_is_named_and_left_clean(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="could not write a picture there.*file/grid.png"):
        plots.save_grid(_digits(4), tmp_path / "file" / "grid.png")
    (tmp_path / "grid.png").mkdir()
    with pytest.raises(OSError, match="could not write a picture there"):
        plots.save_grid(_digits(4), tmp_path / "grid.png")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["file", "grid.png"]


def test_figures_can_be_made_and_saved_in_threads(tmp_path):
    def draw(i):
        plots.save(plots.training_curves({"rate": [1.0, 2.0]}), tmp_path / f"{i}.png")
        return Image.open(tmp_path / f"{i}.png").convert("L")

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        pictures = [np.asarray(picture) for picture in pool.map(draw, range(8))]
    assert pictures[0].min() < 200  # something is drawn
    assert all(np.array_equal(picture, pictures[0]) for picture in pictures)


@pytest.mark.parametrize("shape", [(8, 8, 1), (0, 8, 8, 1), (2, 8, 8, 2)])
def test_what_is_no_batch_of_images_is_refused(shape):
    with pytest.raises(ValueError, match=f"received images of shape .{shape[0]}, 8"):
        plots.image_grid(np.zeros(shape))


def decoder(latent_dim, num_classes, decoded):
    """A model that is its endpoints: `decode` keeps what it is asked for and gives white images."""

    def decode(z, label=None):
        decoded.append((np.asarray(z), label))
        return {"images": tf.ones([len(z), 4, 4, 1])}

    inputs = {"z": tf.TensorSpec([None, latent_dim], tf.float32)}
    endpoint = of_seeds(decode, inputs, None, num_classes, {"images": kinds.Image()})
    endpoints = {"decode": endpoint, "encode": endpoint}
    return types.SimpleNamespace(num_classes=num_classes, endpoints=lambda: endpoints)


@pytest.mark.parametrize("label, expected", [(None, [0, 1, 0]), (1, [1, 1, 1])])
def test_a_traversal_keeps_its_class_along_each_row(label, expected, tmp_path):
    decoded = []
    for along in (None, "arcs"):
        runs.traverse(decoder(3, 2, decoded), tmp_path / "a.png", label, along, count=3)
        _, asked = decoded.pop()
        np.testing.assert_array_equal(asked.reshape(3, -1), np.repeat(expected, 11).reshape(3, 11))


@pytest.mark.parametrize("label, columns", [(None, 2), (1, 3)])
def test_samples_of_all_classes_stand_in_a_column_each(label, columns, tmp_path):
    def generate(seed, label):
        shade = tf.cast(label, tf.float32)[:, None, None, None]
        return {"images": tf.broadcast_to(shade, [len(seed), 400, 400, 1])}

    inputs = {"seed": tf.TensorSpec([None, 2], tf.int32)}
    endpoint = of_seeds(generate, inputs, None, 2, {"images": kinds.Image()})
    model = types.SimpleNamespace(num_classes=2, endpoints=lambda: {"generate": endpoint})
    runs.sample(model, tmp_path / "a.png", count=6, label=label)
    picture = np.asarray(Image.open(tmp_path / "a.png").convert("L"))
    assert picture.shape[1] == columns * 401 - 1
    assert picture[0, 0] == (255 if label else 0) and picture[0, -1] == 255


def test_arcs_join_random_latents_at_their_usual_length(tmp_path):
    decoded = []
    model = decoder(50, None, decoded)
    runs.traverse(model, tmp_path / "a.png", along="arcs", count=2, seed=3)
    walked = decoded[0][0].reshape(2, 11, 50)
    ends = np.asarray(sampling.normal(sampling.seeds(3, 4), (50,)))
    np.testing.assert_allclose(walked[:, 0], ends[::2], atol=1e-5)
    np.testing.assert_allclose(walked[:, -1], ends[1::2], atol=1e-5)
    lengths, usual = np.linalg.norm(walked, axis=-1), np.linalg.norm(ends, axis=-1)
    assert usual.min() - 0.5 < lengths.min() and lengths.max() < usual.max() + 0.5
