"""Where what can be made again is kept between runs."""

import os
from pathlib import Path


def user_cache(kind: str) -> Path:
    """Name a folder of this package in the user's cache.

    Parameters
    ----------
    kind : str
        What it holds, such as `onnx`.

    Returns
    -------
    Path
        In `$XDG_CACHE_HOME`, by default `~/.cache`; it need not be there.
    """
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "pyserini-optical" / kind
