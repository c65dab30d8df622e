import numpy as np
import pytest

from tfgen.data import mixture

CENTRES = np.array([[0.0, 0.0], [10.0, 0.0], [0.0, 10.0]])


def points(**arguments):
    data = mixture(CENTRES, 0.5, batch_size=100, **arguments)
    return [batch.numpy() for batch in data]


def test_moments_are_those_of_the_mixture():
    drawn = np.concatenate(points(batches=300))
    nearest = np.argmin(np.linalg.norm(drawn[:, None] - CENTRES, axis=-1), axis=1)
    shares = np.bincount(nearest, minlength=3) / len(drawn)
    np.testing.assert_allclose(shares, 1 / 3, atol=0.012)  # over 4 standard errors
    offsets = drawn - CENTRES[nearest]
    np.testing.assert_allclose(np.cov(offsets.T), 0.25 * np.eye(2), atol=0.01)
    np.testing.assert_allclose(offsets.mean(0), 0, atol=0.015)


def test_every_epoch_and_batch_is_new_and_repeats_on_resume():
    data = mixture(CENTRES, 0.5, batch_size=100, batches=2, seed=3)
    first, second = ([b.numpy() for b in data] for _ in range(2))
    resumed = points(batches=2, seed=3, first_epoch=1)
    np.testing.assert_array_equal(second, resumed)
    drawn = np.concatenate([*first, *second, *points(batches=2, seed=4)])
    assert len(np.unique(drawn, axis=0)) == len(drawn)


@pytest.mark.parametrize(
    "centres, numbers",
    [(np.zeros((0, 2)), {}), ([[np.nan, 0.0]], {}), (CENTRES, {"deviation": 0}),
     (CENTRES, {"batch_size": 0}), (CENTRES, {"batches": 0})],
)  # fmt: skip
def test_bad_mixtures_are_refused(centres, numbers):
    with pytest.raises(ValueError, match="mixture received .* expected"):
        mixture(centres, **{"deviation": 0.1, "batch_size": 4, **numbers})
