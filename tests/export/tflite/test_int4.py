"""Weights of 4 bits: smaller files, that are near enough."""

import keras
import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter
from tfgen.export import to_tflite, verify

import tfgen
from tfgen import networks, sampling
from tfgen.text import quality
from tfgen.tokenizers import Bytes

ENDPOINTS = ("generate", "prefill", "decode", "score")


def model(width=64):
    keras.utils.set_random_seed(0)
    network = networks.language_transformer(257, 16, width=width, depth=1, heads=2)
    made = tfgen.LanguageModel(network, Bytes())
    for number, weight in enumerate(network.weights):
        if len(weight.shape) == 2 and "embedding" not in weight.path:
            noise = sampling.normal([[9, number]], tuple(weight.shape))[0]
            weight.assign(weight + 0.1 * noise)
    return made


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    pytest.importorskip("ai_edge_quantizer")
    folder = tmp_path_factory.mktemp("int4")
    paths = to_tflite(model(), folder, ["float32", "dynamic_int4"], endpoints=ENDPOINTS)
    return {path.stem: path for path in paths}


def test_matrices_take_an_eighth(files):
    matrices = 64 * (3 * 64 + 64 + 2 * 256) + 64 * 257  # of the block, and to the logits
    saved = files["float32"].stat().st_size - files["dynamic_int4"].stat().st_size
    blocks = matrices / 32 * 2  # a scale of 16 bits each
    assert saved == pytest.approx(matrices * 3.5 - blocks, rel=0.15)


def test_the_report_has_the_change_of_held_out_likelihood(files):
    rows = np.random.default_rng(0).integers(0, 256, (4, 16)).astype(np.int32)
    twin = model()
    report = verify(twin, files.values(), seconds=0, count=4, quality=quality.held_out(twin, rows))
    changes = {row.mode: row.quality for row in report.rows if row.endpoint == "score"}
    exact = -twin.log_likelihood(rows).sum() / rows.size
    for mode, limit in (("float32", 1e-5), ("dynamic_int4", 0.05)):
        change = changes[mode]["nats per token"]
        assert change.keras == pytest.approx(exact, rel=1e-5)
        assert abs(change.relative) < limit
    assert abs(changes["dynamic_int4"]["nats per token"].relative) > 1e-5
    assert all(row.quality == {} for row in report.rows if row.endpoint != "score")
    assert "4 examples" in report.markdown()


def test_it_is_near_the_float_file(files):
    inputs = model().endpoints()["prefill"].examples(1, 0)
    found = {
        mode: Interpreter(str(path)).get_signature_runner("prefill")(**inputs)["logits"]
        for mode, path in files.items()
    }
    error = np.std(found["dynamic_int4"] - found["float32"]) / np.std(found["float32"])
    # A block's step is about 0.3 of its deviation, an error of 9 % in each of 5 products in a row.
    assert 1e-3 < error < 0.35


def test_widths_that_blocks_do_not_divide_are_refused(tmp_path):
    pytest.importorskip("ai_edge_quantizer")
    with pytest.raises(ValueError, match="'score' cannot have int4 weights in blocks of 32") as e:
        to_tflite(model(width=40), tmp_path, ["dynamic_int4"], endpoints="score")
    assert "\n" not in str(e.value)
