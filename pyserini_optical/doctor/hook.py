"""Checks whether Pyserini's own commands know students: the start-up hook and the file that activates it."""

import json
import os
import site
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterable
from pathlib import Path

from pyserini_optical.doctor import Finding
from pyserini_optical.doctor.programs import MARK
from pyserini_optical.plugin.startup import SWITCH

FILE = "pyserini_optical_hook.pth"
PROBE = f"""
import json, sys
armed = any(type(finder).__name__ == "WaitingFinder" for finder in sys.meta_path)
module = sys.modules.get("pyserini_optical")
print({MARK!r} + json.dumps([armed, module and module.__file__]))
"""
INSTALL = "run: pip install -c constraints.txt . (in a clone)"


def check_hook() -> Finding:
    """Start a fresh Python and check whether the hook is active in it."""
    armed, loaded = _probe()
    files = find_hook_files(_site_folders())
    named = ", ".join(map(str, files)) or "no file"
    if armed:
        return Finding("start-up hook", "ok", f"active, by {named}, from {Path(loaded or '').parent}")
    if os.environ.get(SWITCH) == "0":
        return Finding(
            "start-up hook", "note", f"switched off by {SWITCH}=0", f"unset {SWITCH} to use Pyserini's commands"
        )
    if files:
        remedy = f"reinstall; {INSTALL}"
        return Finding("start-up hook", "fault", f"{named} is there, but the hook is not active", remedy)
    return Finding(
        "start-up hook",
        "note",
        f"not installed: no {FILE} in this environment; the package is imported from {Path(__file__).parents[2]}",
        f"Pyserini's own commands do not know students until it is installed; {INSTALL}",
    )


def find_hook_files(folders: Iterable[str]) -> list[Path]:
    """List the start-up files of this package.

    Parameters
    ----------
    folders : iterable of str
        Folders whose `.pth` files Python reads.
    """
    return [Path(folder) / FILE for folder in dict.fromkeys(folders) if (Path(folder) / FILE).is_file()]


def _site_folders() -> list[str]:
    folders = [sysconfig.get_path("purelib"), sysconfig.get_path("platlib"), *site.getsitepackages()]
    return folders + ([site.getusersitepackages()] if site.ENABLE_USER_SITE else [])


def _probe() -> tuple[bool, str | None]:
    # The probe must not find a package through the current folder or PYTHONPATH that a user's command would not find.
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run([sys.executable, "-c", PROBE], cwd=folder, capture_output=True, text=True, check=False)
    for line in done.stdout.splitlines():
        if line.startswith(MARK):
            armed, loaded = json.loads(line.removeprefix(MARK))
            return armed, loaded
    return False, None
