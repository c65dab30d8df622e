"""One process at a time works in a directory."""

import os
import signal
import subprocess
import sys

import pytest

from tfgen.runs.lock import check_free, locked

HOLDER = """
import sys, time
from tfgen.runs.lock import locked
with locked(sys.argv[1], "trains"):
    print("holds", flush=True)
    time.sleep(60)
"""


def holder(directory):
    """Another process that holds a directory."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(directory)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "holds\n"
    return process


def test_lock_says_who_holds_it_and_dies_with_its_process(tmp_path):
    process = holder(tmp_path / "run")
    try:
        message = f"run is taken: process {process.pid} trains there"
        with pytest.raises(BlockingIOError, match=message), locked(tmp_path / "run", "exports"):
            pass
        with pytest.raises(BlockingIOError, match=message):
            check_free(tmp_path / "run")
    finally:
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    check_free(tmp_path / "run")
    with locked(tmp_path / "run", "trains"):
        pass
    assert list((tmp_path / "run").iterdir()) == []


def test_two_locks_in_one_process_exclude_each_other(tmp_path):
    with locked(tmp_path, "trains"), pytest.raises(BlockingIOError), locked(tmp_path, "exports"):
        pass
    with locked(tmp_path, "exports"):
        pass


def test_directory_that_was_made_for_nothing_goes_again(tmp_path):
    with pytest.raises(ValueError), locked(tmp_path / "a" / "b", "trains"):
        raise ValueError
    assert list(tmp_path.iterdir()) == []


def test_directory_that_was_written_to_stays(tmp_path):
    with pytest.raises(ValueError), locked(tmp_path / "a", "trains"):
        (tmp_path / "a" / "recipe.json").touch()
        raise ValueError
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["recipe.json"]


def test_looking_at_a_free_directory_writes_nothing(tmp_path):
    check_free(tmp_path / "nowhere")
    assert list(tmp_path.iterdir()) == []
