"""What language models offer to the outside writes what they write themselves."""

import numpy as np
import pytest
import tensorflow as tf
from text_models import LENGTH, small_gru, small_language_model

from tfgen import sampling
from tfgen.text import quality

MODELS = {"transformer": small_language_model, "gru": small_gru}
SEED = 7


@pytest.fixture(scope="module", params=MODELS)
def model(request):
    return MODELS[request.param]()


def rows_of(model, prompts):
    """Rows that begin with prompts, and how many tokens of each do."""
    rows = np.full((len(prompts), LENGTH), 3, np.int32)  # of which those behind are not looked at
    for row, prompt in zip(rows, prompts, strict=True):
        row[: len(prompt)] = prompt
    return rows, np.array([len(prompt) for prompt in prompts], np.int32)


def written(model, seeds, prompts, length=LENGTH, temperature=1.0):
    """What a caller of `prefill` and `decode` writes, row by row: int [count, length]."""
    endpoints, found = model.endpoints(), []
    for seed, prompt in zip(np.asarray(seeds), prompts, strict=True):
        tokens = list(prompt)
        while len(tokens) < length:
            start = 0 if len(tokens) < LENGTH else len(tokens) - LENGTH // 2
            row, count = rows_of(model, [tokens[start:]])
            cache = endpoints["prefill"](tokens=row, count=count)["cache"]
            for place in range(len(tokens) - start, min(LENGTH, length - start)):
                given = {"token": [tokens[-1] if tokens else 0], "position": [place]}
                given |= {"start": [start]} if "start" in endpoints["decode"].inputs else {}
                inputs = {name: tf.constant(value) for name, value in given.items()}
                answer = endpoints["decode"](
                    **inputs, seed=seed[None], cache=cache, temperature=tf.constant([temperature])
                )
                cache = answer["cache"]
                tokens.append(int(answer["token"][0]))
        found.append(tokens)
    return np.array(found)


def test_token_by_token_is_what_generate_writes(model):
    seeds = sampling.seeds(SEED, 2)
    whole = model.endpoints()["generate"](seed=seeds)["texts"].numpy()
    np.testing.assert_array_equal(whole, model.sample(2, SEED))
    np.testing.assert_array_equal(written(model, seeds, [[], []]), whole)
    assert len(np.unique(whole)) > 3


def test_behind_a_prompt_it_is_what_sample_writes(model):
    prompt = model.tokenizer.encode("the ")
    expected = model.sample(2, SEED, prompt=prompt, temperature=0.5).numpy()
    seeds = sampling.seeds(SEED, 2)
    np.testing.assert_array_equal(written(model, seeds, [prompt] * 2, temperature=0.5), expected)
    rows, counts = rows_of(model, [prompt] * 2)
    heat = tf.constant([0.5, 0.5])
    complete = model.endpoints()["complete"]
    found = complete(seed=seeds, tokens=tf.constant(rows), count=counts, temperature=heat)["texts"]
    np.testing.assert_array_equal(found, expected)
    mixed = complete(seed=seeds, tokens=tf.constant(rows), count=np.array([4, 0], np.int32))
    np.testing.assert_array_equal(mixed["texts"][1], model.sample(2, SEED)[1])


def test_longer_texts_have_the_noise_of_their_places():
    model = small_language_model()
    expected = model.sample(1, SEED, length=LENGTH + 11).numpy()
    found = written(model, sampling.seeds(SEED, 1), [[]], length=LENGTH + 11)
    np.testing.assert_array_equal(found, expected)


def test_temperature_0_takes_the_likeliest_token(model):
    expected = model.sample(1, temperature=0.0).numpy()
    found = written(model, sampling.seeds(SEED, 1), [[]], temperature=0.0)
    np.testing.assert_array_equal(found, expected)


def test_whole_texts_have_no_start_and_nothing_follows_their_end():
    model = small_language_model(padded=True)
    decode = model.endpoints()["decode"]
    assert "start" not in decode.inputs
    inputs = {name: tf.constant(array) for name, array in decode.examples(8, 0).items()}
    inputs |= {"token": tf.fill([8], model.tokenizer.end), "position": tf.range(8)}
    drawn = decode(**inputs)["token"].numpy()
    assert (drawn[1:] == model.tokenizer.end).all() and drawn[0] != model.tokenizer.end


def test_scores_are_the_likelihood(model):
    texts = ["the cat", "ROMEO:\n"]
    rows, counts = rows_of(model, [model.tokenizer.encode(text) for text in texts])
    nats = model.endpoints()["score"](tokens=tf.constant(rows), count=counts)["nats"].numpy()
    assert (nats[:, 7:] == 0).all() and (nats[:, :7] > 0).all()
    np.testing.assert_allclose(-nats.sum(axis=1), model.log_likelihood(texts), rtol=1e-5)


def test_held_out_rows_judge_by_nats_per_token():
    model = small_language_model(padded=True)
    end = model.tokenizer.end
    rows, counts = rows_of(model, [[1, 2, 3], [4]])
    for row, count in zip(rows, counts, strict=True):
        row[count:] = end
    judged = quality.held_out(model, rows)
    np.testing.assert_array_equal(judged.inputs["count"], counts + 1)
    asked = {name: tf.constant(array) for name, array in judged.inputs.items()}
    answers = {k: v.numpy() for k, v in model.endpoints()["score"](**asked).items()}
    expected = -model.log_likelihood(rows).sum() / 6
    assert judged.judge(answers)["nats per token"] == pytest.approx(expected, rel=1e-5)
    with pytest.raises(ValueError, match="held_out received"):
        quality.held_out(model, rows[:, :5])
