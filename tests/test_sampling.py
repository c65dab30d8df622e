import math

import numpy as np
import pytest
import scipy.stats
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter

from tfgen import sampling

NOISES = {
    "uniform": (sampling.uniform, scipy.stats.uniform()),
    "normal": (sampling.normal, scipy.stats.norm()),
    "gumbel": (sampling.gumbel, scipy.stats.gumbel_r()),
}
each_noise = pytest.mark.parametrize("name", NOISES)


def _reference_bits(seeds, counters):
    """The 23 bits of each number, by the definition, in NumPy's 64-bit integers."""
    word = 2**32 - 1

    def mix(x):
        x = ((x ^ x >> 17) * 0xED5AD4BB) & word
        x = ((x ^ x >> 11) * 0xAC4C1B51) & word
        x = ((x ^ x >> 15) * 0x31848BAB) & word
        return x ^ x >> 14

    seed, row = (np.asarray(seeds)[:, i, None].astype(np.uint64) & word for i in (0, 1))
    counters = np.asarray(counters, np.uint64)[None]
    first = mix((mix(seed) + row) & word)
    second = mix((mix(row ^ 0x9E3779B9) + seed) & word)
    return mix((mix((first + counters * 0x9E3779B9) & word) + second) & word) >> 9


def _bits(seeds, shape=(1,), offset=0):
    return np.round(sampling.uniform(seeds, shape, offset).numpy() * 2.0**23 - 0.5).astype(int)


def _uncorrelated(a, b, sigmas=5.0):
    a, b = np.ravel(a), np.ravel(b)
    return abs(np.corrcoef(a, b)[0, 1]) < sigmas / math.sqrt(a.size)


def _assert_same(name, actual, expected):
    """Equal bits for uniform; a vectorised logarithm may round its last elements differently."""
    tolerance = {} if name == "uniform" else {"rtol": 2e-6, "atol": 5e-7}
    check = np.testing.assert_allclose if tolerance else np.testing.assert_array_equal
    check(actual, expected, **tolerance)


def test_seeds_are_the_seed_and_the_row():
    assert sampling.seeds(7, 3, start=5).numpy().tolist() == [[7, 5], [7, 6], [7, 7]]
    assert sampling.seeds(7, 3).dtype == tf.int32


def test_golden_numbers():
    rows = [[0, 0], [0, 1], [1, 0], [-1, -(2**31)], [2**31 - 1, 12345]]
    golden = [
        [5566189, 8146027, 5636355],
        [413280, 1667623, 7655264],
        [5174382, 3938595, 6440923],
        [5814960, 6583076, 552396],
        [4407139, 3632278, 6708458],
    ]
    assert _bits(rows, (3,)).tolist() == golden
    expected = scipy.stats.norm.ppf((np.array(golden) + 0.5) / 2**23)
    np.testing.assert_allclose(sampling.normal(rows, (3,)), expected, atol=2e-6)


def test_bits_are_those_of_the_definition():
    rows = np.random.default_rng(0).integers(-(2**31), 2**31, (200, 2)).astype(np.int32)
    expected = _reference_bits(rows, np.arange(1000, 1050))
    np.testing.assert_array_equal(_bits(rows, (50,), offset=1000), expected)


@each_noise
def test_distribution(name):
    noise, distribution = NOISES[name]
    values = noise(sampling.seeds(3, 400), (500,)).numpy().ravel().astype(np.float64)
    assert scipy.stats.kstest(values, distribution.cdf).pvalue > 1e-3
    error = distribution.std() / math.sqrt(values.size)
    assert abs(values.mean() - distribution.mean()) < 4 * error
    np.testing.assert_allclose(values.var(), distribution.var(), rtol=0.02)
    wanted = [float(moment) for moment in distribution.stats("sk")]
    assert scipy.stats.skew(values) == pytest.approx(wanted[0], abs=0.05)
    assert scipy.stats.kurtosis(values) == pytest.approx(wanted[1], abs=0.3)


def test_one_number_of_each_row_is_uniform_too():
    first = sampling.uniform(sampling.seeds(11, 100_000), (1,)).numpy().ravel()
    assert scipy.stats.kstest(first, "uniform").pvalue > 1e-3


def test_extremes_are_finite_and_inside():
    values = sampling.uniform(sampling.seeds(0, 1000), (4000,)).numpy()
    assert 0.0 < values.min() < 1e-5
    assert 1.0 - 1e-5 < values.max() < 1.0
    for noise in (sampling.normal, sampling.gumbel):
        assert np.isfinite(noise(sampling.seeds(0, 1000), (4000,))).all()


def test_normal_is_the_quantile_of_uniform():
    rows = sampling.seeds(5, 1000)
    quantiles = scipy.stats.norm.ppf(sampling.uniform(rows, (2000,)).numpy().astype(np.float64))
    normal = sampling.normal(rows, (2000,)).numpy()
    assert np.abs(normal).max() > 4.9
    np.testing.assert_allclose(normal, quantiles, rtol=2e-6, atol=5e-7)


def test_normal_at_the_ends_of_the_grid():
    grid = np.array([0, 1, 2, 3, 100, 2**22 - 1, 2**22, 2**23 - 2, 2**23 - 1])
    x = tf.constant([(grid + 0.5) * 2.0**-22 - 1.0], tf.float32)
    expected = [scipy.stats.norm.ppf((grid + 0.5) / 2**23)]
    np.testing.assert_allclose(sampling._normal_quantile(x), expected, rtol=2e-6)


