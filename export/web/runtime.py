"""Where a page has LiteRT.js from: files beside it, or an address that the user gives.

LiteRT.js is the npm package `@litertjs/core`, which needs `@litertjs/wasm-utils`.
"""

import dataclasses
import json
import re
from pathlib import Path
from urllib.parse import urlsplit

_FIX = "`npm install @litertjs/core@2.5.3` makes the folder node_modules/@litertjs/core."
_CORE = (
    "package.json",  # which states the licence
    "dist/index.js",
    "wasm/litert_wasm_internal.js",
    "wasm/litert_wasm_internal.wasm",
    "wasm/litert_wasm_compat_internal.js",  # for browsers without relaxed SIMD
    "wasm/litert_wasm_compat_internal.wasm",
)
_WASM_UTILS = ("package.json", "dist/index.js")


@dataclasses.dataclass(frozen=True)
class Runtime:
    """LiteRT.js, as a page sees it.

    Attributes:
        core: address of `@litertjs/core`, relative to the page or https.
        wasm_utils: address of `@litertjs/wasm-utils`, likewise.
        copies: `{name beside the page: Path}` of what has to be copied.
    """

    core: str
    wasm_utils: str
    copies: dict

    @property
    def imports(self):
        """The import map, `{module: address}`."""
        modules = {"@litertjs/core": self.core, "@litertjs/wasm-utils": self.wasm_utils}
        return {name: f"{address}/dist/index.js" for name, address in modules.items()}

    @property
    def wasm(self):
        """The address of the folder of WebAssembly files."""
        return f"{self.core}/wasm/"

    @property
    def origin(self):
        """The server that the page must be allowed to ask besides its own, or None."""
        parts = urlsplit(self.core)
        return f"{parts.scheme}://{parts.netloc}" if parts.netloc else None

    def files(self):
        """Return `{name beside the page: bytes}`."""
        return {name: path.read_bytes() for name, path in self.copies.items()}


def runtime_at(place):
    """Return the `Runtime` at `place`: the folder of `@litertjs/core`, or its https address.

    Raises:
        ValueError: it is not there, is not whole, or has another version than 2.5 and later 2.x.
    """
    if re.match(r"https?:", str(place)):
        return _remote(str(place).rstrip("/"))
    core = Path(place)
    others = (core.parent / "wasm-utils", core / "node_modules/@litertjs/wasm-utils")
    wasm_utils = next((path for path in others if path.is_dir()), others[0])
    _check_version(core)
    copies = {f"runtime/core/{name}": core / name for name in _CORE}
    copies |= {f"runtime/wasm-utils/{name}": wasm_utils / name for name in _WASM_UTILS}
    missing = [str(path) for path in copies.values() if not path.is_file()]
    if missing:
        raise ValueError(f"to_web received runtime={str(place)!r}: {missing[0]} is missing. {_FIX}")
    return Runtime("./runtime/core", "./runtime/wasm-utils", copies)


def _remote(address):
    if not re.fullmatch(r"https://[^\s\"'<>;,]+/@litertjs/core(@2\.\d+(\.\d+)?)?", address):
        raise ValueError(
            f"to_web received runtime={address!r}: expected an https address that ends in "
            "/@litertjs/core or /@litertjs/core@2.5.3. Or give a folder, which is copied."
        )
    return Runtime(address, address.replace("/@litertjs/core", "/@litertjs/wasm-utils"), {})


def _check_version(core):
    try:
        package = json.loads((core / "package.json").read_text())
        name, version = package["name"], package["version"]
    except (OSError, ValueError, KeyError, TypeError):
        raise ValueError(
            f"to_web received runtime={str(core)!r}: expected the folder of the npm package "
            f"@litertjs/core. {_FIX}"
        ) from None
    major, minor = (int(part) for part in version.split(".")[:2])
    if name != "@litertjs/core" or major != 2 or minor < 5:
        raise ValueError(
            f"to_web received runtime={str(core)!r}, which is {name} {version}: expected "
            f"@litertjs/core from 2.5 on, below 3. {_FIX}"
        )
