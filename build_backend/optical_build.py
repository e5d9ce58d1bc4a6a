"""The build backend: setuptools', and two things it cannot put into a wheel.

A start-up line (`.pth`) at the top of site-packages, in ordinary and in editable installations, and the trees that
ship with the project, which lie outside the package in the repository (ordinary installations alone: an editable one
reads them where they are).
"""

import base64
import hashlib
import os
import shutil
import zipfile
from pathlib import Path

from setuptools import build_meta
from setuptools.build_meta import (  # noqa: F401  (hooks that a front end looks for)
    build_sdist,
    get_requires_for_build_editable,
    get_requires_for_build_sdist,
    get_requires_for_build_wheel,
    prepare_metadata_for_build_editable,
    prepare_metadata_for_build_wheel,
)

# An installation that is half removed must not print an error at every start of Python.
START_UP_FILE = "pyserini_optical_hook.pth"
START_UP_LINE = "import sys; exec('try:\\n import pyserini_optical\\nexcept Exception:\\n pass')\n"
SHIPPED = ("encoders/optical", "eval/lowres-clir", "eval/reproduction/*.yaml", "eval/reproduction/large_pool/*.*")


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    """Build the wheel of an ordinary installation."""
    shutil.rmtree("build/lib", ignore_errors=True)  # what an earlier build left there would come back
    name = build_meta.build_wheel(wheel_directory, config_settings, metadata_directory)
    files = {f"pyserini_optical/shipped/{path.as_posix()}": path.read_bytes() for path in list_shipped()}
    add_files(Path(wheel_directory) / name, files | {START_UP_FILE: START_UP_LINE.encode()})
    return name


def build_editable(wheel_directory, config_settings=None, metadata_directory=None):
    """Build the wheel of an editable installation."""
    name = build_meta.build_editable(wheel_directory, config_settings, metadata_directory)
    add_files(Path(wheel_directory) / name, {START_UP_FILE: START_UP_LINE.encode()})
    return name


def list_shipped():
    """List the files of the trees that ship, relative to the repository, which is the current folder of a build."""
    roots = [path for pattern in SHIPPED for path in sorted(Path().glob(pattern))]
    files = [file for root in roots for file in ([root] if root.is_file() else sorted(root.rglob("*")))]
    return [file for file in files if file.is_file() and not any(part.startswith(".") for part in file.parts)]


def add_files(wheel, files):
    """Write a wheel again with more files in it, its RECORD telling of them."""
    partial = wheel.with_suffix(".partial")
    with zipfile.ZipFile(wheel) as old, zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            content = old.read(entry)
            if entry.filename.endswith(".dist-info/RECORD"):
                record = entry, content
            else:
                new.writestr(entry, content, zipfile.ZIP_DEFLATED)
        lines = []
        for name, content in files.items():
            new.writestr(zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0)), content, zipfile.ZIP_DEFLATED)
            digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
            lines.append(f"{name},sha256={digest},{len(content)}\n")
        entry, content = record
        new.writestr(entry, content + "".join(lines).encode(), zipfile.ZIP_DEFLATED)
    os.replace(partial, wheel)
