"""Numbers about texts, against hand-made answers and plain Python."""

import math

import numpy as np
import pytest

from tfgen import metrics

RNG = np.random.default_rng(0)


def letters(count, alphabet="ab"):
    return "".join(RNG.choice([*alphabet], count))


def by_search(text, training):
    """The longest run of `text` in `training`, by trying all."""
    runs = (text[i:j] for i in range(len(text)) for j in range(i + 1, len(text) + 1))
    return max((len(run) for run in runs if run in training), default=0)


@pytest.mark.parametrize("alphabet", ["ab", "abcdefgh é😀"])
def test_longest_runs_are_those_that_a_search_finds(alphabet):
    training = letters(300, alphabet)
    texts = [letters(n, alphabet) for n in (1, 2, 7, 30, 33)]
    texts += [training[100:140], "x" + training[290:] + "y", "", "xyz", training[:1]]
    found = metrics.longest_runs(texts, training).tolist()
    assert found == [by_search(text, training) for text in texts]
    assert found[5:] == [40, 10, 0, 0, 1]


def test_a_run_does_not_go_on_beyond_the_end_of_a_text():
    assert metrics.longest_runs(["ab", "cd"], "abcd").tolist() == [2, 2]
    assert metrics.longest_runs(["abab"], "ab").tolist() == [2]
    assert metrics.longest_runs(["ab"], "").tolist() == [0]


def test_copies_are_texts_that_share_a_long_run():
    training = letters(2_000, "abcdefgh")
    texts = [training[500:550], letters(50, "ABCD"), "--" + training[:40], training[:39]]
    assert metrics.copied(texts, training) == 0.5
    assert metrics.copied(texts, training, least=39) == 0.75


def test_runs_in_a_million_characters_take_seconds():
    training = letters(1_000_000, "abcdefghijklmnop")
    texts = [letters(100, "abcdefghijklmnop") for _ in range(20)] + [training[7_000:7_080]]
    found = metrics.longest_runs(texts, training)
    assert found[-1] == 80 and 4 <= found[:-1].min() <= found[:-1].max() <= 10  # log16(1e6) = 5


def test_distinct_counts_runs_of_words():
    texts = ["a b a b", "a", ""]
    assert metrics.distinct(texts, 1) == 2 / 5
    assert metrics.distinct(texts, 2) == 2 / 3  # ab, ba, ab
    assert metrics.distinct(texts, 5) == 0.0


def test_bleu_is_the_geometric_mean_of_precisions():
    """Of 4 words, 4, 3, 2 and 1 runs; one word is wrong."""
    found = metrics.bleu(["a b c d"], ["x y", "a b c e"])
    hits = [3 / 4, 2 / 3, 1 / 2, 1 / 2]  # none of four: half a hit, sacrebleu's smoothing, of 1
    assert found == pytest.approx(100 * math.prod(hits) ** 0.25, rel=1e-6)


def test_self_bleu_leaves_out_the_text_itself():
    texts = ["a b c d", "a b c e"]
    expected = (metrics.bleu(texts[:1], texts[1:]) + metrics.bleu(texts[1:], texts[:1])) / 2
    assert metrics.self_bleu(texts) == pytest.approx(expected)
    assert metrics.self_bleu(["a b c d"] * 3) == pytest.approx(100)


def test_nats_in_other_units():
    assert metrics.perplexity([0.0, math.log(7)]) == pytest.approx([1, 7])
    assert metrics.bits_per_character(math.log(8)) == pytest.approx(3)
    assert metrics.bits_per_character(10 * math.log(8), 5) == pytest.approx(6)


@pytest.mark.parametrize("made", [metrics.self_bleu, lambda t: metrics.copied(t[:0], "a")])
def test_too_few_texts_are_refused(made):
    with pytest.raises(ValueError, match="expected one at least"):
        made(["a"])
