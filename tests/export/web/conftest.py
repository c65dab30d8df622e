"""A page of the toy generator, and a browser to visit it with.

The browser's tests need Debian's `chromium`, `node`, and the packages of `package.json` beside this
file: `npm install` in a copy of this folder, with TFGEN_NODE_MODULES naming the node_modules made.
"""

import contextlib
import functools
import http.server
import json
import os
import shutil
import subprocess
import threading
from pathlib import Path

import pytest
from tfgen.export import to_web

HERE = Path(__file__).parent
SCREENSHOTS = "TFGEN_SCREENSHOTS"  # a folder to keep them in, if set


@pytest.fixture(scope="session")
def fake_runtime(tmp_path_factory):
    """A folder like node_modules/@litertjs/core, without the megabytes."""
    modules = tmp_path_factory.mktemp("node_modules") / "@litertjs"
    packages = {
        "core": ["dist/index.js", *[f"wasm/litert_wasm{kind}_internal.{suffix}"
                 for kind in ("", "_compat", "_jspi") for suffix in ("js", "wasm")]],
        "wasm-utils": ["dist/index.js"],
    }  # fmt: skip
    for package, names in packages.items():
        described = {"name": f"@litertjs/{package}", "version": "2.5.3"}
        for name, text in {"package.json": json.dumps(described), **dict.fromkeys(names)}.items():
            path = modules / package / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text or f"// {package}/{name}")
    return modules / "core"


@pytest.fixture(scope="session")
def page(toy, fake_runtime, tmp_path_factory):
    """The folder of the toy's page."""
    folder = tmp_path_factory.mktemp("page")
    return to_web(toy, folder, runtime=fake_runtime, value_range=(0.0, 1.0)).parent


@pytest.fixture(scope="session")
def node_modules():
    """The folder of the npm packages; skips where it, node or Chromium is missing."""
    modules = Path(os.environ.get("TFGEN_NODE_MODULES", HERE / "node_modules"))
    programs = {"node": shutil.which("node"), "chromium": shutil.which("chromium")}
    packages = {name: (modules / name).is_dir() for name in ("@litertjs/core", "playwright-core")}
    if missing := [name for name, found in {**programs, **packages}.items() if not found]:
        pytest.skip(f"no {', '.join(missing)} (see tests/export/web/conftest.py)")
    return modules


@pytest.fixture
def visit(node_modules, tmp_path):
    """Function `(folder, steps, address=None) -> {answer, requests, strays}` by `visit.mjs`."""

    def visit(folder, steps, address=None):
        with _served(folder) as (server, strays):
            order = {
                "address": address or f"{server}/index.html",
                "pictures": os.environ.get(SCREENSHOTS, str(tmp_path)),
                "profile": str(tmp_path / "profile"),
                "proxy": server,
                "steps": steps,
            }
            command = ["node", HERE / "visit.mjs", node_modules, shutil.which("chromium")]
            done = subprocess.run(
                [*command, json.dumps(order)], capture_output=True, text=True, timeout=240
            )
        assert done.returncode == 0, done.stderr
        return {**json.loads(done.stdout), "strays": strays}

    return visit


@contextlib.contextmanager
def _served(folder):
    """Serve a folder on 127.0.0.1; as a proxy, refuse and record what is meant for elsewhere.

    Browsers call their makers of their own accord: of the records, only the page's are telling.
    """
    strays = []

    class Handler(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

        def do_CONNECT(self):
            strays.append(self.path)
            with contextlib.suppress(ConnectionError):  # a browser that has closed already
                self.send_error(403)

        def do_GET(self):
            if self.path.startswith("/"):
                return super().do_GET()
            return self.do_CONNECT()

        do_HEAD = do_POST = do_GET

    handler = functools.partial(Handler, directory=str(folder))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", strays
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
