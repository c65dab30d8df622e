"""Memory and time of opening and reading a text larger than what is held: `python ... 2000`.

Makes a file of so many megabytes, opens it as a stream and as lines, and reads batches of both.
The memory that counts is anonymous: pages of the file of tokens can be dropped at any time, and are
when others need room.
"""

import pathlib
import re
import sys
import tempfile
import threading
import time

import numpy as np

from tfgen.data import open_text

_WORDS = 20_000


def make(path, megabytes, seed=0):
    """Write lines of random words, some of them with letters beyond ASCII; they come back."""
    random = np.random.default_rng(seed)
    letters = np.asarray([*"abcdefghijklmnopqrstuvwxyzéüß"])
    words = ["".join(random.choice(letters, random.integers(2, 10))) for _ in range(_WORDS)]
    drawn = [words[i] for i in random.integers(0, _WORDS, 1_600_000)]
    rows = (" ".join(drawn[i : i + 8]) for i in range(0, len(drawn), 8))
    block = ("\n".join(rows) + "\n").encode()
    with path.open("wb") as file:
        while file.tell() < megabytes * 1_000_000:
            file.write(block)


def memory(name):
    """Return megabytes of this process, "RssAnon" or "RssFile"."""
    status = pathlib.Path("/proc/self/status").read_text()
    return int(re.search(rf"{name}:\s+(\d+)", status)[1]) / 1_000


class Peak(threading.Thread):
    """The most anonymous memory while something runs."""

    def __init__(self):
        super().__init__(daemon=True)
        self.most, self.going = 0.0, True

    def run(self):
        while self.going:
            self.most = max(self.most, memory("RssAnon"))
            time.sleep(0.02)


def measure(path, documents, batches=500):
    """Print what opening a file and reading some batches takes."""
    before, peak, start = memory("RssAnon"), Peak(), time.perf_counter()
    peak.start()
    source = open_text(path, documents=documents, length=128)
    opened = time.perf_counter() - start
    start = time.perf_counter()
    read = [batch.shape for batch in source.batches("train", batch_size=64).take(batches)]
    seconds = time.perf_counter() - start
    peak.going = False
    peak.join()
    print(source.describe())
    print(
        f"{documents}: opened in {opened:.1f} s, {len(read) / seconds:,.0f} batches a second, "
        f"anonymous memory {before:.0f} MB before, at most {peak.most:.0f} MB, "
        f"{memory('RssFile'):.0f} MB of files mapped"
    )


def main():
    megabytes = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "large.txt"
        make(path, megabytes)
        print(f"{path.stat().st_size / 1e6:,.0f} MB")
        for documents in sys.argv[2:] or ["stream", "lines"]:
            measure(path, documents)


if __name__ == "__main__":
    main()
