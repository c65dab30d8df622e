"""A static page around one TFLite file."""

import base64
import hashlib
import html
import json
import os
import tempfile
from collections.abc import Iterable
from importlib import resources
from pathlib import Path
from string import Template
from typing import Any

from tfgen.export.arguments import checked_endpoints, checked_text, chosen
from tfgen.export.destination import writable_directory, write_into
from tfgen.export.modes import MODES
from tfgen.export.tflite.to_tflite import to_tflite
from tfgen.export.web import texts
from tfgen.export.web.latents import Latents
from tfgen.export.web.runtime import runtime_at
from tfgen.export.web.settings import described

_STATIC = ("page.css", "preflight.js", "loading.js", "page.js", "generator.js", "closer.js",
           "picture.js")  # fmt: skip


def to_web(
    model: Any,
    directory: str | os.PathLike,
    *,
    runtime: str | os.PathLike = "node_modules/@litertjs/core",
    mode: str = "float32",
    title: str | None = None,
    class_names: Iterable[str] | None = None,
    value_range: tuple[float, float] | None = None,
) -> Path:
    """Write a static page that draws the model's pictures, or writes its texts, on the visitor's
    device.

    A seed gives the pictures of `model.sample(count, seed)`, class by class in turn or of one
    chosen class. Where pictures are decoded from normal latents, sliders bend the chosen one.
    Any web server will do: `python -m http.server` in the directory, say. The page's policy
    forbids the browser to reach any other server.

    Inputs with a default are filled with it, and `truncation` has a slider.

    The page of a model of text has a box for a prompt, and types on from there, token by token:
    for the same seed, what `model.sample(1, seed, prompt=..., temperature=...)` writes.

    Args:
        model: a built model whose endpoint `generate` makes pictures of seeds, or that has
            `prefill` and `decode`, as a `LanguageModel` has.
        directory: where `index.html` goes, with all that it needs; created if missing.
        runtime: folder of the npm package `@litertjs/core`, which is copied; or the https address
            of one, such as a CDN's, which every visitor's browser will then load it from.
        mode: how weights are stored, as in `to_tflite`.
        title: the page's heading; the model's class by default.
        class_names: names for the classes of a class-conditional model; numbers by default.
        value_range: `(black, white)`; by default what the endpoint says.

    Returns:
        The `pathlib.Path` of `index.html`.

    Raises:
        ValueError: before any work, for a model that makes neither, for a runtime that is not
            there, and for arguments that do not fit the model.
    """
    [mode] = chosen("mode", [mode], MODES)
    source = runtime_at(runtime)
    checked_text("to_web received title", title, 'title="Digits"')
    endpoints = checked_endpoints(model)
    text = texts.writes(endpoints)
    if text:
        _check_no_pictures(class_names=class_names, value_range=value_range)
        settings = texts.described(endpoints)
    else:
        settings = described(type(model).__name__, endpoints, class_names, value_range)
    directory = writable_directory(directory)
    contents = _written(model, mode) if text else _models(model, mode, settings["latents"])
    contents |= source.files()
    contents |= {name: _template(name).encode() for name in (texts.STATIC if text else _STATIC)}
    settings |= {"model": f"{mode}.tflite", "runtime": source.wasm}
    kilobytes = len(contents[settings["model"]]) / 1e3
    template = _template("text.html" if text else "index.html")
    heading, model_line = title or type(model).__name__, f"{mode}, {kilobytes:,.0f} KB"
    contents["index.html"] = _page(template, heading, settings, source, model_line).encode()
    write_into(directory, contents)
    return directory / "index.html"


def _check_no_pictures(**given):
    for name, value in given.items():
        if value is not None:
            raise ValueError(f"to_web received {name}: this model writes text. Leave it out.")


def _written(model, mode):
    """Return the TFLite file of a model of text, by name."""
    with tempfile.TemporaryDirectory() as directory:
        [path] = to_tflite(model, directory, [mode], endpoints=texts.ENDPOINTS)
        return {path.name: path.read_bytes()}


def _models(model, mode, latents):
    """Return the TFLite files by name: the model and, if it has any, its latents."""
    endpoints = ["generate", "decode"] if latents else ["generate"]
    with tempfile.TemporaryDirectory() as directory:
        paths = to_tflite(model, directory, [mode], endpoints=endpoints)
        contents = {path.name: path.read_bytes() for path in paths}
        if latents:  # in a file of its own: no mode may quantize them
            [path] = to_tflite(
                Latents(latents["size"], latents["truncated"]),
                directory,
                MODES[:1],
                endpoints="latents",
            )
            contents[latents["file"]] = path.read_bytes()
    return contents


def _page(template, title, settings, runtime, model):
    import_map = json.dumps({"imports": runtime.imports})
    values = {
        "title": html.escape(title),
        "policy": _policy(import_map, runtime.origin),
        "importmap": import_map,
        "settings": json.dumps(settings).replace("<", "\\u003c"),  # or </script> would end it
        "footer": f"Model: {html.escape(model)}. Made with tfgen; runs on LiteRT.js.",
    }
    return Template(template).substitute(values)


def _policy(import_map, origin):
    """Return the content security policy: the page's own server and `origin`, no other."""
    digest = base64.b64encode(hashlib.sha256(import_map.encode()).digest()).decode()
    servers = f"'self' {origin}" if origin else "'self'"
    return (
        f"default-src 'none'; script-src {servers} 'wasm-unsafe-eval' 'sha256-{digest}'; "
        f"connect-src {servers}; style-src 'self'; img-src data:; base-uri 'none'; "
        "form-action 'none'"
    )


def _template(name):
    return resources.files("tfgen.export.web").joinpath(name).read_text(encoding="utf-8")
