"""What lies in the folder of a page of text."""

import json
import re

import pytest
from text_models import LENGTH, small_language_model
from tfgen.export import inspect, to_web


@pytest.fixture(scope="module")
def page(fake_runtime, tmp_path_factory):
    folder = tmp_path_factory.mktemp("text")
    return to_web(small_language_model("subwords"), folder, runtime=fake_runtime).parent


def _settings(page):
    html = (page / "index.html").read_text()
    return json.loads(re.search(r'id="settings">(.*?)</script>', html, re.S)[1])


def test_the_settings_have_the_tokenizer_and_the_cache(page):
    settings = _settings(page)
    tokenizer = small_language_model("subwords").tokenizer
    assert settings["tokenizer"] == {"kind": "text", **tokenizer.about()}
    assert settings["window"] == LENGTH and settings["beyond"]
    inputs = inspect(page / "float32.tflite").signatures["decode"].inputs
    assert settings["cache"] == list(inputs["cache"].shape)


def test_every_file_that_the_page_needs_is_there_and_no_other(page):
    files = {path.name for path in page.iterdir() if path.is_file()}
    html = (page / "index.html").read_text()
    named = {*re.findall(r'(?:src|href)="([\w.]+)"', html), _settings(page)["model"]}
    for script in page.glob("*.js"):
        named |= set(re.findall(r'from "\./(\w+\.js)"', script.read_text()))
    assert files == {*named, "index.html"}
    used = set(re.findall(r'"([a-z]+)"', (page / "text_page.js").read_text()))
    ids = set(re.findall(r'\bid="([a-z]+)"', html))
    assert {"prompt", "seed", "length", "temperature", "text", "time", "error"} <= ids & used


@pytest.mark.parametrize("given", [{"class_names": ["a"]}, {"value_range": (0, 1)}])
def test_what_is_of_pictures_is_refused(given, fake_runtime, tmp_path):
    with pytest.raises(ValueError, match=f"received {next(iter(given))}: this model writes text"):
        to_web(small_language_model(), tmp_path / "page", runtime=fake_runtime, **given)
    assert not (tmp_path / "page").exists()
