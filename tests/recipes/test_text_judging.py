"""Texts beside held-out ones: by heart, at random, and as they should be."""

import sys

import numpy as np
import pytest

from tfgen.data import open_text
from tfgen.recipes import judging

RNG = np.random.default_rng(0)
WORDS = ["".join(RNG.choice([*"abcdefghijklmnop"], 6)) for _ in range(60)]


def sentence():
    return " ".join(RNG.choice(WORDS, 9))


@pytest.fixture(scope="module")
def evidence():
    """Lines of nine words each, of which no two share a long run."""
    lines = "\n".join(sentence() for _ in range(300))
    source = open_text([lines], documents="lines", length=80)
    return judging.Evidence(source, None, None)


def test_texts_by_heart_are_copies(evidence):
    judged = judging.judge_texts(evidence.source.texts("train", 20), evidence, count=20)
    assert judged["copied"] == 1.0 and judged["longest_run"] == 62 and judged["texts"] == 20
    assert judged["held_out_copied"] == 0.0 and judged["held_out_longest_run"] < 40


def test_texts_as_they_should_be_have_the_numbers_of_held_out_ones(evidence):
    judged = judging.judge_texts([sentence() for _ in range(20)], evidence, count=20)
    assert judged["copied"] == 0.0
    for name in ("distinct_1", "distinct_2", "self_bleu"):
        assert judged[name] == pytest.approx(judged[f"held_out_{name}"], rel=0.35), name


def test_one_text_again_and_again_is_seen(evidence):
    judged = judging.judge_texts([sentence()] * 20, evidence, count=20)
    assert judged["self_bleu"] == pytest.approx(100) and judged["distinct_1"] <= 9 / 180
    assert judged["held_out_self_bleu"] < 50 < 100 * judged["held_out_distinct_2"]


def test_without_sacrebleu_the_rest_is_judged(evidence, monkeypatch):
    monkeypatch.setitem(sys.modules, "sacrebleu.metrics", None)
    judged = judging.judge_texts([sentence()] * 3, evidence, count=3)
    assert judged["bleu"].startswith("none: BLEU needs the package sacrebleu")
    assert judged["distinct_3"] == pytest.approx(1 / 3)
