"""What the app folder of a model of text has in place of pictures."""

from tfgen.export.app.cells import line

PREFILL, DECODE = "prefill", "decode"
NEEDED = f"texts by the endpoints {PREFILL} and {DECODE} and a tokenizer"
FIX = f"Export the model with endpoints=[{PREFILL!r}, {DECODE!r}]"
COPIED = {"run.py": "text_run.py", "tokenizer.py": "tokenizer.py"}
FILLED = {
    "Generator.kt": "text_Generator.kt",
    "Generator.swift": "text_Generator.swift",
    "Tokenizer.kt": "Tokenizer.kt",
    "Tokenizer.swift": "Tokenizer.swift",
    "README.md": "text_README.md",
}


def writes(found):
    """Whether a file can write text token by token, and says in which tokens."""
    told = found.metadata["endpoints"]
    return {PREFILL, DECODE} <= set(told) and tokenizer_of(told) is not None


def tokenizer_of(endpoints):
    """Return the tokenizer that the endpoints' metadata tell of, or None."""
    for endpoint in endpoints.values():
        for kind in (*endpoint["outputs"].values(), *endpoint["inputs"].values()):
            if "tokenizer" in kind:
                return {"kind": "text", **{k: kind[k] for k in kind if k in _TOKENIZER}}
    return None


_TOKENIZER = ("tokenizer", "end", "pieces", "merges", "pattern")


def summary(found):
    """Return what `app.json` says: the tokenizer, and what each file says of itself."""
    tokenizer = tokenizer_of(found[0].metadata["endpoints"])
    return {"output": "texts", **tokenizer, "files": {one.name: one.metadata for one in found}}


def fields(found):
    """Return what the templates ask for."""
    taken = found[0].signatures[DECODE].inputs
    tokenizer = tokenizer_of(found[0].metadata["endpoints"])
    length = found[0].signatures[PREFILL].inputs["tokens"].shape[1]
    cache = 1
    for size in taken["cache"].shape:
        cache *= size
    return {
        "tokenizer": tokenizer["tokenizer"],
        "size": tokenizer["end"] + 1,
        "vocabulary": tokenizer["end"] + 1,
        "end": tokenizer["end"],
        "length": length,
        "half": length // 2,
        "cache": cache,
        "table": "\n".join(line(one, name) for one in found for name in (PREFILL, DECODE)),
        **_window(length, "start" in taken),
    }


def _window(length, beyond):
    """Return what depends on whether texts go on beyond what the model sees at once."""
    if beyond:
        return {
            "beyond": "In longer texts, `start` says how many tokens lie before those it sees.",
            "kotlin_start": ' "start" to intArrayOf(start),',
            "swift_start": '\n    try decode.copy(bytes([Int32(start)]), toInputNamed: "start")',
            "kotlin_limit": "",
            "swift_limit": "",
        }
    said = f"A text has up to {length} tokens."
    return {
        "beyond": said,
        "kotlin_start": "",
        "swift_start": "",
        "kotlin_limit": f'        require(length <= {length}) {{ "{said}" }}\n',
        "swift_limit": f'    precondition(length <= {length}, "{said}")\n',
    }
