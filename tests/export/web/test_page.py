"""What can be said of an exported page without a browser."""

import base64
import dataclasses
import hashlib
import html.parser
import json
import os
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from gans import images_gan, points_gan
from models import small_vae
from tfgen.export import to_web

import tfgen
from tfgen import sampling


class _Elements(html.parser.HTMLParser):
    """All elements of a page, as (tag, attributes, text)."""

    def __init__(self, text):
        super().__init__()
        self.found = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.found.append([tag, dict(attributes), ""])

    def handle_data(self, data):
        if self.found:
            self.found[-1][2] += data


def elements(page):
    return _Elements((page / "index.html").read_text()).found


def script(page, kind):
    [text] = [text for _, attributes, text in elements(page) if attributes.get("type") == kind]
    return text.strip()


def settings(page):
    return json.loads(script(page, "application/json"))


def policy(page):
    [content] = [a["content"] for _, a, _ in elements(page) if "http-equiv" in a]
    return dict(part.strip().split(" ", 1) for part in content.split(";"))


def test_every_file_that_the_page_names_is_there(page):
    named = [a.get("src") or a.get("href") for _, a, _ in elements(page)]
    for path in page.glob("*.js"):
        named += re.findall(r'from "(\./\w+\.js)"', path.read_text())
    named += json.loads(script(page, "importmap"))["imports"].values()
    found = settings(page)
    named += [found["model"], found["latents"]["file"], found["runtime"]]
    names = [name for name in named if name and not name.startswith("data:")]
    assert len(names) == 3 + 5 + 2 + 3
    assert [name for name in names if not (page / name).exists()] == []


def test_nothing_but_what_is_needed_is_there(page):
    files = {path.relative_to(page).as_posix() for path in page.rglob("*") if path.is_file()}
    core = {f"runtime/core/wasm/litert_wasm{kind}_internal.{suffix}"
            for kind in ("", "_compat") for suffix in ("js", "wasm")}  # fmt: skip
    packages = {f"runtime/{package}/{name}" for package in ("core", "wasm-utils")
                for name in ("package.json", "dist/index.js")}  # fmt: skip
    static = {"index.html", "page.css", "page.js", "preflight.js", "generator.js", "closer.js",
              "loading.js", "picture.js", "float32.tflite", "latents.tflite"}  # fmt: skip
    assert files == static | core | packages


def test_no_outside_address_is_in_the_page_and_its_policy_forbids_all(page):
    text = "".join(
        path.read_text() for path in page.iterdir() if path.suffix in {".html", ".css", ".js"}
    )
    assert set(re.findall(r"(?:https?:)?//[\w.:-]+\w", re.sub(r"// .*", "", text))) == {
        "http://localhost:8000"  # what a visitor is told to open
    }
    rules = policy(page)
    assert rules["default-src"] == "'none'" and rules["connect-src"] == "'self'"
    digest = base64.b64encode(hashlib.sha256(script(page, "importmap").encode()).digest()).decode()
    assert rules["script-src"] == f"'self' 'wasm-unsafe-eval' 'sha256-{digest}'"


def test_only_an_address_that_was_given_may_be_reached(toy, tmp_path):
    address = "https://cdn.example/npm/@litertjs/core@2.5.3"
    page = to_web(toy, tmp_path, runtime=address + "/", value_range=(0.0, 1.0)).parent
    assert json.loads(script(page, "importmap"))["imports"] == {
        "@litertjs/core": f"{address}/dist/index.js",
        "@litertjs/wasm-utils": "https://cdn.example/npm/@litertjs/wasm-utils@2.5.3/dist/index.js",
    }
    assert settings(page)["runtime"] == f"{address}/wasm/"
    assert policy(page)["connect-src"] == "'self' https://cdn.example"
    assert policy(page)["script-src"].startswith("'self' https://cdn.example 'wasm-unsafe-eval'")
    assert not (page / "runtime").exists()


def test_every_control_has_a_label(page):
    found = elements(page)
    labelled = {a["for"] for tag, a, _ in found if tag == "label"}
    controls = {a["id"] for tag, a, _ in found if tag in ("input", "select")}
    assert controls == labelled == {"seed", "class", "truncation"}
    assert all(text.strip() or "aria-label" in a for tag, a, text in found if tag == "button")


def test_the_settings_are_those_of_the_model(page, toy):
    assert settings(page) == {
        "shape": [16, 16, 1],
        "valueRange": [0.0, 1.0],
        "classes": None,
        "defaults": {},
        "latents": {"file": "latents.tflite", "size": 6, "truncated": False},
        "sliders": 6,
        "model": "float32.tflite",
        "runtime": "./runtime/core/wasm/",
    }


def test_the_files_draw_what_python_draws(page, toy, run):
    seeds = sampling.seeds(5, 9).numpy()
    z = run(page / "latents.tflite", "latents", seed=seeds)["z"]
    np.testing.assert_allclose(z, sampling.normal(seeds, (6,)), atol=1e-6)
    expected = toy.endpoints()["generate"](seed=seeds)["images"]
    model = page / "float32.tflite"
    np.testing.assert_allclose(run(model, "generate", seed=seeds)["images"], expected, atol=1e-5)
    np.testing.assert_allclose(run(model, "decode", z=z)["images"], expected, atol=1e-5)


