"""Codes made by hand, of which the right answer is known, and formulas written a second time."""

import numpy as np
import pytest
from scipy.special import digamma

from tfgen import metrics

SIZES = (4, 3, 5)
RNG = np.random.default_rng(0)
# Every combination eight times, in an order of its own: nothing is alike but by design.
FACTORS = RNG.permutation(
    np.repeat(np.stack(np.meshgrid(*map(np.arange, SIZES)), -1).reshape(-1, 3), 8, axis=0)
)
NOISE = RNG.normal(size=FACTORS.shape)
SMOOTH = FACTORS + 0.1 * NOISE
EVERY = {
    "info_mec": metrics.info_mec,
    "mig": metrics.mig,
    "sap": metrics.sap,
    "dci": metrics.dci,
    "factor_vae_score": metrics.factor_vae_score,
    "normalised_information": metrics.normalised_information,
    "disentanglement": metrics.disentanglement,
}


@pytest.fixture(scope="module")
def scores():
    """All the numbers of codes that are made by hand."""
    codes = {
        "identity": FACTORS.astype(float),
        "indices": FACTORS[:, ::-1],
        "scaled": SMOOTH * [1.0, -2.0, 1.5] + 7.0,
        "rotated": _standardised(SMOOTH) @ _rotation(),
        "duplicated": np.concatenate([SMOOTH, FACTORS + 0.1 * NOISE[::-1]], axis=1),
        "noise": NOISE,
        "constant": np.ones_like(SMOOTH),
        "beside_nothing": np.concatenate([SMOOTH, 0.01 * NOISE[:, :2]], axis=1),
    }
    return {name: metrics.disentanglement(code, FACTORS) for name, code in codes.items()}


def _standardised(codes):
    return (codes - codes.mean(0)) / codes.std(0)


def _rotation():
    """Of space, by which every axis becomes an even mixture of all."""
    matrix = np.array([[1, 1, 1], [1, -1, 0], [1, 1, -2]], float)
    return (matrix / np.linalg.norm(matrix, axis=1, keepdims=True)).T


@pytest.mark.parametrize("name", ["identity", "indices", "scaled"])
def test_a_latent_for_each_factor_is_the_best_there_is(scores, name):
    found = scores[name]
    assert found["InfoM"] > 0.93 and found["InfoC"] > 0.93 and found["InfoE"] > 0.5
    assert found["MIG"] > 0.85 and found["FactorVAE_score"] == 1.0
    assert found["DCI_disentanglement"] > 0.95 and found["DCI_completeness"] > 0.95
    assert found["DCI_informativeness"] > 0.99 and found["active_latents"] == 3
    assert found["follows"] == (["2", "1", "0"] if name == "indices" else ["0", "1", "2"])


def test_one_hot_indices_are_wholly_explicit(scores):
    assert scores["indices"]["InfoE"] > 0.999
    # A line through five values in a row can't tell those in the middle apart, but softmax can.
    assert scores["identity"]["InfoE"] > 0.9


def test_a_rotation_keeps_what_is_known_and_mixes_it(scores):
    turned, straight = scores["rotated"], scores["scaled"]
    assert turned["InfoE"] == pytest.approx(straight["InfoE"], abs=0.02)  # linear in both
    for name in ("InfoM", "InfoC", "MIG", "SAP", "DCI_disentanglement", "DCI_completeness"):
        assert turned[name] < 0.6 * straight[name], name
    assert turned["FactorVAE_score"] < 0.9


def test_a_duplicate_costs_compactness_alone(scores):
    found = scores["duplicated"]
    assert found["InfoM"] > 0.93 and found["DCI_disentanglement"] > 0.95
    assert found["InfoC"] == pytest.approx((1 / 2 - 1 / 6) / (1 - 1 / 6), abs=0.03)
    assert found["MIG"] < 0.05 and found["SAP"] < 0.05
    assert found["DCI_completeness"] == pytest.approx(1 - np.log(2) / np.log(6), abs=0.05)


def test_noise_says_nothing(scores):
    found = scores["noise"]
    assert found["InfoE"] < 0.02 and found["MIG"] < 0.03 and found["SAP"] < 0.1
    assert found["DCI_informativeness"] < 0.4 and found["FactorVAE_score"] < 0.5
    assert np.max(found["information"]) < 0.05 and found["follows"] == [None] * 3


def test_constant_codes_are_judged_too(scores):
    found = scores["constant"]
    zeros = ("InfoM", "InfoC", "InfoE", "MIG", "SAP", "FactorVAE_score", "DCI_disentanglement")
    assert [found[name] for name in zeros] == [0.0] * len(zeros)
    assert found["active_latents"] == 0


def test_latents_that_hardly_vary_are_left_out(scores):
    found, alone = scores["beside_nothing"], scores["scaled"]
    assert found["active_latents"] == 3 and found["follows"][3:] == [None, None]
    assert found["InfoM"] == pytest.approx(alone["InfoM"], abs=1e-3)
    assert found["InfoC"] == pytest.approx(alone["InfoC"], abs=1e-3)


