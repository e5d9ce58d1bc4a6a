"""Reading and writing files so that nothing is ever half there.

Every writer of the package goes through :func:`write_file` or :func:`write_folder`: the content is written beside
its destination under a temporary name, flushed to the disk and renamed. A process killed at any moment leaves the
old result or the new one (and, perhaps, a hidden `.<name>.<digits>.partial`, which may be deleted).
"""

import gzip
import hashlib
import io
import os
import shutil
import uuid
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from pyserini_optical.errors import OpticalError
from pyserini_optical.replacing import replace_folder, restore_retired

PARTIAL = ".partial"


def refuse_overwrite(path: str | Path, overwrite: bool) -> None:
    """Raise if `path` holds a finished result and nobody asked to replace it.

    Raises
    ------
    OpticalError
        `path` exists and `overwrite` is false.
    """
    path = Path(path)
    restore_retired(path)
    if path.exists() and not overwrite:
        raise OpticalError(f"{path}: exists already; pass --overwrite to replace it, or name another output")


def _partial_name(path: Path) -> Path:
    return path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}{PARTIAL}")


def _sync(path: Path) -> None:
    """Flush a file, or the entries of a folder, to the disk; Windows knows no flushing of folders."""
    windows = os.name == "nt"
    if windows and path.is_dir():
        return
    descriptor = os.open(path, os.O_RDWR if windows else os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _explain(path: Path, partial: Path, error: OSError) -> OpticalError:
    reason = error.strerror or str(error)
    culprit = str(error.filename or "")
    if culprit and not culprit.startswith(str(partial)) and Path(culprit) != path:
        return OpticalError(f"{culprit}: {reason}; {path} was not written")
    return OpticalError(f"{path}: could not be written ({reason}); what was there before is unchanged")


@contextmanager
def write_file(path: str | Path, mode: str = "w", overwrite: bool = False) -> Iterator[IO[Any]]:
    """Open `path` for writing; it appears, whole, when the block ends without an error.

    Parameters
    ----------
    path : str or Path
        The destination; its folder is made if need be. A name ending in `.gz` is compressed, always to the same
        bytes for the same content.
    mode : {"w", "wb"}
        Text (UTF-8, Unix line ends on every platform) or bytes.
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
        refuse_overwrite(path, overwrite)  # another process may have finished in the meantime
        os.replace(partial, path)
        _sync(path.parent)
    except OSError as error:
        raise _explain(path, partial, error) from error
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

    A folder that is there already stays whole until it is replaced in one step; see
    :func:`pyserini_optical.replacing.replace_folder`.

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
        The folder exists and `overwrite` is false, `path` is a file, or the disk refuses the content.
    """
    path = Path(path)
    refuse_overwrite(path, overwrite)
    if path.is_file():
        raise OpticalError(f"{path}: is a file, and a folder is to be written; name another output")
    partial = _partial_name(path)
    try:
        partial.mkdir(parents=True)
        yield partial
        for entry in [*partial.rglob("*"), partial]:
            _sync(entry)
        refuse_overwrite(path, overwrite)
        replace_folder(partial, path)
        _sync(path.parent)
    except OSError as error:
        raise _explain(path, partial, error) from error
    except Exception as error:
        # The writers of safetensors and tokenizers report a full disk in exceptions of their own.
        if "os error" not in str(error):
            raise
        raise OpticalError(f"{path}: could not be written ({error}); what was there before is unchanged") from error
    finally:
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
    raw = _open_bytes(path)
    try:
        with raw, io.TextIOWrapper(_unpack(raw), encoding="utf-8-sig", newline="\n") as text:
            yield text
    except UnicodeDecodeError as error:
        line = _first_line_not_utf8(path)
        if line is None:
            raise  # it is not this file that is at fault
        raise OpticalError(f"{path}:{line}: is not UTF-8 ({error.reason}); convert the file first") from error
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise _explain_damage(path, error) from error


def _explain_damage(path: Path, error: Exception) -> OpticalError:
    if isinstance(error, EOFError):
        return OpticalError(f"{path}: is cut short (the gzip stream does not end); fetch it again")
    return OpticalError(f"{path}: is a damaged gzip file ({error}); fetch it again")


def _open_bytes(path: Path) -> io.BufferedReader:
    if not path.exists():
        restore_retired(path.parent)
    try:
        return open(path, "rb")
    except FileNotFoundError as error:
        raise OpticalError(f"{path}: no such file") from error
    except IsADirectoryError as error:
        raise OpticalError(f"{path}: is a folder; a file is needed") from error
    except OSError as error:
        raise OpticalError(f"{path}: cannot be read ({error.strerror})") from error


def _unpack(raw: IO[bytes]) -> Any:
    packed = raw.read(2) == b"\x1f\x8b"
    raw.seek(0)
    return gzip.GzipFile(fileobj=raw) if packed else raw


def _first_line_not_utf8(path: Path) -> int | None:
    number = 0
    with open(path, "rb") as raw, _unpack(raw) as lines:
        try:
            for line in lines:
                number += 1
                line.decode()
        except UnicodeDecodeError:
            return number
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise _explain_damage(path, error) from error
    return None


def checksum(path: str | Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal.

    Parameters
    ----------
    path : str or Path

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
