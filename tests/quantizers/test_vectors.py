"""Codebooks of vectors and residuals, by hand."""

import numpy as np
import pytest
import tensorflow as tf

from tfgen.quantizers import FSQ, EMAQuantizer, Projected, ResidualQuantizer, VectorQuantizer
from tfgen.quantizers.choice import choose_rows


def with_codes(quantizer, codes):
    quantizer.build((None, len(codes[0])))
    quantizer.codebook.assign(codes)
    return quantizer


def column(*values):
    return tf.constant([[value] for value in values], tf.float32)


def test_losses_and_their_gradients_by_hand():
    quantizer = with_codes(VectorQuantizer(2, 2, commitment=0.5), [[0.0, 0.0], [4.0, 4.0]])
    x = tf.constant([[[1.0, 0.0], [3.0, 4.0]]])  # one example of two vectors, 1 from their codes
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        quantized = quantizer(x)
    assert quantized.indices.numpy().tolist() == [[0, 1]]
    np.testing.assert_allclose(quantized.loss, [(1 + 1) * 1.5])
    np.testing.assert_allclose(tape.gradient(quantized.loss, x), [[[1, 0], [-1, 0]]])
    gradient = tf.convert_to_tensor(tape.gradient(quantized.loss, quantizer.codebook.value))
    np.testing.assert_allclose(gradient, [[-2, 0], [2, 0]])
    assert tape.gradient(quantized.codes, quantizer.codebook.value) is None


def test_cosine_compares_directions():
    quantizer = with_codes(VectorQuantizer(2, 2, cosine=True), [[3.0, 0.0], [0.0, 0.1]])
    quantized = quantizer(tf.constant([[1.0, 9.0], [0.02, 0.01]]))
    assert quantized.indices.numpy().tolist() == [1, 0]
    np.testing.assert_allclose(quantized.codes, [[0, 1], [1, 0]], atol=1e-6)


def test_ema_update_by_hand():
    quantizer = EMAQuantizer(2, 1, decay=0.5, revive_below=0.0, from_data=False)
    with_codes(quantizer, [[0.0], [10.0]])
    quantized = quantizer(column(1, 2, 9), training=True)
    # N = (2, 1) / 2, S = (1 + 2, 9) / 2; the codes returned are those of before
    np.testing.assert_allclose(quantizer.codebook, [[1.5], [9.0]])
    np.testing.assert_allclose(quantized.codes, [[0], [0], [10]])
    np.testing.assert_allclose(quantized.loss, 0.25 * np.array([1, 4, 1]))
    quantizer(column(2, 4), training=True)
    # N = (0.5 + 1, 0.25), S = (0.75 + 3, 2.25)
    np.testing.assert_allclose(quantizer.counts, [1.5, 0.25])
    np.testing.assert_allclose(quantizer.codebook, [[2.5], [9.0]])
    before = [w.numpy() for w in quantizer.weights]
    quantizer(column(7))  # not in training
    for old, weight in zip(before, quantizer.weights, strict=True):
        np.testing.assert_array_equal(old, weight)


def test_first_batch_gives_the_codes():
    quantizer = EMAQuantizer(4, 1)
    x = column(5, 7, 11, 13)
    np.testing.assert_array_equal(quantizer(x, training=True).codes, x)
    np.testing.assert_allclose(np.sort(quantizer.codebook, axis=0), x, rtol=1e-6)
    without = EMAQuantizer(4, 1, from_data=False)
    assert np.abs(without(x, training=True).codes).max() <= 0.25


def test_dead_code_moves_to_the_worst_served_input():
    quantizer = with_codes(EMAQuantizer(2, 1, from_data=False), [[0.0], [100.0]])
    quantizer(column(0, 0, 0, 5), training=True)
    np.testing.assert_allclose(quantizer.codebook, [[1.25], [5.0]], rtol=1e-6)
    # the revived code has half of the other's count, an even share of what was there
    np.testing.assert_allclose(quantizer.counts[1] / quantizer.counts[0], 0.5, rtol=1e-6)
    dead = with_codes(EMAQuantizer(2, 1, from_data=False, revive_below=0.0), [[0.0], [100.0]])
    dead(column(0, 0, 0, 5), training=True)
    np.testing.assert_allclose(dead.codebook, [[1.25], [100.0]], rtol=1e-6)


def test_copies_in_the_batch_do_not_become_two_codes():
    """Of eight equal inputs and two others, three codes are made; the fourth has nothing to be."""
    quantizer = EMAQuantizer(4, 1)
    x = column(*[7.0] * 8, 3, 5)
    for _ in range(2):
        quantizer(x, training=True)
    near = np.abs(quantizer.codebook.numpy() - [[3, 5, 7]]) < 1e-5
    assert near.sum(axis=0).tolist() == [1, 1, 1]


def test_revival_brings_every_code_into_use():
    """32 clusters, 32 codes, small batches."""
    rng = np.random.default_rng(0)
    centres = 10 * rng.normal(size=(32, 4))

    def draw(count):
        picked = centres[rng.integers(32, size=count)]
        return (picked + 0.1 * rng.normal(size=picked.shape)).astype(np.float32)

    def codes_in_use(**arguments):
        quantizer = EMAQuantizer(32, 4, decay=0.9, **arguments)
        step = tf.function(lambda x: quantizer(x, training=True).indices)
        for _ in range(60):
            step(draw(64))
        return len(np.unique(quantizer(draw(1000)).indices))

    assert codes_in_use() == 32
    assert codes_in_use(revive_below=0.0, from_data=False) < 24


