import numpy as np
import pytest
import tensorflow as tf
from ai_edge_litert.tools import flatbuffer_utils
from tfgen.export import MODES, inspect
from tfgen.export.tflite.file.inspect import Tensor


@pytest.mark.parametrize("mode", MODES)
def test_signatures_inputs_and_outputs(files, mode):
    found = inspect(files[mode])
    assert found.name == f"{mode}.tflite"
    assert found.bytes == files[mode].stat().st_size
    generate = found.signatures["generate"]
    assert generate.inputs == {"seed": Tensor((1, 2), "int32")}
    assert generate.outputs == {"images": Tensor((1, 16, 16, 1), "float32")}
    assert found.signatures["decode"].inputs == {"z": Tensor((1, 6), "float32")}
    assert found.warnings == []


def test_operations_are_counted(files):
    operations = inspect(files["float32"]).operations
    assert operations["CONV_2D"] == 6  # 3 in each of two endpoints
    assert operations["RESIZE_NEAREST_NEIGHBOR"] == 4
    assert operations["LOG"] == 1  # the noise of one


def _converted(function, spec, directory, operations=()):
    """The bytes of a file with the signature `serving_default`, made without tfgen."""
    module = tf.Module()
    module.f = tf.function(function, input_signature=[spec])
    tf.saved_model.save(module, str(directory), signatures=module.f)
    converter = tf.lite.TFLiteConverter.from_saved_model(str(directory))
    converter.target_spec.supported_ops = operations or [tf.lite.OpsSet.TFLITE_BUILTINS]
    return converter.convert()


def test_flex_operations_are_refused(tmp_path):
    def function(x):
        return x + tf.random.stateless_uniform([3], tf.cast(x[0, :2], tf.int32))

    operations = [tf.lite.OpsSet.TFLITE_BUILTINS, tf.lite.OpsSet.SELECT_TF_OPS]
    path = tmp_path / "flex.tflite"
    path.write_bytes(_converted(function, tf.TensorSpec([1, 3]), tmp_path / "saved", operations))
    with pytest.raises(ValueError, match="flex.tflite needs FlexStateless.*: expected builtin"):
        inspect(path)


def _with_weights(content, value):
    model = flatbuffer_utils.read_model_from_bytearray(bytearray(content))
    for buffer in model.buffers:
        if buffer.data is not None and len(buffer.data) > 1000:
            buffer.data = np.full(len(buffer.data) // 4, value, np.float32).view(np.uint8)
    return bytes(flatbuffer_utils.convert_object_to_bytearray(model))


def test_nan_weights_are_found(files, tmp_path):
    path = tmp_path / "broken.tflite"
    path.write_bytes(_with_weights(files["float32"].read_bytes(), np.nan))
    with pytest.raises(ValueError, match="broken.tflite, signature '.*' answers NaN in 'images'"):
        inspect(path)
    path.write_bytes(_with_weights(files["float32"].read_bytes(), 0.5))
    inspect(path)


@pytest.mark.parametrize("kept", [0.999, 0.5, 0.01])
def test_a_cut_off_file_is_refused(files, tmp_path, kept):
    content = files["float32"].read_bytes()
    path = tmp_path / "cut.tflite"
    path.write_bytes(content[: int(kept * len(content))])
    with pytest.raises(ValueError, match="cut.tflite .*cut off or damaged") as caught:
        inspect(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 a zip file", b"\x89PNG\r\n\x1a\n" * 9])
def test_a_foreign_file_is_refused(tmp_path, content):
    path = tmp_path / "foreign.tflite"
    path.write_bytes(content)
    with pytest.raises(ValueError, match="foreign.tflite does not start like a TFLite file"):
        inspect(path)


def test_tensors_above_four_dimensions_are_warned_of(tmp_path):
    def tiled(x):
        return {"y": tf.reshape(tf.tile(x[:, :, None, :, None], [1, 1, 2, 1, 2]), [1, 4, 4])}

    path = tmp_path / "five.tflite"
    path.write_bytes(_converted(tiled, tf.TensorSpec([1, 2, 2]), tmp_path / "saved"))
    [warning] = inspect(path).warnings
    assert "above 4-D" in warning


def test_a_file_without_signatures_is_refused(files, tmp_path):
    model = flatbuffer_utils.read_model(files["float32"])
    model.signatureDefs = []
    path = tmp_path / "nameless.tflite"
    path.write_bytes(bytes(flatbuffer_utils.convert_object_to_bytearray(model)))
    with pytest.raises(ValueError, match="nameless.tflite has no signatures"):
        inspect(path)
