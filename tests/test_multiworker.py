"""Two worker processes on this machine, joined over the loopback interface."""

import json
import os
import signal
import socket
import subprocess
import sys

import numpy as np
import pytest
from models import compiled, small_vae

import tfgen

WORKER = """
import sys
import tensorflow as tf
strategy = tf.distribute.MultiWorkerMirroredStrategy()
import keras, numpy as np
sys.path.insert(0, sys.argv[1])
from models import compiled, small_vae
import test_multiworker

with strategy.scope():
    weights = test_multiworker.trained()
np.savez(sys.argv[2] + f"/worker-{strategy.cluster_resolver.task_id}.npz", *weights)
"""


def trained():
    """Return the weights of a VAE after two short epochs of a global batch of 32."""
    import keras

    keras.utils.set_random_seed(1)
    model = compiled(small_vae(), steps_per_execution=2)
    data = tfgen.data.images("digits", batch_size=32, binarize="dynamic", drop_remainder=True)
    history = model.fit(data.take(4), epochs=2, verbose=0).history
    return [*model.get_weights(), history["loss"][-1]]


KILLED = """
import os, signal, sys
import tensorflow as tf
strategy = tf.distribute.MultiWorkerMirroredStrategy()
import keras
sys.path.insert(0, sys.argv[1])
from models import compiled, small_vae
import tfgen

class Kill(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        if epoch == 2 and strategy.cluster_resolver.task_id == 1:
            os.kill(os.getpid(), signal.SIGKILL)

with strategy.scope():
    data = tfgen.data.images("digits", batch_size=32, drop_remainder=True)
    compiled(small_vae()).fit(data.take(4), epochs=9999, verbose=0, callbacks=[Kill()])
"""


def run_two(command, expected=(0, 0)):
    """Run `command` as worker 0 and worker 1 of one cluster; return what they wrote."""
    cluster = {"worker": [f"127.0.0.1:{port}" for port in _free_ports(2)]}
    workers = []
    for index in range(2):
        config = json.dumps({"cluster": cluster, "task": {"type": "worker", "index": index}})
        environment = {**os.environ, "TF_CONFIG": config, "TF_CPP_MIN_LOG_LEVEL": "3"}
        environment["CUDA_VISIBLE_DEVICES"] = ""
        workers.append(
            subprocess.Popen(
                command,
                env=environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
        )
    try:
        outputs = [worker.communicate(timeout=200)[0] for worker in workers]
    finally:
        for worker in workers:
            worker.kill()
    assert tuple(worker.returncode for worker in workers) == expected, "\n\n".join(outputs)
    return outputs


def _free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for s in sockets:
        s.bind(("127.0.0.1", 0))
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


def test_two_workers_give_the_weights_of_one(tmp_path):
    run_two([sys.executable, "-c", WORKER, os.path.dirname(__file__), str(tmp_path)])
    *alone, loss = trained()
    for worker in range(2):
        *weights, logged = np.load(tmp_path / f"worker-{worker}.npz").values()
        assert logged == pytest.approx(loss, rel=1e-5)
        for a, b in zip(alone, weights, strict=True):
            np.testing.assert_allclose(a, b, atol=2e-6)


def test_command_line_trains_one_run_with_two_workers(tmp_path):
    options = ["--epochs", "2", "--steps-per-epoch", "3", "--strategy", "multiworker"]
    train = [sys.executable, "-m", "tfgen.cli", "train", "digits-vae", "--out", str(tmp_path)]
    chief, other = run_two([*train, *options])
    assert "Epoch 2/2" in chief
    assert "Epoch" not in other
    assert (tmp_path / "model.keras").is_file()
    assert len((tmp_path / "logs" / "history.csv").read_text().splitlines()) == 3


def test_a_killed_worker_is_one_line_to_the_other():
    command = [sys.executable, "-c", KILLED, os.path.dirname(__file__)]
    survivor, _ = run_two(command, expected=(1, -signal.SIGKILL))
    said = survivor.strip().splitlines()
    assert said[-1].startswith("tfgen.errors.WorkerLostError: Another worker of this training")
    assert sum("Error" in line for line in said) == 1
