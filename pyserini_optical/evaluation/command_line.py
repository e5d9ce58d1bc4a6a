"""Run the command lines of the matrix.

Commands that are Python modules run inside this process, as with `python -m`: the JVM and torch, which take most of a
short command's time, then start only once for the whole matrix.
"""

import contextlib
import io
import logging
import runpy
import shlex
import subprocess
import sys

from pyserini_optical.errors import OpticalError

_log = logging.getLogger(__name__)


def run_command(command: str) -> None:
    """Run a command line with this Python and a JDK that fits.

    Parameters
    ----------
    command : str
        `python -m MODULE ...`, `pyserini-optical ...`, `python SCRIPT ...`, or any other program.

    Raises
    ------
    OpticalError
        The command failed; the message ends with the last line of its output.
    """
    from pyserini_optical.plugin.java import prepare_java

    prepare_java()
    words = shlex.split(command)
    if words[:2] == ["python", "-m"]:
        status, written = _run_module(words[2], words[3:])
    elif words[0] == "pyserini-optical":
        status, written = _run_module("pyserini_optical", words[1:])
    else:
        if words[0] == "python":
            words[0] = sys.executable
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        status, written = done.returncode, done.stderr.strip() or done.stdout
    _log.info("%s", written)
    if status:
        last = (written.strip() or "it wrote nothing").splitlines()[-1]
        raise OpticalError(f"exit status {status} from: {command} ({last})")


def _run_module(name: str, arguments: list[str]) -> tuple[int, str]:
    """Run a module as a program; return its exit status and output."""
    written = io.StringIO()
    outer = sys.argv
    sys.argv = [name, *arguments]
    try:
        with contextlib.redirect_stdout(written), contextlib.redirect_stderr(written):
            runpy.run_module(name, run_name="__main__", alter_sys=True)
        return 0, written.getvalue()
    except SystemExit as end:
        if end.code is None or isinstance(end.code, int):
            return end.code or 0, written.getvalue()
        return 1, f"{written.getvalue()}\n{end.code}"  # sys.exit("a message")
    except Exception as error:  # whatever the command raised is what is wrong with it
        return 1, f"{written.getvalue()}\n{type(error).__name__}: {error}"
    finally:
        sys.argv = outer
