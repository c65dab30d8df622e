"""Writes with the TFLite files beside it. Needs ai-edge-litert and NumPy, nothing else.

python run.py --prompt "ROMEO:" --length 200 [--seed 0] [--temperature 0.8] [--file float32.tflite]
"""

import argparse
import json
import sys
from pathlib import Path

import numpy as np
from ai_edge_litert.interpreter import Interpreter
from tokenizer import Tokenizer

HERE = Path(__file__).parent


def main():
    """Write a text to the terminal, as it comes."""
    app = json.loads((HERE / "app.json").read_text(encoding="utf-8"))
    options, tokenizer = _options(app), Tokenizer(app)
    if options.file not in app["files"]:
        sys.exit(f"--file received {options.file}: expected one of {', '.join(app['files'])}.")
    try:
        prompt = tokenizer.encode(options.prompt)
    except ValueError as error:
        sys.exit(f"--prompt: {error}")
    writer = Writer(HERE / options.file, tokenizer.end)
    length = writer.length if options.length is None else options.length
    if refusal := writer.refusal(len(prompt), length, options.temperature):
        sys.exit(refusal)
    sys.stdout.reconfigure(encoding="utf-8", errors="replace")
    print(options.prompt, end="", flush=True)
    tokens = writer.write(prompt, length, (options.seed, options.row), options.temperature)
    for piece in tokenizer.stream(tokens):
        print(piece, end="", flush=True)
    print()


class Writer:
    """Writes token by token, by the signatures `prefill` and `decode` of a file.

    Attributes:
        length: tokens that the model sees at once.
        beyond: whether texts may be longer than that.
    """

    def __init__(self, path, end, threads=1):
        interpreter = Interpreter(str(path), num_threads=threads)
        self._prefill = interpreter.get_signature_runner("prefill")
        self._decode = interpreter.get_signature_runner("decode")
        self._taken = self._decode.get_input_details()
        self._batch, self.length = self._prefill.get_input_details()["tokens"]["shape"]
        self.end, self.beyond = end, "start" in self._taken

    def refusal(self, known, length, temperature):
        """Return why a text of `length` tokens cannot follow `known` ones, or None."""
        if temperature < 0:
            return f"--temperature received {temperature:g}: expected at least 0. Use 1."
        if length > self.length and not self.beyond:
            return f"--length received {length}: the model's texts have up to {self.length} tokens."
        if known >= length:
            fix = f"Use --length {known + 1} or more" if self.beyond else "Shorten it"
            return f"--prompt has {known} tokens and --length is {length}, prompt included. {fix}."
        return None

    def write(self, prompt, length, seed, temperature=1.0):
        """Yield the tokens behind those of the prompt, up to `length` in all or the text's end.

        Args:
            prompt: list of tokens.
            length: tokens in all.
            seed: pair of ints, the same for the same text.
            temperature: at least 0; 0 takes the likeliest token each time.
        """
        tokens = list(prompt)
        while len(tokens) < length:
            # Beyond what the model sees at once, the last half of that is read again.
            start = 0 if len(tokens) < self.length else len(tokens) - self.length // 2
            cache = self.read(tokens[start:])
            for place in range(len(tokens) - start, min(self.length, length - start)):
                previous = tokens[-1] if tokens else 0
                token, cache = self.next(previous, place, start, cache, seed, temperature)
                if token == self.end:
                    return
                tokens.append(token)
                yield token

    def read(self, tokens):
        """Return the cache behind `tokens`."""
        if not tokens:
            return np.zeros(self._taken["cache"]["shape"], np.float32)
        row = np.zeros(self.length, np.int32)
        row[: len(tokens)] = tokens
        return self._prefill(tokens=self._rows(row), count=self._rows(len(tokens)))["cache"]

    def next(self, previous, place, start, cache, seed, temperature):
        """Return the token at a place, and the new cache."""
        inputs = {"token": previous, "position": place, "seed": seed, "start": start,
                  "temperature": temperature}  # fmt: skip
        rows = {k: self._rows(value) for k, value in inputs.items() if k in self._taken}
        found = self._decode(cache=cache, **rows)
        return int(found["token"][0]), found["cache"]

    def _rows(self, value):
        value = np.asarray(value, np.float32 if isinstance(value, float) else np.int32)
        return np.repeat(value[None], self._batch, axis=0)


def _options(app):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    first = next(iter(app["files"]))
    parser.add_argument("--file", default=first, help="a .tflite file of this folder")
    parser.add_argument("--prompt", default="", help="what the text begins with")
    parser.add_argument("--length", type=int, help="tokens in all, prompt included")
    parser.add_argument("--seed", type=int, default=0, help="same seed, same text")
    parser.add_argument("--row", type=int, default=0, help="which text of that seed")
    parser.add_argument("--temperature", type=float, default=1.0, help="below 1: likelier texts")
    return parser.parse_args()


if __name__ == "__main__":
    main()
