"""Whatever is wrong on the command line is one line, status 2, and nothing is written."""

import hashlib

import numpy as np
import pytest
import toy_recipes
from click.testing import CliRunner
from gans import images_gan
from models import small_vae
from toy_recipes import TOYS

from tfgen.cli import main
from tfgen.runs import Run

TRAIN = "train toy-digits --out new"
OWN = "train toy-vae --out new --data"
TOKENS = "train toy-prior --out new --tokenizer"

BAD = {
    # of all commands
    "trian": "No such command 'trian'",
    "--nonsense": "No such option",
    "recipes all": "unexpected extra argument",
    "presets all": "unexpected extra argument",
    "quickstart --out foreign": "is not empty",
    "quickstart --out text.txt": "is a file",
    "quickstart --speed 3": "No such option",
    # recipes
    "train": "Missing argument 'RECIPE'",
    "train toy-digits": "Missing option '--out'",
    "train toy-digit --out new": "Did you mean 'toy-digits'",
    "train mnist-vea --out new": "Did you mean 'mnist-vae'",
    "train mnist_vae --out new": "Did you mean 'mnist-vae'",
    "train judging --out new": "Unknown recipe 'judging'",
    "train models --out new": "Unknown recipe 'models'",
    "train recipe --out new": "Unknown recipe 'recipe'",
    "train ../cli --out new": "Unknown recipe '../cli'",
    "train toy-digits extra --out new": "unexpected extra argument",
    # numbers
    f"{TRAIN} --epochs 0": "--epochs",
    f"{TRAIN} --epochs -1": "--epochs",
    f"{TRAIN} --epochs 1.5": "--epochs",
    f"{TRAIN} --epochs many": "--epochs",
    f"{TRAIN} --epochs": "--epochs",
    f"{TRAIN} --steps-per-epoch 0": "--steps-per-epoch",
    f"{TRAIN} --steps-per-epoch x": "--steps-per-epoch",
    f"{TRAIN} --batch-size 0": "--batch-size",
    f"{TRAIN} --batch-size -64": "--batch-size",
    f"{TRAIN} --batch-size 1e3": "--batch-size",
    f"{TRAIN} --batch-size 5000": "batch",
    f"{TRAIN} --learning-rate 0": "--learning-rate",
    f"{TRAIN} --learning-rate -1": "--learning-rate",
    f"{TRAIN} --learning-rate nan": "not a finite number",
    f"{TRAIN} --learning-rate inf": "not a finite number",
    f"{TRAIN} --learning-rate fast": "--learning-rate",
    f"{TRAIN} --latent-dim 0": "--latent-dim",
    f"{TRAIN} --latent-dim -2": "--latent-dim",
    f"{TRAIN} --latent-dim 2.5": "--latent-dim",
    "train toy-tokens --out new --latent-dim 2": "Unknown setting 'latent_dim'",
    "train toy-tokens --out new --learning-rate 2": "Unknown setting 'learning_rate'",
    f"{TRAIN} --seed -1": "--seed",
    f"{TRAIN} --seed 2147483648": "--seed",
    f"{TRAIN} --seed 4294967296": "--seed",
    f"{TRAIN} --seed 0.5": "--seed",
    f"{TRAIN} --seed lucky": "--seed",
    f"{TRAIN} --holdout 0": "--holdout",
    f"{TRAIN} --holdout 1": "--holdout",
    f"{TRAIN} --holdout -0.1": "--holdout",
    f"{TRAIN} --holdout nan": "not a finite number",
    f"{TRAIN} --holdout half": "--holdout",
    f"{TRAIN} --size 0": "is no size",
    f"{TRAIN} --size -8": "is no size",
    f"{TRAIN} --size 8x": "is no size",
    f"{TRAIN} --size x8": "is no size",
    f"{TRAIN} --size 8x0": "is no size",
    f"{TRAIN} --size 8x8x1": "is no size",
    f"{TRAIN} --size 8.5": "is no size",
    f"{TRAIN} --size 1234567": "is no size",
    f"{TRAIN} --size big": "is no size",
    f"{TRAIN} --size 16": "size is for folders",
    f"{TRAIN} --strategy parallel": "--strategy",
    f"{TRAIN} --mixed-precision yes": "unexpected extra argument",
    # --set
    f"{TRAIN} --set": "requires an argument",
    f"{TRAIN} --set width": "expected NAME=VALUE",
    f"{TRAIN} --set =3": "expected NAME=VALUE",
    f"{TRAIN} --set width=": "expected NAME=VALUE",
    f"{TRAIN} --set widht=3": "Did you mean 'width'",
    f"{TRAIN} --set colour=red": "Unknown setting 'colour'",
    f"{TRAIN} --set width=wide": "expected an integer",
    f"{TRAIN} --set width=1.5": "expected an integer",
    f"{TRAIN} --set width=nan": "expected an integer",
    f"{TRAIN} --set width=0": "hidden=(0,)",
    f"{TRAIN} --set width=-4": "hidden=(-4,)",
    f"{TRAIN} --set width=4 --set width=5": "given twice",
    f"{TRAIN} --set latent_dim=0": "--latent-dim",
    f"{TRAIN} --latent-dim 2 --set latent_dim=3": "given twice",
    f"{TRAIN} --set learning_rate=nan": "finite number",
    f"{TRAIN} --set learning_rate=0": "--learning-rate",
    f"{TRAIN} --set epochs=3": "Use --epochs 3",
    f"{TRAIN} --set seed=3": "Use --seed 3",
    f"{TRAIN} --set options=3": "Unknown setting 'options'",
    # data
    "train toy-vae --out new": "Name some by --data",
    f"{OWN} ./nowhere": "is not there",
    f"{OWN} /nowhere/at/all": "is not there",
    f"{OWN} ~/nowhere-at-all": "is not there",
    f"{OWN} nowhere.npy": "nowhere.npy",
    f"{OWN} ./nowhere.npz": "is not there",
    f"{OWN} ./text.txt": "text.txt",
    f"{OWN} ./foreign": "foreign",
    f"{OWN} ./empty": "empty",
    f"{OWN} broken.npy": "broken.npy",
    f"{OWN} names.npz": "names.npz",
    f"{OWN} nan.npy": "nan.npy",
    f"{OWN} ./photos": "batch",
    f"{OWN} ./photos --batch-size 4 --size 64": "smaller than 64x64",
    f"{OWN} ./sizes --batch-size 2": "--size",
    f"{OWN} ./one --batch-size 1": "one",
    f"{OWN} ./lies --batch-size 1": "lies",
    f"{OWN} mnst": "is no data set",
    f"{OWN} mnist --data-dir ./sets": "dataset_info.json",
    f"{OWN} ring": "trains on images",
    f"{OWN} table.npy": "trains on images",
    f"{OWN} ''": "",
    "train toy-prior --out new --data ./flat --steps-per-epoch 1": "classes",
    # the directory
    "train toy-digits --out foreign": "is not empty and holds no recipe.json",
    "train toy-digits --out text.txt": "text.txt is a file",
    "train toy-digits --out text.txt/run": "text.txt is a file",
    "train toy-tokens --out begun": "holds a run of 'toy-digits'",
    "train toy-digits --out begun --seed 3": "--seed 0, not 3",
    "train toy-digits --out begun --latent-dim 3": "--latent-dim 4, not 3",
    "train toy-digits --out begun --set width=3": "width= 16, not 3",
    "train toy-digits --out run --epochs 2": "--epochs 1, not 2",
    "train toy-digits --out broken": "recipe.json is not what",
    "train toy-digits --out bytes": "recipe.json is not what",
    # what is built upon
    f"{TRAIN} --tokenizer run": "toy-digits needs none",
    f"{TOKENS} run": "is a VAE of digits: toy-prior needs a VQ-VAE",
    f"{TOKENS} nowhere": "holds no recipe.json",
    f"{TOKENS} foreign": "holds no recipe.json",
    f"{TOKENS} text.txt": "holds no recipe.json",
    f"{TOKENS} unended": "its training has not ended",
    f"{TOKENS} strange": "holds a VAE: expected a model whose latents",
    "train toy-prior --out new --strategy multiworker": "needs a tokenizer that is trained",
    f"{TRAIN} --from nowhere": "no run directory",
    f"{TRAIN} --from nowhere.keras": "is not there",
    f"{TRAIN} --from begun": "its training has not ended",
    f"{TRAIN} --from broken": "recipe.json is not what",
    f"{TRAIN} --from gan.keras": "does not fit",
    f"{TRAIN} --from run --latent-dim 7": "does not fit: its weight",
    "train toy-digits --out begun --from run": "--from",
    # evaluate
    "evaluate": "Missing argument 'MODEL'",
    "evaluate nowhere": "no run directory",
    "evaluate begun": "its training has not ended",
    "evaluate broken": "recipe.json is not what",
    "evaluate bytes": "recipe.json is not what",
    "evaluate foreign": "holds no recipe.json",
    "evaluate text.txt": "no run directory",
    "evaluate vae.keras": "Name one by --recipe",
    "evaluate vae.keras --recipe toy-vea": "Did you mean",
    "evaluate vae.keras --recipe toy-vae": "--data",
    "evaluate run --recipe toy-vae": "says its own",
    "evaluate run --features nowhere.keras": "--features",
    "evaluate run --data ./photos": "was trained on",
    "evaluate run --data ./nowhere": "nowhere",
    "evaluate run extra": "unexpected extra argument",
    # sample
    "sample": "Missing argument 'MODEL'",
    "sample run": "--out is missing",
    "sample nowhere --out a.png": "no run directory",
    "sample begun --out a.png": "its training has not ended",
    "sample run --out a.gif": "ends in .png",
    "sample run --out a.wav": "ends in .png",
    "sample run --out text.txt": "ends in .png",
    "sample run --out text.txt/a.png": "text.txt is a file",
    "sample run --out foreign": "is not empty",
    "sample run --out foreign/": "is not empty",
    "sample run --out a.png --count 0": "--count",
    "sample run --out a.png --count -1": "--count",
    "sample run --out a.png --count ten": "--count",
    "sample run --out a.png --count 2147483648": "--count",
    "sample run --out a.png --count 100000000": "expected 524,288 at most",
    "sample run --out a.png --seed -1": "--seed",
    "sample run --out a.png --seed 2147483648": "--seed",
    "sample run --out a.png --seed 4294967295": "--seed",
    "sample run --out a.png --label 3": "not class-conditional",
    "sample run --out a.png --label x": "--label",
    "sample run --out a.png --truncation 0.5": "--truncation is for GANs",
    "sample run --out a.png --prompt x": "--prompt is for language models",
    "sample run --out a.png --temperature -1": "--temperature",
    "sample run --out a.png --temperature nan": "not a finite number",
    "sample run --out a.png --top-k 0": "--top-k",
    "sample run --out a.png --top-p 0": "--top-p",
    "sample run --out a.png --top-p 1.5": "--top-p",
    "sample run --out a.png --length 0": "--length",
    "sample gan.keras --out a.png --truncation nan": "not a finite number",
    "sample gan.keras --out a.png --truncation inf": "not a finite number",
    "sample gan.keras --out a.png --truncation -inf": "--truncation",
    "sample gan.keras --out a.png --truncation 0": "--truncation",
    "sample gan.keras --out a.png --truncation -1": "--truncation",
    "sample classes.keras --out a.png --label -1": "expected 0 to 9",
    "sample classes.keras --out a.png --label 10": "expected 0 to 9",
    "sample strange.keras --out a.png": "expected a model of tfgen",
    "sample cut.keras --out a.png": "cut.keras",
    "sample flipped.keras --out a.png": "flipped.keras",
    "sample text.keras --out a.png": "text.keras",
    "sample damaged --out a.png": "model.keras",
    "sample swapped --out a.png": "is not the model that this run trained",
    "evaluate swapped": "is not the model that this run trained",
    f"{TRAIN} --from swapped": "is not the model that this run trained",
    # reconstruct and traverse
    "reconstruct run": "Missing option '--out'",
    "reconstruct nowhere --out a.png": "no run directory",
    "reconstruct run --out a.jpg": "ends in .png",
    "reconstruct vae.keras --out a.png": "Name some by --data",
    "reconstruct vae.keras --out a.png --data ./nowhere": "nowhere",
    "reconstruct vae.keras --out a.png --data wide.npy": "the model takes (8, 8, 1)",
    "reconstruct gan.keras --out a.png --data digits": "it has no encoder",
    "reconstruct run --out a.png --data ./photos": "was trained on",
    "traverse run": "Missing option '--out'",
    "traverse nowhere --out a.png": "no run directory",
    "traverse run --out a.jpg": "ends in .png",
    "traverse run --out a.png --along rivers": "--along",
    "traverse run --out a.png --along sefa": "expected a GAN",
    "traverse run --out a.png --count 0": "--count",
    "traverse run --out a.png --seed -1": "--seed",
    "traverse run --out a.png --label 0": "not class-conditional",
    # export
    "export run": "Missing option '--out'",
    "export nowhere --out new": "no run directory",
    "export begun --out new": "its training has not ended",
    "export run --out new --to ,": "--to received nothing",
    "export run --out new --to onnx": "'onnx'",
    "export run --out new --modes int3": "'int3'",
    "export run --out new --modes ,": "--modes received nothing",
    "export run --out new --to tflite --serving-kit": "add saved_model",
    "export run --out new --modes float32 --fine-tune-steps 5": "Add int8",
    "export run --out new --to saved_model --fine-tune-steps 5": "Add int8",
    "export run --out new --fine-tune-steps -5": "--fine-tune-steps",
    "export run --out new --to saved_model --endpoints decode": "--to has no tflite",
    "export run --out new --to tflite --endpoints sing": "sing",
    "export run --out new --to tflite --endpoints ,": "endpoints",
    "export run --out new --to web --runtime nowhere": "npm install @litertjs/core",
    "export run --out text.txt": "text.txt",
    "export run --out text.txt/new": "text.txt",
    "export strange.keras --out new": "endpoints()",
}
CONFIGS = ["[]", "{}", "null", "rubbish", "", '{"cluster": {"worker": []}}']