# ------------------------------------------------------------------ formulas


def _plug_in(code, factor):
    """I(code; factor) by the definition, from a table of shares."""
    joint = np.array([[np.mean((code == a) & (factor == b)) for b in np.unique(factor)]
                      for a in np.unique(code)])  # fmt: skip
    apart = joint.sum(1, keepdims=True) * joint.sum(0)
    return np.sum(joint[joint > 0] * np.log(joint[joint > 0] / apart[joint > 0]))


def test_info_mec_of_indices_by_the_formula():
    codes = np.stack([FACTORS[:, 0] // 2, FACTORS[:, 0] + 2 * FACTORS[:, 1], FACTORS[:, 2]], -1)
    share = np.array([[_plug_in(c, f) / np.log(n) for f, n in zip(FACTORS.T, SIZES, strict=True)]
                      for c in codes.T])  # fmt: skip
    found = metrics.info_mec(codes, FACTORS)
    modular = np.mean(share.max(1) / share.sum(1))
    compact = np.mean(share.max(0) / share.sum(0))
    assert found["InfoM"] == pytest.approx((modular - 1 / 3) / (2 / 3), abs=1e-6)
    assert found["InfoC"] == pytest.approx((compact - 1 / 3) / (2 / 3), abs=1e-6)


def test_info_e_of_one_index_is_its_information():
    """A regression on one-hot vectors of one index is the table of shares itself."""
    code = FACTORS[:, 0] // 2
    found = metrics.info_mec(code[:, None], FACTORS)
    expected = [_plug_in(code, f) / np.log(n) for f, n in zip(FACTORS.T, SIZES, strict=True)]
    assert found["InfoE"] == pytest.approx(np.mean(expected), abs=1e-4)
    assert found["InfoC"] == 1.0


def test_information_of_floats_is_that_of_ross():
    """From all distances: psi(n) + psi(k) - mean psi(n of the class) - mean psi(m)."""
    code, factor, k = SMOOTH[:, 0], FACTORS[:, 0], 10
    distances = np.abs(code[:, None] - code)
    same = factor[:, None] == factor
    radius = np.sort(np.where(same, distances, np.inf), axis=1)[:, k]  # 0 is the point itself
    within = (distances < radius[:, None]).sum(1)  # the point itself counts for the neighbour
    n = len(code)
    expected = digamma(n) + digamma(k) - digamma(same.sum(1)).mean() - digamma(within).mean()
    found = metrics.normalised_information(SMOOTH, FACTORS)[0, 0] * np.log(4)
    assert found == pytest.approx(expected, abs=1e-3)


def test_mig_by_the_formula():
    codes = SMOOTH @ np.array([[1, 0.3, 0], [0, 1, 0.2], [0.1, 0, 1]])
    edges = [np.linspace(c.min(), c.max(), 21) for c in codes.T]
    binned = [np.minimum(np.searchsorted(e, c, side="right") - 1, 19)
              for c, e in zip(codes.T, edges, strict=True)]  # fmt: skip
    table = np.array([[_plug_in(b, f) / np.log(n) for f, n in zip(FACTORS.T, SIZES, strict=True)]
                      for b in binned])  # fmt: skip
    first, second = np.sort(table, axis=0)[[-1, -2]]
    assert metrics.mig(codes, FACTORS) == pytest.approx(np.mean(first - second), abs=1e-9)


def test_numbers_are_the_same_every_time():
    assert metrics.disentanglement(SMOOTH, FACTORS) == metrics.disentanglement(SMOOTH, FACTORS)


# ------------------------------------------------------------------ bad input

NAN, STILL = np.where(NOISE > 2, np.nan, NOISE), np.where([[1, 0, 1]], FACTORS, 3)
BAD = {
    "nan": (NAN, FACTORS, "codes with NaN or infinite values"),
    "still": (NOISE, STILL, "number 1 does not vary"),
    "count": (NOISE[:-1], FACTORS, "of one count"),
    "image": (NOISE[..., None], FACTORS, "Flatten the latents"),
    "floats": (NOISE, NOISE, "factors of dtype float64"),
    "one factor": (NOISE, FACTORS[:, :1], "for 2 factors or more"),
    "empty": (NOISE[:, :0], FACTORS, "expected numbers"),
    "text": (NOISE.astype(str), FACTORS, "expected numbers"),
}


@pytest.mark.parametrize("metric", EVERY)
@pytest.mark.parametrize("bad", BAD)
def test_what_cannot_be_judged_is_said_in_one_line(metric, bad):
    codes, factors, said = BAD[bad]
    with pytest.raises(ValueError, match=f"^{metric} received [^\n]*{said}[^\n]*$"):
        EVERY[metric](codes, factors)


def test_names_are_one_for_each_factor():
    with pytest.raises(ValueError, match=r"2 names for 3 factors[^\n]*$"):
        metrics.disentanglement(SMOOTH, FACTORS, ["a", "b"])
