"""Reading and writing files so that nothing is ever half there.

Every writer of the package goes through :func:`write_file` or :func:`write_folder`: the content is written beside
its destination under a temporary name, flushed to the disk and renamed. A process killed at any moment leaves the
old result or the new one.
"""

import gzip
import hashlib
import io
import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from pyserini_optical.errors import OpticalError

PARTIAL = ".partial"


def refuse_overwrite(path: str | Path, overwrite: bool) -> None:
    """Raise if `path` holds a finished result and nobody asked to replace it.

    Raises
    ------
    OpticalError
        `path` exists and `overwrite` is false.
    """
    if Path(path).exists() and not overwrite:
        raise OpticalError(f"{path}: exists already; pass --overwrite to replace it, or name another output")


def _partial_name(path: Path) -> Path:
    return path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}{PARTIAL}")


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def write_file(path: str | Path, mode: str = "w", overwrite: bool = False) -> Iterator[IO[Any]]:
    """Open `path` for writing; it appears, whole, when the block ends without an error.

    Parameters
    ----------
    path : str or Path
        The destination; its folder is made if need be. A name ending in `.gz` is compressed, always to the same
        bytes for the same content.
    mode : {"w", "wb"}
        Text (UTF-8, `\\n` line ends on every platform) or bytes.
    overwrite : bool
        Replace a file that is there already.

    Yields
    ------
    file object

    Raises
    ------
    OpticalError
        The file exists and `overwrite` is false, or the disk refuses the content (full, read-only).
    """
    path = Path(path)
    refuse_overwrite(path, overwrite)
    partial = _partial_name(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(partial, "wb") as raw:
            if path.suffix == ".gz":
                with gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0, compresslevel=6) as packed:
                    yield from _as_mode(packed, mode)
            else:
                yield from _as_mode(raw, mode)
            raw.flush()
            os.fsync(raw.fileno())
        os.replace(partial, path)
    except OSError as error:
        raise OpticalError(f"{path}: could not be written ({error.strerror or error})") from error
    finally:
        partial.unlink(missing_ok=True)


def _as_mode(binary: Any, mode: str) -> Iterator[IO[Any]]:
    if mode == "wb":
        yield binary
        return
    text = io.TextIOWrapper(binary, encoding="utf-8", newline="\n")
    yield text
    text.flush()
    text.detach()


@contextmanager
def write_folder(path: str | Path, overwrite: bool = False) -> Iterator[Path]:
    """Give an empty folder to fill; it takes the name `path` when the block ends without an error.

    Parameters
    ----------
    path : str or Path
        The destination.
    overwrite : bool
        Replace a folder that is there already.

    Yields
    ------
    Path
        The folder to write into, beside the destination.

    Raises
    ------
    OpticalError
        The folder exists and `overwrite` is false, or the disk refuses the content.
    """
    path = Path(path)
    refuse_overwrite(path, overwrite)
    partial = _partial_name(path)
    try:
        partial.mkdir(parents=True)
        yield partial
        for file in partial.rglob("*"):
            if file.is_file():
                _sync(file)
        if path.exists():
            retired = _partial_name(path)
            os.replace(path, retired)
            os.replace(partial, path)
            shutil.rmtree(retired)
        else:
            os.replace(partial, path)
    except OSError as error:
        raise OpticalError(f"{path}: could not be written ({error.strerror or error})") from error
    finally:
        if partial.exists():
            shutil.rmtree(partial, ignore_errors=True)


@contextmanager
def open_text(path: str | Path) -> Iterator[IO[str]]:
    """Open a UTF-8 text file for reading; a gzip file is recognised by its first bytes, not by its name.

    Parameters
    ----------
    path : str or Path

    Yields
    ------
    file object

    Raises
    ------
    OpticalError
        There is no such file, it is truncated, or it is not UTF-8.
    """
    path = Path(path)
    try:
        with open(path, "rb") as raw:
            packed = raw.read(2) == b"\x1f\x8b"
            raw.seek(0)
            binary: Any = gzip.GzipFile(fileobj=raw) if packed else raw
            with io.TextIOWrapper(binary, encoding="utf-8-sig", newline="\n") as text:
                yield text
    except FileNotFoundError as error:
        raise OpticalError(f"{path}: no such file") from error
    except IsADirectoryError as error:
        raise OpticalError(f"{path}: is a folder; a file is needed") from error
    except UnicodeDecodeError as error:
        raise OpticalError(f"{path}: is not UTF-8 ({error.reason} at byte {error.start}); convert it first") from error
    except EOFError as error:
        raise OpticalError(f"{path}: is cut short (the gzip stream does not end); fetch it again") from error
    except gzip.BadGzipFile as error:
        raise OpticalError(f"{path}: is a damaged gzip file ({error}); fetch it again") from error


def checksum(path: str | Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    str
        64 hexadecimal digits.
    """
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
