"""The generators and discriminators for images: what they compute and what they can go through."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter

from tfgen import losses, networks, sampling
from tfgen.networks import SpectralNormalization

PAIRS = {
    "dcgan": (networks.dcgan_generator, networks.dcgan_discriminator, {"batch_norm": False}),
    "residual": (networks.residual_generator, networks.residual_discriminator, {}),
    "r3gan": (networks.r3gan_generator, networks.r3gan_discriminator, {"blocks": 1}),
}
each = pytest.mark.parametrize("name", PAIRS)
LABELS = np.array([0, 2, 1], np.int32)


def draw(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def pair(name, image_shape=(8, 8, 1), num_classes=None, width=2):
    make_generator, make_discriminator, options = PAIRS[name]
    blocks = {k: v for k, v in options.items() if k == "blocks"}
    generator = make_generator(5, image_shape, width, num_classes, **blocks)
    return generator, make_discriminator(image_shape, width, num_classes, **options)


@each
@pytest.mark.parametrize("image_shape", [(28, 28, 1), (64, 48, 3), (13, 9, 2)])
def test_every_shape_of_image_comes_out_and_is_judged(name, image_shape):
    generator, discriminator = pair(name, image_shape)
    images = generator(draw(2, 5))
    assert images.shape == (2, *image_shape)
    assert discriminator(images).shape == (2, 1)


@each
def test_penalty_reaches_every_weight_of_the_discriminator(name):
    """Second derivatives exist, and each layer takes part in the gradient by the image."""
    _, discriminator = pair(name, num_classes=3)
    if name == "r3gan":  # whose blocks begin as the identity
        discriminator.set_weights([w + 0.1 * draw(*w.shape) for w in discriminator.get_weights()])
    images = draw(3, 8, 8, 1)

    def logits(x):
        return discriminator([x, tf.constant(LABELS)], training=True)[:, 0]

    with tf.GradientTape() as tape:
        values = losses.r1(1.0)(logits, images, images, sampling.seeds(0, 3), step=0)
    kernels = [v for v in discriminator.trainable_variables if "bias" not in v.path]
    for kernel, gradient in zip(kernels, tape.gradient(values, kernels), strict=True):
        gradient = np.asarray(tf.convert_to_tensor(gradient))
        assert np.isfinite(gradient).all() and np.abs(gradient).max() > 0, kernel.path


@each
def test_generator_and_its_label_reach_every_pixel(name):
    generator, _ = pair(name, num_classes=3)
    if name == "r3gan":
        generator.set_weights([w + 0.1 * draw(*w.shape) for w in generator.get_weights()])
    z = np.repeat(draw(1, 5), 3, axis=0)
    images = generator([z, LABELS]).numpy()
    assert np.all(np.ptp(images, axis=0) > 0)
    moved = generator([z + 0.5, LABELS]).numpy()
    assert np.all(np.abs(moved - images) > 0)


@each
def test_projection_adds_the_match_of_features_and_class(name):
    _, discriminator = pair(name, num_classes=3)
    dense = discriminator.get_layer("label_match")._inbound_nodes[0].parent_nodes[0].operation
    features = keras.Model(discriminator.inputs, dense.output)
    images = np.repeat(draw(1, 8, 8, 1), 3, axis=0)
    h = features([images, LABELS]).numpy()
    (table,) = [v for v in discriminator.trainable_variables if "embeddings" in v.path]
    table = np.asarray(table)
    if name == "residual":
        table = table / float(discriminator.get_layer(_embedding(discriminator)).sigma())
    logits = discriminator([images, LABELS]).numpy()[:, 0]
    expected = np.sum(h * table[LABELS], axis=1)
    np.testing.assert_allclose(logits - logits[0], expected - expected[0], rtol=1e-3, atol=1e-4)


def _embedding(network):
    wrapped = [each for each in network.layers if isinstance(each, SpectralNormalization)]
    return next(w.name for w in wrapped if isinstance(w.layer, keras.layers.Embedding))


@each
def test_keras_file_gives_the_same_networks(name, tmp_path):
    for network, x in zip(pair(name, num_classes=3), (draw(3, 5), draw(3, 8, 8, 1)), strict=True):
        network([x, LABELS], training=True)
        network.save(tmp_path / "network.keras")
        loaded = keras.models.load_model(tmp_path / "network.keras")
        np.testing.assert_array_equal(loaded([x, LABELS]), network([x, LABELS]))


@each
def test_half_precision_ends_in_float32(name):
    keras.config.set_dtype_policy("mixed_bfloat16")
    generator, discriminator = pair(name, num_classes=3)
    images = generator([draw(3, 5), LABELS])
    logits = discriminator([images, tf.constant(LABELS)])
    assert images.dtype == logits.dtype == tf.float32
    assert np.isfinite(logits).all()


def test_bounded_generators_stay_within_their_range():
    for name in ("dcgan", "residual"):
        generator, _ = pair(name)
        generator.set_weights([10 * w for w in generator.get_weights()])
        images = generator(draw(20, 5)).numpy()
        assert np.abs(images).max() <= 1.0
        assert images.max() > 0.9 and images.min() < -0.9


def test_r3gan_blocks_begin_as_the_identity():
    """Fix-up: with the last convolution zero, a network of many blocks computes that of few."""
    keras.utils.set_random_seed(0)
    few = networks.r3gan_discriminator((8, 8, 1), 2, blocks=1)
    many = networks.r3gan_discriminator((8, 8, 1), 2, blocks=3)
    for layer in few.layers:
        if layer.weights and "block" not in layer.name:
            many.get_layer(layer.name).set_weights(layer.get_weights())
    x = draw(3, 8, 8, 1)
    np.testing.assert_allclose(few(x), many(x), atol=1e-6)


def test_r3gan_layers_begin_with_the_spread_of_fix_up():
    network = networks.r3gan_discriminator((16, 16, 1), 64, blocks=2)
    total, fan_in = 6, 128  # blocks at 16, 8 and 4 pixels; 1x1 convolution from 128 channels
    kernel = np.asarray(network.get_layer("size_1_block_0_in").kernel)
    assert kernel.shape == (1, 1, 128, 256)
    expected = np.sqrt(2 / 1.04) * total**-0.25 / np.sqrt(fan_in)
    assert np.std(kernel) == pytest.approx(expected, rel=0.02)


def test_wrapped_discriminator_has_nothing_but_normalised_layers():
    for network in (
        networks.residual_discriminator((16, 16, 1), 4, num_classes=3),
        networks.dcgan_discriminator(
            (16, 16, 1), 4, 3, batch_norm=False, wrap=SpectralNormalization
        ),
    ):
        for layer in network.layers:
            assert isinstance(layer, SpectralNormalization) or not layer.trainable_weights


def test_dcgan_norms_stand_behind_all_convolutions_but_the_first():
    network = networks.dcgan_discriminator((32, 32, 1), 4)
    names = [e.name for e in network.layers if isinstance(e, keras.layers.BatchNormalization)]
    assert names == ["down_1_norm", "down_2_norm"]


@pytest.mark.parametrize("name", ["dcgan", "r3gan"])
def test_generator_becomes_builtin_operations_of_four_dimensions(name, tmp_path):
    generator, _ = pair(name, (14, 14, 1))
    archive = keras.export.ExportArchive()
    archive.track(generator)
    archive.add_endpoint("serve", generator, input_signature=[tf.TensorSpec([1, 5])])
    archive.write_out(str(tmp_path / "saved"), verbose=False)
    content = tf.lite.TFLiteConverter.from_saved_model(str(tmp_path / "saved")).convert()
    interpreter = Interpreter(model_content=content)
    assert max(len(t["shape"]) for t in interpreter.get_tensor_details()) == 4
    runner = interpreter.get_signature_runner()
    z = draw(1, 5)
    (images,) = runner(**{next(iter(runner.get_input_details())): z}).values()
    np.testing.assert_allclose(images, generator(z), atol=1e-4)


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: networks.dcgan_generator(5, (7, 8, 1)), "from 8 to 128"),
        (lambda: networks.dcgan_discriminator((8, 8)), "dcgan_discriminator received image_shape"),
        (lambda: networks.residual_generator(0, (8, 8, 1)), "latent_dim=0"),
        (lambda: networks.residual_discriminator((8, 8, 1), num_classes=1), "num_classes=1"),
        (lambda: networks.r3gan_generator(5, (8, 8, 1), blocks=0), "blocks=0"),
        (lambda: networks.r3gan_discriminator((8, 8, 1), width=0), "width=0"),
        (lambda: networks.dcgan_discriminator((8, 8, 1), group_size=1), "group_size=1"),
    ],
)
def test_wrong_arguments_are_named(build, message):
    with pytest.raises(ValueError, match=message):
        build()
