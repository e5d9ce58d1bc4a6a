"""Replace one folder by another so that one of them is always there, complete."""

import errno
import os
import sys
from pathlib import Path

RETIRED = ".retired"
_EXCHANGE = 2  # RENAME_EXCHANGE of Linux and RENAME_SWAP of macOS
_HERE = -100  # AT_FDCWD of Linux
_UNSUPPORTED = {errno.EINVAL, errno.ENOSYS, errno.ENOTSUP}


def replace_folder(new: Path, path: Path) -> None:
    """Give `new` the name `path`; a folder that had it is afterwards called `new`.

    The two are swapped in one step where the system supports it. Elsewhere (Windows, some network file systems) the old
    folder is moved to `.<name>.retired` for a moment; :func:`restore_retired` restores it if the process is killed at
    that point.

    Parameters
    ----------
    new : Path
        On the same file system as `path`.

    Raises
    ------
    OSError
        The operation fails.
    """
    if not path.exists():
        os.replace(new, path)
    elif not _exchange(new, path):
        retired = path.with_name(f".{path.name}{RETIRED}")
        os.replace(path, retired)
        os.replace(new, path)
        os.replace(retired, new)


def restore_retired(path: Path) -> None:
    """Restore a folder that a killed process had moved aside for a new one.

    Parameters
    ----------
    path : Path
        The folder's own name.
    """
    if not path.name:  # the current folder, which exists
        return
    retired = path.with_name(f".{path.name}{RETIRED}")
    if retired.is_dir() and not path.exists():
        os.replace(retired, path)


def _exchange(one: Path, other: Path) -> bool:
    """Swap two folders atomically; return False, with nothing done, where that is impossible."""
    import ctypes

    if sys.platform == "win32":
        return False
    library = ctypes.CDLL(None, use_errno=True)
    names = os.fsencode(one), os.fsencode(other)
    if hasattr(library, "renameat2"):
        failed = library.renameat2(_HERE, names[0], _HERE, names[1], ctypes.c_uint(_EXCHANGE))
    elif hasattr(library, "renamex_np"):
        failed = library.renamex_np(*names, ctypes.c_uint(_EXCHANGE))
    else:
        return False
    if failed and ctypes.get_errno() not in _UNSUPPORTED:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), str(other))
    return not failed
