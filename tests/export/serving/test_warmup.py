"""Warm-up requests replay, and the page beside them says what each signature is."""

import re

import numpy as np
import pytest
import tensorflow as tf
from gans import points_gan
from tensorflow.core.protobuf import saved_model_pb2
from tensorflow_serving.apis import prediction_log_pb2
from tfgen.export import to_saved_model


def requests(path):
    records = tf.data.TFRecordDataset(str(path / "assets.extra" / "tf_serving_warmup_requests"))
    logs = [prediction_log_pb2.PredictionLog.FromString(record.numpy()) for record in records]
    assert all(log.WhichOneof("log_type") == "predict_log" for log in logs)
    return [log.predict_log.request for log in logs]


def test_each_request_runs_through_its_signature(family):
    model, path = family
    loaded, seen = tf.saved_model.load(str(path)), []
    for request in requests(path):
        signature = request.model_spec.signature_name
        inputs = {name: tf.make_ndarray(tensor) for name, tensor in request.inputs.items()}
        specs = loaded.signatures[signature].structured_input_signature[1]
        assert {name: array.dtype for name, array in inputs.items()} == {
            name: spec.dtype.as_numpy_dtype for name, spec in specs.items()
        }
        outputs = loaded.signatures[signature](**{k: tf.constant(v) for k, v in inputs.items()})
        for output in outputs.values():
            assert output.shape[0] == 1
            assert np.isfinite(output.numpy()).all()
        seen.append(signature)
    assert sorted(seen) == sorted([*model.endpoints(), "serving_default"])


def test_requests_are_the_endpoints_own_examples(exported_family):
    model, path = exported_family("gan")
    (request,) = [r for r in requests(path) if r.model_spec.signature_name == "decode"]
    expected = model.endpoints()["decode"].examples(1, 0)
    assert sorted(request.inputs) == sorted(expected) == ["label", "z"]
    for name, array in expected.items():
        np.testing.assert_array_equal(tf.make_ndarray(request.inputs[name]), array)


def test_the_model_is_named_after_the_directory_or_as_asked(exported_family, tmp_path):
    assert {r.model_spec.name for r in requests(exported_family("vae")[1])} == {"vae"}
    named = to_saved_model(points_gan(), tmp_path, name="digits")
    assert {request.model_spec.name for request in requests(named)} == {"digits"}


@pytest.mark.parametrize("name", ["vae", "gan", "token_generator"])
def test_the_page_describes_each_signature(exported_family, name):
    model, path = exported_family(name)
    page = (path / "assets.extra" / "signatures.md").read_text()
    assert "`serving_default` is `generate`" in page
    sections = dict(re.findall(r"^## (\w+)\n(.*?)(?=^## |\Z)", page, re.DOTALL | re.MULTILINE))
    assert sorted(sections) == sorted(model.endpoints())
    graph = saved_model_pb2.SavedModel.FromString((path / "saved_model.pb").read_bytes())
    for endpoint, text in sections.items():
        assert model.endpoints()[endpoint].doc in text
        assert len(model.endpoints()[endpoint].doc) > 20
        signature = graph.meta_graphs[0].signature_def[endpoint]
        for verb, tensors in (("takes", signature.inputs), ("gives", signature.outputs)):
            described = re.findall(rf"^- {verb} `(\w+)`, (\w+) \[batch", text, re.MULTILINE)
            assert dict(described) == {k: tf.as_dtype(t.dtype).name for k, t in tensors.items()}
    assert "- gives `images`, float32 [batch, 8, 8, 1]" in sections["generate"]
