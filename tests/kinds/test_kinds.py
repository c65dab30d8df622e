"""What every kind promises: sheets of samples, pairs and walks, as files and in TensorBoard."""

import wave

import keras
import numpy as np
import pytest
import tensorflow as tf
from PIL import Image as Pillow

from tfgen import kinds
from tfgen.tokenizers import Characters

RNG = np.random.default_rng(0)
EXAMPLES = {
    kinds.Image(): RNG.uniform(size=(6, 8, 8, 1)),
    kinds.Image((-1.0, 1.0)): RNG.uniform(-1, 1, size=(6, 8, 8, 3)),
    kinds.Points(): RNG.normal(size=(6, 5)),
    kinds.Text(Characters("\nab")): RNG.integers(0, 4, size=(6, 4)),
    kinds.Audio(8_000): RNG.uniform(-1, 1, size=(6, 2_000)),
}
KINDS = pytest.mark.parametrize("kind", EXAMPLES, ids=lambda kind: kind.name)


@KINDS
@pytest.mark.parametrize("sheet", ["samples", "pairs", "walks"])
def test_every_sheet_is_written_and_logged(kind, sheet, tmp_path):
    examples = EXAMPLES[kind]
    made = {
        "samples": lambda: kind.samples(examples, 3),
        "pairs": lambda: kind.pairs(examples, examples[::-1]),
        "walks": lambda: kind.walks(
            examples.reshape(2, 3, *examples.shape[1:]), ["up", "down"], ["a", "b", "c"]
        ),
    }[sheet]()
    path = tmp_path / "new" / f"sheet{kind.suffix}"
    kind.write(made, path)
    assert path.stat().st_size > 0
    writer = tf.summary.create_file_writer(str(tmp_path / "logs"))
    with writer.as_default():
        kind.log(made, "samples", step=1)
    writer.close()
    [log] = (tmp_path / "logs").iterdir()
    assert log.stat().st_size > 100


@KINDS
def test_a_kind_is_saved_with_a_model_and_says_itself_in_json(kind):
    config = keras.saving.serialize_keras_object(kind)
    assert keras.saving.deserialize_keras_object(config) == kind
    assert kind.about()["kind"] == kind.name


@KINDS
def test_another_suffix_is_refused_before_anything_is_written(kind, tmp_path):
    with pytest.raises(ValueError, match=f"expected a file that ends in {kind.suffix}"):
        kind.write(None, tmp_path / "sheet.jpg")
    assert not [*tmp_path.iterdir()]


def test_images_are_scaled_to_the_unit_range_and_cut():
    unit = kinds.Image((-1.0, 1.0)).to_unit(np.array([-1.2, -1.0, 0.0, 1.0, 1.2]))
    assert unit.tolist() == [0.0, 0.0, 0.5, 1.0, 1.0]


def test_a_picture_shows_black_and_white_of_the_range(tmp_path):
    kind = kinds.Image((-1.0, 1.0))
    picture = kind.samples(np.stack([-np.ones((2, 2, 1)), np.ones((2, 2, 1))]), columns=2)
    kind.write(picture, tmp_path / "two.png")
    pixels = np.asarray(Pillow.open(tmp_path / "two.png"))
    assert pixels[0, 0] == 0 and pixels[0, -1] == 255


def test_sounds_are_heard_one_after_the_other(tmp_path):
    kind = kinds.Audio(4_000)
    kind.write(kind.samples(np.stack([np.full(400, 0.5), np.full(400, -0.5)])), tmp_path / "x.wav")
    with wave.open(str(tmp_path / "x.wav")) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (4_000, 1, 2)
        heard = np.frombuffer(file.readframes(file.getnframes()), "<i2") / 32767
    assert heard[200] == pytest.approx(0.5, abs=1e-4)
    assert heard[1_600] == pytest.approx(-0.5, abs=1e-4)  # behind a pause of 1,000 samples
    assert (tmp_path / "x.png").is_file()


def test_texts_are_lines_or_have_rules_between_them(tmp_path):
    kind = kinds.Text()
    kind.write(kind.samples(["a", "é\n"]), tmp_path / "x.txt")
    assert (tmp_path / "x.txt").read_text(encoding="utf-8") == "a\né\n"
    assert kind.samples(["a\nb", "c"]).split("\n") == ["a", "b", "-" * 40, "c"]
    assert kind.pairs(["a\nb"], ["c"]) == "a b\n  c"


def test_judges_of_texts_get_strings():
    kind = kinds.Text(Characters("ab"))
    assert kind.to_unit([[0, 1, 2, 2], [1, 1, 0, 0]]).tolist() == ["ab", "bbaa"]
    assert kind.single([1, 0, 2, 0]) == "ba"


@pytest.mark.parametrize(
    "shape, expected",
    [
        ((28, 28, 1), kinds.Image()),
        ((8, 8, 3), kinds.Image()),
        ((7,), kinds.Points()),
        ((8, 8, 2), kinds.Numbers()),
        ((16, 4), kinds.Numbers()),
    ],
)
def test_what_nobody_says_is_taken_from_the_shape(shape, expected):
    assert kinds.of(shape) == expected


@pytest.mark.parametrize(
    "value_range", [(1.0, 0.0), (0.0, 0.0), (0.0, float("nan")), (0.0,), "ab", None, 5]
)
def test_a_range_that_is_none_is_refused(value_range):
    with pytest.raises(ValueError, match="expected .black, white."):
        kinds.Image(value_range)