def run(command, **environment):
    arguments = [part.replace("''", "") for part in command.split()]
    return CliRunner(env=environment).invoke(main, arguments)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A directory with whatever may lie about."""
    place = tmp_path_factory.mktemp("place")
    toy = TOYS["toy-digits"]
    facts = {"source": {"shape": [8, 8, 1]}}
    for name in ("run", "begun", "damaged"):
        Run(place / name, toy, toy.settings, facts).begin()
    model = toy_recipes.build_vae(toy.settings, _spec(), 1)
    for path in ("run/model.keras", "vae.keras"):
        model.save(place / path)
    for name in ("unended", "strange"):
        Run(place / name, TOYS["toy-tokens"], TOYS["toy-tokens"].settings).begin()
    small_vae().save(place / "strange" / "model.keras")
    swapped = Run(place / "swapped", toy, toy.settings, facts)
    model.save(_made(swapped.model_path))
    swapped.end()
    images_gan().save(swapped.model_path)
    images_gan().save(place / "gan.keras")
    small_vae(num_classes=10).save(place / "classes.keras")
    _damage(place)
    _data(place)
    return place


def _made(path):
    path.parent.mkdir()
    return path


def _spec():
    from tfgen import kinds
    from tfgen.data.spec import Spec

    return Spec(kinds.Image(), (8, 8, 1))


def _damage(place):
    import keras

    content = (place / "vae.keras").read_bytes()
    (place / "cut.keras").write_bytes(content[: len(content) // 2])
    half = len(content) // 2
    flipped = content[:half] + bytes(255 - b for b in content[half : half + 200])
    (place / "flipped.keras").write_bytes(flipped + content[half + 200 :])
    (place / "damaged" / "model.keras").write_bytes(content[:1000])
    (place / "text.keras").write_text("a model")
    (place / "text.txt").write_text("precious")
    for name in ("foreign", "empty", "broken", "bytes"):
        (place / name).mkdir()
    (place / "foreign" / "thesis.txt").write_text("precious")
    (place / "broken" / "recipe.json").write_text('{"recipe": "toy-')
    (place / "bytes" / "recipe.json").write_bytes(b"\xff\xfe\x00\x01")
    keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)]).save(place / "strange.keras")


def _data(place):
    from PIL import Image

    toy_recipes.photos(place / "photos", 12)
    toy_recipes.photos(place / "one", 1)
    for name, side in (("sizes", 1), ("flat", 0)):
        (place / name).mkdir()
        for i in range(70):
            picture = np.full((8 + side * (i % 2), 8), i, np.uint8)
            Image.fromarray(picture).save(place / name / f"{i}.png")
    (place / "lies").mkdir()
    for i in range(4):
        (place / "lies" / f"{i}.png").write_text("no picture")
    (place / "broken.npy").write_bytes(b"\x93NUMPY\x01\x00rubbish")
    np.save(place / "table.npy", np.random.default_rng(0).normal(size=(90, 3)))
    (place / "sets" / "mnist" / "3.0.1").mkdir(parents=True)
    (place / "sets" / "mnist" / "3.0.1" / "dataset_info.json").write_text('{"name": "mn')
    np.savez(place / "names.npz", cats=np.zeros((4, 8, 8)), dogs=np.zeros(4))
    np.save(place / "nan.npy", np.full((80, 8, 8), np.nan, np.float32))
    np.save(
        place / "wide.npy",
        np.zeros((80, 8, 16), np.uint8) + np.arange(80)[:, None, None].astype(np.uint8),
    )


def contents(place):
    """All files, with hashes of what is in them."""
    files = sorted(path for path in place.rglob("*"))
    return {p: p.is_file() and hashlib.md5(p.read_bytes()).hexdigest() for p in files}


@pytest.fixture(autouse=True)
def toys(monkeypatch):
    toy_recipes.use(monkeypatch)
    monkeypatch.delenv("TF_CONFIG", raising=False)


def refused(result, message):
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert result.exit_code == 2, result.output
    lines = result.stderr.splitlines()
    assert len(lines) == 1 and lines[0].startswith("Error: "), result.output
    assert message in lines[0] and result.stdout == ""
    assert "Errno" not in lines[0] and len(lines[0]) > len("Error: ") + 10


@pytest.mark.parametrize("command", BAD)
def test_bad_input_is_one_line_and_writes_nothing(command, place, monkeypatch):
    monkeypatch.chdir(place)
    before = contents(place)
    refused(run(command), BAD[command])
    assert contents(place) == before


@pytest.mark.parametrize("text", CONFIGS)
def test_rubbish_in_the_cluster_is_named(text, place, monkeypatch):
    monkeypatch.chdir(place)
    before = contents(place)
    refused(run(f"{TRAIN} --strategy multiworker", TF_CONFIG=text), "TF_CONFIG is")
    assert contents(place) == before


def test_the_table_is_long_enough():
    assert len(BAD) + len(CONFIGS) >= 150
