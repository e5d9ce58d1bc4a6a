"""Atomic writing: under a temporary name beside the destination, renamed at the end."""

import gzip
import io
import json
import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from pyserini_optical.errors import OpticalError
from pyserini_optical.files.replacing import replace_folder, restore_retired

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
        raise OpticalError(f"{path}: already exists; pass --overwrite to replace it, or name another output")


def _follow(path: Path) -> Path:
    """Name what a symbolic link stands for, which is then what is replaced, and not the link.

    A link in the copy of a folder that is being updated is replaced: what it points to still serves the old folder.
    """
    if not path.is_symlink() or any(parent.name.endswith(PARTIAL) for parent in path.parents):
        return path
    return Path(os.path.realpath(path))


def _partial_name(path: Path) -> Path:
    return path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}{PARTIAL}")


def _sync(path: Path) -> None:
    """Flush a file, or the entries of a folder, to disk; Windows cannot flush folders."""
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
        The destination; its folder is created if necessary. A name ending in `.gz` is compressed, reproducibly. A
        symbolic link is written through.
    mode : {"w", "wb"}
        Text (UTF-8, Unix line ends on every platform) or bytes.
    overwrite : bool
        Replace an existing file.

    Raises
    ------
    OpticalError
        The file exists and `overwrite` is false, or the disk refuses the content (full, read-only).
    """
    packs = Path(path).suffix == ".gz"
    path = _follow(Path(path))
    refuse_overwrite(path, overwrite)
    partial = _partial_name(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(partial, "wb") as raw:
            if packs:
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
    """Provide an empty folder to fill, which is renamed to `path` when the block ends without an error.

    An existing folder stays intact until it is replaced in one step; see
    :func:`pyserini_optical.files.replacing.replace_folder`.

    Parameters
    ----------
    path : str or Path
        The destination; a symbolic link is written through.
    overwrite : bool
        Replace an existing folder.

    Yields
    ------
    Path
        The folder to write into, beside the destination.

    Raises
    ------
    OpticalError
        The folder exists and `overwrite` is false, `path` is a file, or the disk refuses the content.
    """
    path = _follow(Path(path))
    refuse_overwrite(path, overwrite)
    if path.is_file():
        raise OpticalError(f"{path}: is a file, but the output is a folder; name another output")
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


def write_json(path: str | Path, content: Any, overwrite: bool = False) -> None:
    """Write a JSON file.

    Parameters
    ----------
    content : object
        Content for :func:`json.dump`.
    overwrite : bool
        Replace an existing file.

    Raises
    ------
    OpticalError
        As for :func:`~pyserini_optical.files.write_file`.
    """
    with write_file(path, overwrite=overwrite) as file:
        json.dump(content, file, ensure_ascii=False, indent=2)
        file.write("\n")
