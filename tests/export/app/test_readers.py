"""The tokenizers that travel with files read and write as tfgen's do, in Python and JavaScript."""

import importlib.util
import json
import random
import shutil
import subprocess
from pathlib import Path

import pytest
import tfgen.export
from text_models import TEXT, TOKENIZERS

from tfgen.tokenizers import Subwords

EXPORT = Path(tfgen.export.__file__).parent
LETTERS = "ab c  d\n\té漢42١\u0301'—\u00a0\u3000🙂\u2028 \u200b\ufeff\x85\x1c²"
CALLER = """
import { readFileSync } from "node:fs";
const { Tokenizer } = await import(process.argv[2]);
const { about, texts } = JSON.parse(readFileSync(0));
const tokenizer = new Tokenizer(about);
const said = (text) => { try { return tokenizer.encode(text); } catch (e) { return e.message; } };
const tokens = texts.map(said);
const back = tokens.map((row) => typeof row === "string" ? row : tokenizer.decode(row));
const broken = tokenizer.decode([...tokens[0].slice(0, -1), tokenizer.end, 0]);
console.log(JSON.stringify({ tokens, back, broken }));
"""


def cases(name):
    """Texts that the tokenizer knows, the odd ones too."""
    randomness = random.Random(0)
    letters = "".join(TOKENIZERS["characters"].pieces) if name == "characters" else LETTERS
    odd = ["".join(randomness.choice(letters) for _ in range(40)) for _ in range(60)]
    return [TEXT, *odd, ""]


@pytest.fixture(params=[*TOKENIZERS, "trained"])
def tokenizer(request):
    if request.param == "trained":
        return Subwords.trained([TEXT * 3, *cases("trained")], size=400)
    return TOKENIZERS[request.param]


@pytest.fixture(scope="module")
def reader():
    place = EXPORT / "app" / "templates" / "tokenizer.py"
    spec = importlib.util.spec_from_file_location("reader", place)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.Tokenizer


def test_python_encodes_and_decodes_alike(tokenizer, reader):
    read = reader(json.loads(json.dumps(tokenizer.about())))
    for text in cases(tokenizer.name):
        tokens = tokenizer.encode(text).tolist()
        assert read.encode(text) == tokens
        assert read.decode(tokens) == text
        assert read.decode([*tokens[:-1], read.end, 0]) == tokenizer.decode(tokens[:-1])


def test_python_yields_whole_characters_only(reader):
    read = reader(TOKENIZERS["bytes"].about())
    assert [*read.stream("aé🙂".encode())] == ["a", "", "é", "", "", "", "🙂", ""]


def test_javascript_encodes_and_decodes_alike(tokenizer, tmp_path):
    if shutil.which("node") is None:
        pytest.skip("no node")
    module = tmp_path / "tokenizer.mjs"
    module.write_text((EXPORT / "web" / "tokenizer.js").read_text())
    (tmp_path / "caller.mjs").write_text(CALLER)
    texts = cases(tokenizer.name)
    done = subprocess.run(
        ["node", tmp_path / "caller.mjs", module], timeout=60, capture_output=True, check=True,
        input=json.dumps({"about": tokenizer.about(), "texts": [*texts, "\ud800☃"]}), text=True,
    )  # fmt: skip
    found = json.loads(done.stdout)
    expected = [tokenizer.encode(text).tolist() for text in texts]
    assert found["tokens"][:-1] == expected and found["back"][:-1] == texts
    assert found["broken"] == tokenizer.decode(expected[0][:-1])
    assert found["back"][-1].startswith("The model does not know")


@pytest.mark.parametrize(("name", "text"), [("characters", "the ☃ and é"), ("bytes", "a\ud800")])
def test_what_is_unknown_is_named(name, text, reader):
    with pytest.raises(ValueError, match="the model does not know '") as caught:
        reader(TOKENIZERS[name].about()).encode(text)
    assert ("☃" in str(caught.value)) == (name == "characters")
