"""Bars, and output that outlives its reader."""

import io
import subprocess
import sys

import pytest

from tfgen.progress import Bar, duration, shown


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_bar_shows_what_is_done_and_the_time_left(monkeypatch):
    clock = iter([0.0, 10.0, 20.0, 40.0]).__next__
    monkeypatch.setattr("time.monotonic", clock)
    terminal = Terminal()
    bar = Bar("Drawing", 400, terminal)
    bar.to(100)
    bar.to(200, "  loss 3")
    first, second = terminal.getvalue().split("\r")[1:]
    assert "Drawing [######" in first and "100/400  30 s left" in first
    assert "200/400  20 s left  loss 3" in second
    bar.close()
    assert terminal.getvalue().endswith("\r")


def test_what_is_quick_shows_no_bar_and_files_show_none():
    terminal, file = Terminal(), io.StringIO()
    for stream, after in ((terminal, 3.0), (file, 0.0)):
        bar = Bar("Drawing", 2, stream, after)
        bar.to(1)
        bar.to(2)
        bar.close()
        assert stream.getvalue() == ""


def test_shown_passes_the_parts_on():
    assert list(shown([[1], [2, 3]], "Drawing", 3)) == [[1], [2, 3]]


@pytest.mark.parametrize(
    "seconds, words", [(-1, "0 s"), (59, "59 s"), (60, "1:00 min"), (3599.9, "1:00 h")]
)
def test_durations(seconds, words):
    assert duration(seconds) == words


def test_block_goes_on_when_nobody_reads_any_more():
    """As `tfgen train ... | head -1` does: the training ends as if it were read."""
    code = (
        "import sys\nfrom tfgen.progress import lasting_output\n"
        "with lasting_output():\n"
        "    for i in range(100_000):\n        print('line', i)\n"
        "    print('to the end', file=sys.stderr)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    process.stdout.readline()
    process.stdout.close()
    assert process.stderr.read() == "to the end\n"
    assert process.wait() == 0


def test_closed_output_is_no_reason_to_stop():
    code = (
        "from tfgen.progress import lasting_output, open_descriptors\n"
        "open_descriptors()\n"
        "with lasting_output():\n    print('line')\n    open('/dev/null').fileno() > 2 or exit(3)\n"
    )
    done = subprocess.run(f'{sys.executable} -c "{code}" >&- 2>&- <&-', shell=True, check=False)
    assert done.returncode == 0
