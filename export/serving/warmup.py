"""Requests that TF Serving answers for itself before it takes any, so that no caller waits longer.

What TensorFlow sets up at the first call of a signature would otherwise delay its first caller.
"""

import tensorflow as tf
from tensorflow_serving.apis import predict_pb2, prediction_log_pb2

_FILE = "assets.extra/tf_serving_warmup_requests"


def write_warmup(signatures, directory, model_name):
    """Write one request of one row for each signature of the SavedModel in `directory`.

    Args:
        signatures: `{name: Endpoint}`, whose own examples are what is asked.
        directory: `pathlib.Path` of a SavedModel.
        model_name: what the requests call the model.

    Reference: tensorflow.org/tfx/serving/saved_model_warmup, for place and format of the file.
    """
    path = directory / _FILE
    path.parent.mkdir(exist_ok=True)
    with tf.io.TFRecordWriter(str(path)) as writer:
        for name, endpoint in signatures.items():
            writer.write(_log(model_name, name, endpoint.examples(1, 0)).SerializeToString())


def _log(model_name, signature, inputs):
    """Return the `PredictionLog` of a request."""
    request = predict_pb2.PredictRequest()
    request.model_spec.name = model_name
    request.model_spec.signature_name = signature
    for name, array in inputs.items():
        request.inputs[name].CopyFrom(tf.make_tensor_proto(array))
    log = prediction_log_pb2.PredictLog(request=request)
    return prediction_log_pb2.PredictionLog(predict_log=log)
