"""Pyserini's prebuilt indexes by name, wherever a folder is accepted: from its cache, or fetched as it does."""

import difflib
import logging
import re
import sys
from collections.abc import Callable
from contextlib import redirect_stdout
from functools import wraps
from pathlib import Path
from types import ModuleType
from typing import Any

from pyserini_optical.encoder.checkpoint import Checkpoint
from pyserini_optical.encoder.dense_index import origin_of, read_origin
from pyserini_optical.encoder.presets import preset_for_index
from pyserini_optical.errors import OpticalError, tell_reason
from pyserini_optical.plugin.java import prepare_java

logger = logging.getLogger(__name__)

LUCENE, FAISS = "Lucene", "Faiss"
CATALOGUES = {
    LUCENE: "TF_INDEX_INFO",
    FAISS: "FAISS_INDEX_INFO",
    "impact": "IMPACT_INDEX_INFO",
    "Lucene HNSW": "LUCENE_HNSW_INDEX_INFO",
    "Lucene flat": "LUCENE_FLAT_INDEX_INFO",
}


def names_prebuilt(name: str) -> bool:
    """Whether a name can only be a prebuilt index: there is no such file, and it does not look like a path."""
    return not Path(name).exists() and len(Path(name).parts) == 1


def find_folder(name: str, kind: str) -> str:
    """Give the folder of an index: the one given, or that of a prebuilt index, see :func:`find_prebuilt`."""
    return find_prebuilt(name, kind) if names_prebuilt(name) else name


def find_prebuilt(name: str, kind: str) -> str:
    """Find the folder of a prebuilt index, fetching the index if it is not in Pyserini's cache.

    Parameters
    ----------
    name : str
        Such as `msmarco-v1-passage`.
    kind : {"Lucene", "Faiss"}

    Returns
    -------
    str

    Raises
    ------
    OpticalError
        There is no such index, it is of another kind, or it is not cached and cannot be fetched.
    """
    prepare_java()  # the lists of Pyserini 1.6 are in Java
    from pyserini.util import download_prebuilt_index

    try:
        entry = _find_entry(name, kind)
    except OSError as error:
        cached = find_in_cache(name)
        if cached is None:
            raise OpticalError(_explain_no_list(name, error)) from error
        return str(cached)
    try:
        with redirect_stdout(sys.stderr):
            return str(download_prebuilt_index(name, verbose=False))
    except (ValueError, OSError, AssertionError) as error:
        raise OpticalError(_explain_absence(name, entry)) from error


def check_prebuilt(name: str, checkpoint: Checkpoint, student: str) -> None:
    """Refuse a prebuilt Faiss index that does not fit a student, by its name, before it is fetched.

    Parameters
    ----------
    name : str
        Name of the index in Pyserini.
    checkpoint : Checkpoint
        The student's.
    student : str
        Name of the student, for the error.

    Raises
    ------
    OpticalError
        It was made by another encoder than the student's teacher, unless the index itself records its teacher.
    """
    prepare_java()
    try:
        entry = _find_entry(name, FAISS)
        folder: Path | None = _cached_folder(entry)
    except OSError:  # offline, with Pyserini 2.4: only the name is known
        entry, folder = {}, find_in_cache(name)
    if folder is not None and read_origin(folder) is not None:
        return
    wanted = origin_of(checkpoint).teacher
    try:
        made_by = preset_for_index(name).teacher
    except OpticalError as error:
        if not entry:
            return
        raise OpticalError(
            f"{name}: no student can be trained for its query encoder, and {student} is a student of {wanted}"
        ) from error
    own = {checkpoint.teacher.name, *(preset_for_index(index).teacher for index in _trained_for(checkpoint))}
    if made_by not in own:
        raise OpticalError(
            f"{name}: was built with {made_by}, but {student} is a student of {wanted}; make a student for it: "
            f"pyserini-optical add-language --for-index {name} --bitext ..."
        )


def _trained_for(checkpoint: Checkpoint) -> list[str]:
    """The index that a student was trained for, if its teacher was in a folder of another name."""
    index = checkpoint.notes.get("for_index")
    return [index] if isinstance(index, str) else []