def test_rows_columns_neighbouring_seeds_and_counters_are_uncorrelated():
    rows = sampling.seeds(100, 256)
    values = sampling.normal(rows, (256,)).numpy()
    assert _uncorrelated(values[1:], values[:-1])
    assert _uncorrelated(values[:, 1:], values[:, :-1])
    assert _uncorrelated(values[1:, 1:], values[:-1, :-1])
    assert _uncorrelated(values[1:, :-1], values[:-1, 1:])
    assert _uncorrelated(values, values.T)
    for step in ([1, 0], [-1, 0], [0, 512], [1, 1], [1, -1], [0, -(2**31)], [-(2**31), 0]):
        assert _uncorrelated(values, sampling.normal(rows + step, (256,))), step


def test_squares_of_neighbours_are_uncorrelated():
    values = np.abs(sampling.normal(sampling.seeds(0, 256), (256,)).numpy())
    assert _uncorrelated(values[1:], values[:-1])
    assert _uncorrelated(values[:, 1:], values[:, :-1])


def test_swapped_words_and_shared_sums_give_other_rows():
    for other in ([2, 1], [0, 3], [3, 0]):
        assert not np.isin(_bits([[1, 2]], (200,)), _bits([other], (200,))).any()


def _flip_rates(changed, base):
    flipped = (changed ^ base)[:, :, None] >> np.arange(23) & 1
    return flipped.mean(axis=(0, 1))


@pytest.mark.parametrize("bit", range(32))
@pytest.mark.parametrize("word", [0, 1])
def test_every_bit_of_the_seed_flips_half_of_the_bits(word, bit):
    rows = np.random.default_rng(bit).integers(-(2**31), 2**31, (2000, 2)).astype(np.int32)
    changed = rows.view(np.uint32).copy()
    changed[:, word] ^= np.uint32(1 << bit)
    rates = _flip_rates(_bits(changed.view(np.int32), (4,)), _bits(rows, (4,)))
    assert np.abs(rates - 0.5).max() < 0.03  # 5 standard deviations


@pytest.mark.parametrize("bit", range(31))
def test_every_bit_of_the_counter_flips_half_of_the_bits(bit):
    rows = sampling.seeds(bit, 8000)
    rates = _flip_rates(_bits(rows, (1,), offset=1 << bit), _bits(rows, (1,)))
    assert np.abs(rates - 0.5).max() < 0.03


def test_no_two_rows_are_equal():
    near = np.stack(np.meshgrid(np.arange(-150, 150), np.arange(-150, 150)), -1).reshape(-1, 2)
    values = _bits(near.astype(np.int32), (4,))
    assert len(np.unique(values, axis=0)) == len(near)


@each_noise
def test_a_row_depends_on_its_own_seed_only(name):
    noise, _ = NOISES[name]
    rows = sampling.seeds(9, 6)
    together = noise(rows, (3, 5)).numpy()
    for index in range(6):
        _assert_same(name, noise(rows[index : index + 1], (3, 5))[0], together[index])
    _assert_same(name, noise(rows[::-1], (3, 5)), together[::-1])
    assert noise(rows[:0], (3, 5)).shape == (0, 3, 5)


@each_noise
def test_offset_slices_a_longer_row(name):
    noise, _ = NOISES[name]
    rows = sampling.seeds(2, 3)
    whole = noise(rows, (4, 6)).numpy().reshape(3, 24)
    for offset in (7, tf.constant(7)):
        _assert_same(name, noise(rows, (10,), offset), whole[:, 7:17])


@each_noise
def test_eager_graph_and_xla_agree(name):
    noise, _ = NOISES[name]
    rows = sampling.seeds(4, 50)
    eager = noise(rows, (64,)).numpy()
    for jit in (False, True):
        compiled = tf.function(lambda seeds: noise(seeds, (64,)), jit_compile=jit)
        _assert_same(name, compiled(rows), eager)


@each_noise
def test_litert_agrees_with_builtin_operations_only(name):
    noise, _ = NOISES[name]
    function = tf.function(lambda seeds: noise(seeds, (8, 8)))
    concrete = function.get_concrete_function(tf.TensorSpec([5, 2], tf.int32, name="seeds"))
    converter = tf.lite.TFLiteConverter.from_concrete_functions([concrete], tf.Module())
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
    interpreter = Interpreter(model_content=converter.convert())
    interpreter.allocate_tensors()
    rows = np.array([[0, 0], [-1, 5], [2**31 - 1, -(2**31)], [3, 4], [77, -3]], np.int32)
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], rows)
    interpreter.invoke()
    answer = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
    _assert_same(name, answer, noise(rows, (8, 8)))


@pytest.mark.parametrize("seeds", [[1, 2], [[1, 2, 3]], [[1]], [[0.5, 1.0]]])
def test_other_seeds_are_refused(seeds):
    with pytest.raises(ValueError, match=r"expected int32 \[batch, 2\]"):
        sampling.normal(seeds, (2,))


def test_each_row_may_have_an_offset_of_its_own():
    seeds = sampling.seeds(3, 2)
    whole = sampling.gumbel(seeds, (12,)).numpy()
    parts = sampling.gumbel(seeds, (4,), tf.constant([2, 8])).numpy()
    np.testing.assert_array_equal(parts, [whole[0, 2:6], whole[1, 8:]])
