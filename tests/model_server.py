"""A stand-in for TF Serving, on loopback: the official stubs and the REST addresses of one model.

Like TF Serving with batching, it concatenates requests of one signature on axis 0, runs them as
one, and gives each caller the rows that were theirs.
"""

import concurrent.futures
import contextlib
import http.server
import json
import queue
import re
import threading
import time
from pathlib import Path

import grpc
import numpy as np
import tensorflow as tf
from tensorflow_serving.apis import predict_pb2
from tensorflow_serving.apis import prediction_service_pb2_grpc as stubs

HOST = "127.0.0.1"


class Refusal(Exception):
    """What a server answers to a request that it cannot run: an HTTP status and a reason."""


class Batches:
    """One signature: a thread that collects requests for a while, or until they fill a batch."""

    def __init__(self, signature, rows=32, seconds=0.3):
        self.signature, self.rows, self.seconds = signature, rows, seconds
        self.waiting, self.sizes = queue.Queue(), []  # the sizes of requests, batch by batch
        threading.Thread(target=self._work, daemon=True).start()

    def __call__(self, inputs):
        answer = concurrent.futures.Future()
        self.waiting.put((self._checked(inputs), answer))
        return answer.result(timeout=60)

    def _checked(self, inputs):
        specs = self.signature.structured_input_signature[1]
        counts = {len(array) for array in inputs.values()}
        if set(inputs) != set(specs) or len(counts) != 1 or max(counts) > self.rows:
            raise Refusal(400, f"inputs {sorted(inputs)} of {counts} rows: want {sorted(specs)}")
        return {name: np.asarray(a, specs[name].dtype.as_numpy_dtype) for name, a in inputs.items()}

    def _work(self):
        left = None
        while True:
            batch, left = self._collect(left or self.waiting.get())
            self._run(batch)

    def _collect(self, first):
        batch, end = [first], time.monotonic() + self.seconds
        while (patience := end - time.monotonic()) > 0:
            with contextlib.suppress(queue.Empty):
                task = self.waiting.get(timeout=patience)
                if sum(size(inputs) for inputs, _ in [*batch, task]) > self.rows:
                    return batch, task
                batch.append(task)
        return batch, None

    def _run(self, batch):
        sizes = [size(inputs) for inputs, _ in batch]
        self.sizes.append(sizes)
        names = batch[0][0]
        joined = {n: tf.constant(np.concatenate([inputs[n] for inputs, _ in batch])) for n in names}
        outputs = {name: output.numpy() for name, output in self.signature(**joined).items()}
        ends = np.cumsum(sizes)
        for (_, answer), begin, end in zip(batch, ends - sizes, ends, strict=True):
            answer.set_result({name: output[begin:end] for name, output in outputs.items()})


def size(inputs):
    return len(next(iter(inputs.values())))


class Model:
    """A version of a SavedModel under a name, with the labels of its version."""

    def __init__(self, path, name, labels=("stable",)):
        self.name, self.labels = name, labels
        self.loaded = tf.saved_model.load(str(path))  # signatures do not keep it alive
        self.version = int(Path(path).name)
        self.batches = {key: Batches(s) for key, s in self.loaded.signatures.items()}

    def predict(self, name, label, signature, inputs):
        if name != self.name or (label and label not in self.labels):
            raise Refusal(404, f"Servable not found for request: {name} {label}")
        if signature not in self.batches:
            raise Refusal(400, f"Serving signature name: {signature!r} not found")
        return self.batches[signature](inputs)


class PredictionService(stubs.PredictionServiceServicer):
    """The gRPC side."""

    def __init__(self, model):
        self.model = model

    def Predict(self, request, context):
        spec = request.model_spec
        inputs = {name: tf.make_ndarray(tensor) for name, tensor in request.inputs.items()}
        try:
            outputs = self.model.predict(
                spec.name, spec.version_label, spec.signature_name or "serving_default", inputs
            )
        except Refusal as refusal:
            status, reason = refusal.args
            codes = {400: grpc.StatusCode.INVALID_ARGUMENT, 404: grpc.StatusCode.NOT_FOUND}
            context.abort(codes[status], reason)
        response = predict_pb2.PredictResponse()
        response.model_spec.name = spec.name
        response.model_spec.version.value = self.model.version
        for name in request.output_filter or outputs:
            response.outputs[name].CopyFrom(tf.make_tensor_proto(outputs[name]))
        return response


def handler(model):
    """Return the class that answers `POST /v1/models/NAME[/labels/LABEL]:predict`."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            try:
                outputs = self._outputs()
                # Like TF Serving: the name of an only output is left out.
                outputs = outputs if len(outputs) > 1 else next(iter(outputs.values()))
                self._answer(200, {"outputs": outputs})
            except Refusal as refusal:
                self._answer(refusal.args[0], {"error": refusal.args[1]})

        def _outputs(self):
            address = re.fullmatch(r"/v1/models/([^/:]+)(?:/labels/([^/:]+))?:predict", self.path)
            if address is None:
                raise Refusal(404, f"Malformed request: POST {self.path}")
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            signature = body.get("signature_name", "serving_default")
            outputs = model.predict(*address.groups(), signature, body["inputs"])
            return {name: output.tolist() for name, output in outputs.items()}

        def _answer(self, status, body):
            content = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_):
            pass

    return Handler


@contextlib.contextmanager
def serving(model):
    """Yield the addresses, `{"grpc": "host:port", "rest": "host:port"}`, of a running server."""
    grpc_server = grpc.server(concurrent.futures.ThreadPoolExecutor(16))
    stubs.add_PredictionServiceServicer_to_server(PredictionService(model), grpc_server)
    port = grpc_server.add_insecure_port(f"{HOST}:0")
    grpc_server.start()
    rest_server = http.server.ThreadingHTTPServer((HOST, 0), handler(model))
    threading.Thread(target=rest_server.serve_forever, daemon=True).start()
    try:
        yield {"grpc": f"{HOST}:{port}", "rest": f"{HOST}:{rest_server.server_port}"}
    finally:
        rest_server.shutdown()
        rest_server.server_close()
        grpc_server.stop(None).wait()
