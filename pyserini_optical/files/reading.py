"""Opening files, with errors that name missing, damaged or non-text ones."""

import hashlib
import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from pyserini_optical.errors import OpticalError
from pyserini_optical.files.packing import DAMAGE, explain_damage, unpack
from pyserini_optical.files.replacing import restore_retired


@contextmanager
def open_text(path: str | Path) -> Iterator[IO[str]]:
    """Open a UTF-8 text file for reading, plain or packed (gzip, bzip2, xz), whatever its name.

    Raises
    ------
    OpticalError
        There is no such file, it is truncated, or it is not UTF-8.
    """
    path = Path(path)
    raw = _open_bytes(path)
    try:
        with raw, io.TextIOWrapper(unpack(raw), encoding="utf-8-sig", newline="\n") as text:
            yield text
    except UnicodeDecodeError as error:
        line = _first_line_not_utf8(path)
        if line is None:
            raise  # another file is at fault
        raise OpticalError(f"{path}:{line}: is not valid UTF-8 ({error.reason}); convert the file first") from error
    except DAMAGE as error:
        explained = explain_damage(path, error)
        if explained is None:
            raise  # another file is at fault, or the disk
        raise explained from error


def _open_bytes(path: Path) -> io.BufferedReader:
    if not path.exists():
        restore_retired(path.parent)
    if path.exists() and not path.is_file() and not path.is_dir():
        raise OpticalError(f"{path}: is a pipe or a device, which cannot be read twice; write it to a file first")
    try:
        return open(path, "rb")
    except FileNotFoundError as error:
        raise OpticalError(f"{path}: no such file") from error
    except IsADirectoryError as error:
        raise OpticalError(f"{path}: is a folder, not a file") from error
    except OSError as error:
        raise OpticalError(f"{path}: cannot be read ({error.strerror})") from error


def _first_line_not_utf8(path: Path) -> int | None:
    number = 0
    with open(path, "rb") as raw, unpack(raw) as lines:
        try:
            for line in lines:
                number += 1
                line.decode()
        except UnicodeDecodeError:
            return number
        except DAMAGE as error:
            explained = explain_damage(path, error)
            if explained is None:
                raise
            raise explained from error
    return None


def read_yaml(path: str | Path) -> Any:
    """Read a YAML file.

    Raises
    ------
    OpticalError
        It cannot be opened as :func:`open_text` does, or is not YAML.
    """
    import yaml

    with open_text(path) as file:
        try:
            return yaml.safe_load(file)
        except UnicodeDecodeError:
            raise  # open_text names the line
        except (yaml.YAMLError, ValueError, RecursionError) as error:  # ValueError: a date such as 2020-13-40
            raise OpticalError(f"{path}: is not YAML ({' '.join(str(error).split())})") from error


def checksum(path: str | Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal.

    Returns
    -------
    str
        64 hexadecimal digits.

    Raises
    ------
    OpticalError
        There is no such file.
    """
    with _open_bytes(Path(path)) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
