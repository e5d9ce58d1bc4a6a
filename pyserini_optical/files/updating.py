"""Change some files of a folder atomically."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pyserini_optical.files.writing import write_folder


@contextmanager
def update_folder(path: str | Path) -> Iterator[Path]:
    """Provide a copy of a folder to change, which replaces the folder when the block ends without an error.

    Files that are not changed are linked, not copied. They must be replaced by
    :func:`~pyserini_optical.files.write_file`, never opened for writing. Of several processes that update one
    folder, each waits for the one before it (not on Windows).

    Parameters
    ----------
    path : str or Path
        A folder; it is created if necessary.

    Yields
    ------
    Path
        The copy.

    Raises
    ------
    OpticalError
        The disk refuses the content.
    """
    path = Path(path).resolve()
    path.mkdir(parents=True, exist_ok=True)
    with _alone(path), write_folder(path, overwrite=True) as partial:
        shutil.copytree(path, partial, copy_function=_link, dirs_exist_ok=True)
        yield partial


def _link(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:  # a file system without hard links
        shutil.copy2(source, target)


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Hold the lock of a folder: of the one with that name at the time the lock is acquired."""
    if os.name == "nt":
        yield
        return
    import fcntl

    while True:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            if os.path.samestat(os.fstat(descriptor), os.stat(path)):
                yield
                return
        finally:
            os.close(descriptor)
