"""Asks TF Serving over gRPC for samples of $name, and writes them to files.

Needs tensorflow-serving-api and pillow: python grpc_client.py --count 16 --seed 0 --out samples
"""

import grpc
import samples
import tensorflow as tf
from tensorflow_serving.apis import predict_pb2
from tensorflow_serving.apis.prediction_service_pb2_grpc import PredictionServiceStub


def connected(address):
    """Return a channel to the server, for use in a `with` statement and by many threads."""
    unlimited = [("grpc.max_receive_message_length", -1)]  # else 4 MB: few large pictures
    return grpc.insecure_channel(address, unlimited)


def predict(channel, inputs, version_label=None, timeout=30):
    """Return what the server answers to `{name: array}`: an array of as many rows."""
    request = predict_pb2.PredictRequest(output_filter=["$output"])
    request.model_spec.name = "$name"
    request.model_spec.signature_name = "$signature"
    if version_label:
        request.model_spec.version_label = version_label
    for name, array in samples.filled(inputs).items():
        request.inputs[name].CopyFrom(tf.make_tensor_proto(array))
    response = PredictionServiceStub(channel).Predict(request, timeout=timeout)
    return tf.make_ndarray(response.outputs["$output"])


def main():
    """Write what the command line asks for."""
    options = samples.arguments(__doc__.splitlines()[0], "127.0.0.1:8500")
    with connected(options.address) as channel:
        samples.write(
            lambda inputs: predict(channel, inputs, options.version_label), options, grpc.RpcError
        )


if __name__ == "__main__":
    main()
