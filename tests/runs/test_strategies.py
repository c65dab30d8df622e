"""TF_CONFIG is read before TensorFlow does, which would wait for workers that are none."""

import json

import pytest

from tfgen.runs.strategies import check_cluster


def config(workers=("a:1", "b:2"), kind="worker", index=0):
    return json.dumps(
        {"cluster": {"worker": list(workers)}, "task": {"type": kind, "index": index}}
    )


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", "null", "rubbish", "{", "3", '"worker"', '{"cluster": {}}',
     '{"cluster": {"worker": []}, "task": {"type": "worker", "index": 0}}',
     '{"cluster": {"worker": ["a:1"]}}', config(["a"]), config(["a:b"]), config(["a:70000"]),
     config([3]), config(kind="boss"), config(index=2), config(index=-1), config(index="0")],
)  # fmt: skip
def test_clusters_that_are_none_are_named(text, monkeypatch):
    monkeypatch.setenv("TF_CONFIG", text)
    with pytest.raises(ValueError, match="TF_CONFIG is"):
        check_cluster("multiworker")
    check_cluster("default")  # which does not read it


@pytest.mark.parametrize("text", [None, config(), config(index=1), config(["[::1]:2222"])])
def test_clusters_pass(text, monkeypatch):
    monkeypatch.delenv("TF_CONFIG", raising=False)
    if text is not None:
        monkeypatch.setenv("TF_CONFIG", text)
    check_cluster("multiworker")
