"""The start-up hook: a finder that waits for the modules it patches, and costs nothing until then.

Every process of an environment that has the package imports this module (a `.pth` line in site-packages), so it
imports nothing that Python has not imported already.
"""

import os
import sys

TYPE_CHECKING = False  # typing.TYPE_CHECKING, without the milliseconds that importing typing takes
if TYPE_CHECKING:
    from importlib.machinery import ModuleSpec

SWITCH = "PYSERINI_OPTICAL_HOOK"
WATCHED = frozenset(
    {
        "ir_datasets",
        "pyserini",
        "pyserini.encode",
        "pyserini.encode._openai",
        "pyserini.encode.optional._faiss",
        "pyserini.encode.optional._uniir",
        "pyserini.index",
        "pyserini.prebuilt_index_info",
        "pyserini.pyclass",
        "pyserini.query_iterator",
        "pyserini.search.__main__",
        "pyserini.search.faiss._searcher",
        "pyserini.search.hybrid._searcher",
        "pyserini.search.lucene._hnsw_searcher",
        "pyserini.search.lucene._searcher",
        "pyserini.server.backend",
        "pyserini.server.search_controller",
        "pyserini.eval.trec_eval",
        "pyserini.util",
    }
)


class WaitingFinder:
    """A `sys.meta_path` finder that only handles the watched modules."""

    def find_spec(self, name: str, path: object = None, target: object = None) -> "ModuleSpec | None":
        """Find a watched module's spec, with its actions on loading; None for any other module."""
        if name not in WATCHED:
            return None
        from pyserini_optical.plugin.interception import intercept

        return intercept(name)


def arm() -> None:
    """Watch from now on, unless `PYSERINI_OPTICAL_HOOK=0` switches the hook off."""
    if os.environ.get(SWITCH) != "0":
        watch()


def watch() -> None:
    """Put the finder first in `sys.meta_path`, unless it is there."""
    if not any(isinstance(finder, WaitingFinder) for finder in sys.meta_path):
        sys.meta_path.insert(0, WaitingFinder())
