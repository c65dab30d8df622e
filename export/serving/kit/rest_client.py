"""Asks TF Serving over REST for samples of $name, and writes them to files.

Needs numpy and pillow: python rest_client.py --count 16 --seed 0 --out samples
"""

import json
import urllib.error
import urllib.request

import numpy as np
import samples


def predict(address, inputs, version_label=None, timeout=30):
    """Return what the server answers to `{name: array}`: an array of as many rows."""
    version = f"/labels/{version_label}" if version_label else ""
    body = {
        "signature_name": "$signature",
        "inputs": {name: array.tolist() for name, array in samples.filled(inputs).items()},
    }
    request = urllib.request.Request(
        f"http://{address}/v1/models/$name{version}:predict",
        json.dumps(body).encode(),
        {"Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=timeout) as response:
            outputs = json.load(response)["outputs"]
    except urllib.error.HTTPError as error:  # the body says why
        raise OSError(error.read().decode()) from error
    # The server leaves out the name of an output that is the only one.
    return np.asarray(outputs["$output"] if isinstance(outputs, dict) else outputs, np.float32)


def main():
    """Write what the command line asks for."""
    options = samples.arguments(__doc__.splitlines()[0], "127.0.0.1:8501")
    samples.write(
        lambda inputs: predict(options.address, inputs, options.version_label), options, OSError
    )


if __name__ == "__main__":
    main()