def test_rows_are_drawn_without_replacement_and_like_their_weights():
    rows = tf.range(8.0)[:, None]
    weights = tf.constant([0.0, 1, 1, 1, 1, 1, 1, 64])
    draw = tf.function(lambda seed: choose_rows(rows, weights, 3, seed)[:, 0])
    draws = np.array([draw(tf.constant(seed)) for seed in range(300)])
    assert all(len(set(draw)) == 3 for draw in draws) and 0 not in draws
    assert abs(np.mean(draws[:, 0] == 7) - 64 / 70) < 0.05
    assert sorted(choose_rows(rows[:2], weights[1:3], 4, 0).numpy().ravel()) == [0, 0, 1, 1]


@pytest.mark.parametrize("jit", [False, True])
def test_learns_alike_in_compiled_graphs(jit):
    x = tf.constant(np.random.default_rng(0).normal(size=(16, 3)).astype(np.float32))
    eager, compiled = EMAQuantizer(8, 3), EMAQuantizer(8, 3)
    step = tf.function(lambda x: tuple(compiled(x, training=True)), jit_compile=jit)
    for quantizer in (eager, compiled):
        quantizer.build(x.shape)
    for _ in range(3):
        eager(x, training=True)
        step(x)
    np.testing.assert_allclose(eager.codebook, compiled.codebook, atol=1e-6)


def test_residual_sums_its_stages_by_hand():
    stages = [VectorQuantizer(2, 1), VectorQuantizer(2, 1)]
    for stage, codes in zip(stages, ([[0.0], [10.0]], [[-1.0], [1.0]]), strict=True):
        with_codes(stage, codes)
    quantized = ResidualQuantizer(stages)(column(8.5, 1.5))
    assert quantized.indices.numpy().tolist() == [[1, 0], [0, 1]]
    np.testing.assert_allclose(quantized.codes, [[9], [1]])
    np.testing.assert_allclose(quantized.loss, 1.25 * np.array([1.5**2 + 0.5**2, 1.5**2 + 0.5**2]))


@pytest.mark.parametrize("kind", [VectorQuantizer, EMAQuantizer])
def test_every_stage_of_a_residual_pulls_at_the_inputs_and_at_its_codes(kind):
    quantizer = ResidualQuantizer([kind(4, 2), kind(4, 2), kind(4, 2)])
    x = tf.constant(np.random.default_rng(0).normal(size=(16, 2)).astype(np.float32))
    quantizer(x, training=True)
    residual, losses = x, []
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        whole = quantizer(x).loss
        residual = x
        for stage in quantizer.quantizers:
            quantized = stage(residual)
            losses.append(quantized.loss)
            residual = residual - tf.stop_gradient(quantized.codes)
    gradients = [tape.gradient(loss, x).numpy() for loss in losses]
    for gradient in gradients:
        assert np.abs(gradient).max() > 1e-3
    np.testing.assert_allclose(tape.gradient(whole, x), sum(gradients), rtol=1e-4, atol=1e-6)
    if kind is VectorQuantizer:
        for stage in quantizer.quantizers:
            gradient = tf.convert_to_tensor(tape.gradient(whole, stage.codebook.value))
            assert np.abs(gradient).max() > 1e-3


def test_residual_gets_one_gradient_not_one_per_stage():
    quantizer = ResidualQuantizer([VectorQuantizer(4, 2) for _ in range(3)])
    x = tf.constant([[0.3, 0.7]])
    with tf.GradientTape() as tape:
        tape.watch(x)
        loss = tf.reduce_sum(quantizer(x).codes * [2.0, 3.0])
    np.testing.assert_array_equal(tape.gradient(loss, x), [[2.0, 3.0]])


def test_residual_of_grids_halves_the_error_again_and_again():
    x = tf.constant(np.random.default_rng(0).normal(size=(100, 3)).astype(np.float32))
    levels = (5, 5, 5)
    one = FSQ(levels)
    two = ResidualQuantizer([one, FSQ(levels, scale=0.25, squash=False)])
    target = np.tanh(x)
    assert np.abs(one(x).codes - target).max() <= 0.25 + 1e-6
    assert np.abs(two(x).codes - target).max() <= 0.0625 + 1e-6


@pytest.mark.parametrize("stages", [
    [EMAQuantizer(4, 2, cosine=True), EMAQuantizer(4, 2)],
    [Projected(EMAQuantizer(4, 2), 2), EMAQuantizer(4, 2)],
])  # fmt: skip
def test_residual_refuses_codes_in_another_unit(stages):
    with pytest.raises(ValueError, match="in the unit of the inputs"):
        ResidualQuantizer(stages)


def test_bad_sizes():
    with pytest.raises(ValueError, match="codebook_size=1: expected an integer of at least 2"):
        EMAQuantizer(1, 8)
    with pytest.raises(ValueError, match="code_dim=0: expected an integer of at least 1"):
        VectorQuantizer(8, 0)
    with pytest.raises(ValueError, match="decay=1.0: expected a finite number"):
        EMAQuantizer(8, 8, decay=1.0)
    with pytest.raises(ValueError, match="1 stages: expected at least 2"):
        ResidualQuantizer([EMAQuantizer(8, 8)])
    with pytest.raises(ValueError, match="different"):
        ResidualQuantizer([EMAQuantizer(8, 8), EMAQuantizer(4, 8)])
