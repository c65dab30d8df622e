"""Names of tensors: short, and all different, for readers that tell tensors apart by them."""

import pytest
from tfgen.export import MODES, to_tflite
from tfgen.export.tflite import int16x8
from tfgen.export.tflite.file.parsed import parsed


@pytest.mark.parametrize("mode", MODES)
def test_every_tensor_has_a_short_name_of_its_own(files, mode):
    model = parsed(files[mode].read_bytes())
    for graph in model.subgraphs:
        names = [tensor.name for tensor in graph.tensors]
        assert all(names) and len(set(names)) == len(names)
        ends = {*graph.inputs, *graph.outputs}
        assert all(len(name) <= 3 for i, name in enumerate(names) if i not in ends)
    for signature in model.signatureDefs:
        tensors = model.subgraphs[signature.subgraphIndex].tensors
        for entry in (*signature.inputs, *signature.outputs):
            assert tensors[entry.tensorIndex].name == entry.name


def test_an_output_that_is_called_like_an_input_has_another_name(toy, tmp_path):
    [path] = to_tflite(toy, tmp_path, ["float32"], endpoints="reconstruct")
    [graph] = parsed(path.read_bytes()).subgraphs
    assert graph.tensors[graph.inputs[0]].name == b"images"
    assert graph.tensors[graph.outputs[0]].name == b"images_out"


@pytest.mark.skipif(not int16x8.available(), reason="ai-edge-quantizer is not installed")
def test_another_quantizer_reads_exported_files(toy, tmp_path):
    [path] = to_tflite(toy, tmp_path, ["float32"], endpoints="decode")
    batches = [{"z": row[None]} for row in toy.endpoints()["decode"].examples(4, 0)["z"]]
    smaller = int16x8.quantized(path.read_bytes(), "decode", batches)
    assert len(smaller) < 0.6 * path.stat().st_size