def find_in_cache(name: str) -> Path | None:
    """Find a prebuilt index in Pyserini's cache by the name of its folder, `kind.NAME.date.version.md5`."""
    shape = re.compile(rf"(?:[a-z0-9-]+\.)?{re.escape(name)}(?:\.[0-9]{{8}})?(?:\.[0-9a-f]{{6,}})*\.[0-9a-f]{{32}}")
    found = [
        path for path in sorted(downloads_folder().glob(f"*{name}*")) if path.is_dir() and shape.fullmatch(path.name)
    ]
    return found[-1] if found else None


def downloads_folder() -> Path:
    """Give the folder of Pyserini's downloaded indexes (`PYSERINI_CACHE`)."""
    from pyserini.util import get_cache_home

    return Path(get_cache_home()) / "indexes"


def guard_download(module: ModuleType) -> None:
    """Let Pyserini 2.4, which downloads its lists, find cached indexes without a network.

    Parameters
    ----------
    module : module
        `pyserini.util`.
    """
    original = module.download_prebuilt_index

    @wraps(original)
    def download_prebuilt_index(index_name: str, *rest: Any, **settings: Any) -> Any:
        try:
            return original(index_name, *rest, **settings)
        except OSError:
            cached = find_in_cache(index_name)
            if cached is None:
                raise
            return str(cached)

    module.download_prebuilt_index = download_prebuilt_index  # type: ignore[attr-defined]


def explain_presence(original: Callable[[], Any], open_folder: Callable[[str], Any], name: str, kind: str) -> Any:
    """Open a prebuilt index as Pyserini does, with a one-line error if that fails.

    Parameters
    ----------
    original : callable
        Opens the index; returns None or raises a network error if it cannot.
    open_folder : callable
        Opens a folder of the cache if the list that Pyserini 2.4 downloads is out of reach: without the texts of a
        dense index, which only the list refers to.
    name : str
    kind : {"Lucene", "Faiss"}

    Raises
    ------
    OpticalError
        There is no such index, or it is not cached and cannot be fetched.
    """
    try:
        entry = _find_entry(name, kind)
        searcher = original()
    except OSError as error:
        cached = find_in_cache(name)
        if cached is not None:
            return open_folder(str(cached))
        raise OpticalError(_explain_no_list(name, error)) from error
    if searcher is None:
        raise OpticalError(_explain_absence(name, entry))
    return searcher


def _find_entry(name: str, kind: str) -> dict[str, Any]:
    """The entry of an index in Pyserini's list."""
    import pyserini.prebuilt_index_info as info

    catalogues = {each: getattr(info, variable, {}) for each, variable in CATALOGUES.items()}
    if name in catalogues[kind]:
        return dict(catalogues[kind][name])
    for other, catalogue in catalogues.items():
        if name in catalogue:
            raise OpticalError(f"{name}: is a prebuilt {other} index, but a {kind} index is needed here")
    alike = difflib.get_close_matches(name, list(catalogues[kind]), n=3)
    hint = f"; similar names: {', '.join(alike)}" if alike else ""
    raise OpticalError(f"{name}: neither an index folder nor one of Pyserini's prebuilt {kind} indexes{hint}")


def _cached_folder(entry: dict[str, Any]) -> Path:
    """The folder in which Pyserini caches an index of its list."""
    file = entry.get("filename") or entry["urls"][0].rsplit("/", 1)[-1]
    return downloads_folder() / f"{re.sub('.tar.gz.*$', '', file)}.{entry['md5']}"


def _explain_no_list(name: str, error: OSError) -> str:
    return (
        f"{name}: is neither an index folder nor in Pyserini's cache ({downloads_folder()}), and Pyserini's list of "
        f"prebuilt indexes cannot be downloaded ({tell_reason(error)})"
    )


def _explain_absence(name: str, entry: dict[str, Any]) -> str:
    folder = _cached_folder(entry)
    return (
        f"{name}: is not in Pyserini's cache ({folder.parent}) and cannot be fetched; try with a network, or copy "
        f"its folder there as {folder.name}"
    )
