"""Runs an app folder as somebody would who has it and nothing else."""

import subprocess
import sys


def run_app(folder, *arguments):
    """Return what `run.py` did, in a Python without TensorFlow, Keras, tfgen and Pillow."""
    # -S and -P would hide site-packages as well; the code below refuses what is not allowed.
    code = (
        "import runpy, sys\n"
        "for name in ('tensorflow', 'keras', 'tfgen', 'PIL'): sys.modules[name] = None\n"
        f"sys.argv = ['run.py', *{[str(a) for a in arguments]!r}]\n"
        f"sys.path.insert(0, {str(folder)!r})\n"
        f"runpy.run_path({str(folder / 'run.py')!r}, run_name='__main__')"
    )
    command = [sys.executable, "-c", code]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, cwd=folder)