def test_a_class_conditional_gan_has_classes_and_its_own_range(fake_runtime, tmp_path):
    gan = images_gan(num_classes=3)
    text = '</script><b a="$b">&'
    page = to_web(
        gan, tmp_path, runtime=fake_runtime, title=text, class_names=[text, "b", "c"],
        mode="dynamic_int8",
    ).parent  # fmt: skip
    found = settings(page)
    assert found["classes"] == [text, "b", "c"] and found["valueRange"] == [-1.0, 1.0]
    assert found["defaults"] == {"truncation": 1e3} and found["latents"]["truncated"]
    assert found["latents"]["size"] == 3 and (page / "dynamic_int8.tflite").is_file()
    assert [t.strip() for tag, _, t in elements(page) if tag == "h1"] == [text]
    assert [tag for tag, _, _ in elements(page)].count("b") == 0


class _Undecodable(tfgen.VAE):
    """A VAE whose pictures are not decoded from normal latents of their seeds."""

    def endpoints(self):
        endpoints = super().endpoints()
        decode = endpoints["decode"].function

        def generate(seed):
            return decode(2.0 * sampling.normal(seed, (self.latent_dim,)))

        return {**endpoints, "generate": _replaced(endpoints["generate"], generate)}


def _replaced(endpoint, function):
    return dataclasses.replace(endpoint, function=function)


def test_pictures_of_other_latents_have_no_sliders(fake_runtime, tmp_path):
    page = to_web(small_vae(_Undecodable), tmp_path, runtime=fake_runtime).parent
    assert settings(page)["latents"] is None and settings(page)["sliders"] == 0
    assert not (page / "latents.tflite").exists()


BAD = {
    "no such runtime": ({"runtime": "nowhere/core"}, "npm install @litertjs/core@2.5.3"),
    "insecure": ({"runtime": "http://cdn.example/@litertjs/core"}, "https address"),
    "another package": ({"runtime": "https://cdn.example/@litertjs/tfjs"}, "@litertjs/core"),
    "quoted": ({"runtime": "https://a'b/@litertjs/core"}, "https address"),
    "mode": ({"mode": "int3"}, "mode received 'int3'"),
    "range": ({"value_range": (1.0, 1.0)}, "black below white"),
    "no number": ({"value_range": (0.0, float("nan"))}, "black below white"),
    "title": ({"title": 5}, "title=5: expected a text"),
    "class names": ({"class_names": ["a"]}, "not class-conditional"),
}


@pytest.mark.parametrize("what", BAD)
def test_bad_arguments_are_one_line_before_any_work(what, fake_runtime, tmp_path):
    arguments, message = BAD[what]
    with pytest.raises(ValueError, match=re.escape(message)) as caught:
        to_web(small_vae(), tmp_path / "page", **{"runtime": fake_runtime, **arguments})
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "page").exists()


class _Untold(tfgen.VAE):
    """A VAE whose endpoints do not say what they draw."""

    def endpoints(self):
        return {k: dataclasses.replace(e, outputs={}) for k, e in super().endpoints().items()}


MODELS = {
    "points": (points_gan, "generates points (4, 2): expected images"),
    "too few names": (lambda: small_vae(num_classes=3), "2 class_names: the model has 3 classes"),
    "no kind": (lambda: small_vae(_Untold), "told by the endpoint's outputs"),
}


@pytest.mark.parametrize("what", MODELS)
def test_models_that_cannot_be_shown_are_refused(what, fake_runtime, tmp_path):
    make, message = MODELS[what]
    names = ["a", "b"] if "names" in what else None
    with pytest.raises(ValueError, match=re.escape(message)):
        to_web(make(), tmp_path / "page", runtime=fake_runtime, class_names=names)
    assert not (tmp_path / "page").exists()


def _changed(fake_runtime, folder, change):
    copy = folder / "@litertjs"
    shutil.copytree(fake_runtime.parent, copy)
    change(copy)
    return copy / "core"


def _cut(packages):
    (packages / "core" / "wasm" / "litert_wasm_internal.wasm").unlink()


def _alone(packages):
    shutil.rmtree(packages / "wasm-utils")


def _old(packages):
    described = {"name": "@litertjs/core", "version": "2.4.9"}
    (packages / "core" / "package.json").write_text(json.dumps(described))


RUNTIMES = {
    "cut": (_cut, "litert_wasm_internal.wasm is missing"),
    "alone": (_alone, "wasm-utils/package.json is missing"),
    "old": (_old, "which is @litertjs/core 2.4.9"),
}


@pytest.mark.parametrize("what", RUNTIMES)
def test_a_runtime_that_is_not_whole_is_refused(what, fake_runtime, tmp_path):
    change, message = RUNTIMES[what]
    runtime = _changed(fake_runtime, tmp_path, change)
    with pytest.raises(ValueError, match=re.escape(message)):
        to_web(small_vae(), tmp_path / "page", runtime=runtime)


def test_a_full_disk_leaves_the_old_page_whole(page, toy, fake_runtime, tmp_path, monkeypatch):
    shutil.copytree(page, tmp_path / "page")
    before = {p: p.read_bytes() for p in (tmp_path / "page").rglob("*") if p.is_file()}

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    monkeypatch.setattr("tfgen.export.web.page._models", lambda *_: {"float32.tflite": b"new"})
    with pytest.raises(OSError, match="No space left"):
        to_web(toy, tmp_path / "page", runtime=fake_runtime, value_range=(0.0, 1.0))
    assert {p: p.read_bytes() for p in (tmp_path / "page").rglob("*") if p.is_file()} == before


def test_the_version_that_is_advised_is_the_one_that_is_tested():
    pinned = json.loads((Path(__file__).parent / "package.json").read_text())["dependencies"]
    text = (Path(__file__).parents[3] / "export" / "web" / "runtime.py").read_text()
    assert set(re.findall(r"core@(\d+\.\d+\.\d+)", text)) == {pinned["@litertjs/core"]}
