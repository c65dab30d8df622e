"""The kit's clients, over real gRPC and HTTP on loopback."""

import concurrent.futures
import subprocess
import sys
import threading
from pathlib import Path

import grpc
import numpy as np
import pytest
from PIL import Image

from tfgen import sampling

KINDS = ("rest", "grpc")
every_kind = pytest.mark.parametrize("kind", KINDS)


def inputs_of(seed, count):
    labels = (np.arange(count, dtype=np.int32) + seed) % 3
    return {"seed": sampling.seeds(seed, count).numpy(), "label": labels}


@every_kind
def test_the_answer_is_the_models(kind, ask, reference):
    inputs = inputs_of(7, 5)
    np.testing.assert_allclose(ask(kind, inputs), reference(inputs), atol=1e-5)
    np.testing.assert_allclose(ask(kind, inputs, "stable"), reference(inputs), atol=1e-5)


def test_concurrent_requests_of_mixed_sizes_get_their_own_rows(ask, reference, served):
    sizes = [1, 5, 2, 7, 3, 1, 4, 6, 2, 9, 1, 3]
    together = threading.Barrier(len(sizes))
    batches = served.batches["generate"].sizes
    batches.clear()

    def caller(number):
        together.wait(timeout=60)
        return ask(KINDS[number % 2], inputs_of(number, sizes[number]))

    with concurrent.futures.ThreadPoolExecutor(len(sizes)) as pool:
        answers = list(pool.map(caller, range(len(sizes))))
    for number, answer in enumerate(answers):
        expected = reference(inputs_of(number, sizes[number]))
        assert answer.shape == expected.shape
        np.testing.assert_allclose(answer, expected, atol=1e-5)
    assert sorted(rows for batch in batches for rows in batch) == sorted(sizes)
    assert len(batches) < len(sizes)  # else nothing was put together
    assert max(sum(batch) for batch in batches) <= 32


def pictures(directory):
    return np.stack([np.asarray(Image.open(path)) for path in sorted(directory.iterdir())])


def run(kit, kind, *arguments):
    command = [sys.executable, kit / f"{kind}_client.py", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


@every_kind
def test_the_command_line_writes_pictures(kind, kit, addresses, exported_family, tmp_path):
    # More than one request may hold.
    arguments = ["--count", 40, "--seed", 3, "--label", 1, "--out", tmp_path / "png"]
    done = run(kit, kind, "--address", addresses[kind], *arguments)
    assert done.returncode == 0, done.stderr
    samples = exported_family("gan")[0].sample(40, seed=3, labels=np.ones(40, np.int32)).numpy()
    drawn = pictures(tmp_path / "png")
    assert drawn.shape == (40, 8, 8) and drawn.dtype == np.uint8
    assert np.abs(drawn - 127.5 * (samples[..., 0] + 1)).max() <= 0.51
    assert np.ptp(drawn) > 20


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--label", "1", "--version-label", "canary"], "Servable not found"),
        ([], "inputs ['seed', 'truncation']"),  # a class-conditional model without a class
    ],
)
def test_a_refusal_is_one_line(kit, addresses, tmp_path, arguments, words):
    done = run(kit, "rest", "--address", addresses["rest"], "--out", tmp_path / "png", *arguments)
    assert done.returncode == 1
    assert words in done.stderr and len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "png").exists()


def test_a_refusal_over_grpc_has_its_code(ask):
    with pytest.raises(grpc.RpcError) as caught:
        ask("grpc", inputs_of(0, 2), "canary")
    assert caught.value.code() == grpc.StatusCode.NOT_FOUND
    with pytest.raises(grpc.RpcError) as caught:
        ask("grpc", {"seed": np.zeros((2, 2))})
    assert caught.value.code() == grpc.StatusCode.INVALID_ARGUMENT


def test_a_count_of_0_is_refused(kit):
    done = run(kit, "rest", "--count", 0)
    assert done.returncode == 2 and "--count received 0" in done.stderr


def test_what_is_no_picture_is_saved_as_numbers(clients, tmp_path):
    points = np.linspace(0, 1, 6, dtype=np.float32).reshape(3, 1, 1, 2)
    clients["rest"].samples.save(points, tmp_path / "out")
    np.testing.assert_array_equal(np.load(tmp_path / "out" / "samples.npy"), points)


def test_points_are_saved_as_a_table(clients, tmp_path, monkeypatch):
    samples = clients["rest"].samples
    monkeypatch.setattr(samples, "KIND", "points")
    points = np.linspace(0, 1, 6, dtype=np.float32).reshape(3, 2)
    samples.save(points, tmp_path / "out")
    np.testing.assert_allclose(np.loadtxt(tmp_path / "out/samples.csv", delimiter=","), points)


def test_truncation_reaches_the_server(kit, addresses, exported_family, tmp_path):
    arguments = ["--count", 2, "--label", 1, "--truncation", 0.2, "--out", tmp_path]
    done = run(kit, "rest", "--address", addresses["rest"], *arguments)
    assert done.returncode == 0, done.stderr
    gan = exported_family("gan")[0]
    expected = gan.sample(2, labels=[1, 1], truncation=0.2).numpy()
    assert np.abs(pictures(tmp_path) - 127.5 * (expected[..., 0] + 1)).max() <= 0.51
    assert np.abs(expected - gan.sample(2, labels=[1, 1]).numpy()).max() > 0.05


LOOPBACK = {"0100007F", "0000000000000000FFFF00000100007F"}  # 127.0.0.1, and as an IPv6 address
TABLES = [Path("/proc/net/tcp"), Path("/proc/net/tcp6")]


@every_kind
@pytest.mark.skipif(not TABLES[0].exists(), reason="needs Linux's list of sockets")
def test_the_server_listens_on_loopback_only(kind, addresses):
    port = int(addresses[kind].split(":")[1])
    found = {address for table in TABLES for address in listening(table, port)}
    assert found and found <= LOOPBACK


def listening(table, port):
    """Return the addresses on which this machine listens at `port`, as the kernel writes them."""
    rows = [line.split() for line in table.read_text().splitlines()[1:]] if table.exists() else []
    local = [row[1].split(":") for row in rows if row[3] == "0A"]
    return [address for address, own in local if int(own, 16) == port]
