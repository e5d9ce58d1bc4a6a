"""Tuning fusion weights on judged queries, by cross-validation, so that no query is scored with weights it chose."""

import itertools
import json
import logging
import zlib
from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from pyserini_optical.errors import OpticalError
from pyserini_optical.files import open_text, write_json
from pyserini_optical.fusion.fuse import check_queries, fuse
from pyserini_optical.runs import Run

logger = logging.getLogger(__name__)

FORMAT = "pyserini-optical-fusion/1"
STEPS = 10
"""Weights are tried in tenths."""

Measure = Callable[[Run], dict[str, float]]


@dataclass(frozen=True)
class TunedWeights:
    """Weights and how they were found.

    Attributes
    ----------
    weights : tuple of float
        One per run, together 1: the best on all queries.
    measure : str
        Name of what was maximised.
    cross_validated : float
        Its mean over queries, each fused with weights that were chosen without it.
    fold_weights : tuple of tuple of float
        The weights that each fold was given.
    queries : tuple of str
        What the weights were tuned on.
    """

    weights: tuple[float, ...]
    normalisation: str
    depth: int | None
    measure: str
    cross_validated: float
    fold_weights: tuple[tuple[float, ...], ...]
    queries: tuple[str, ...]

    def save(self, path: str | Path, overwrite: bool = False) -> None:
        """Write the weights as JSON."""
        write_json(path, {"format": FORMAT, **asdict(self)}, overwrite)

    @classmethod
    def load(cls, path: str | Path) -> "TunedWeights":
        """Read weights back.

        Raises
        ------
        OpticalError
            The file is missing or holds something else.
        """
        try:
            with open_text(path) as file:
                content = json.load(file)
            if content.pop("format") != FORMAT:
                raise ValueError("another format")
            content["weights"] = tuple(map(float, content["weights"]))
            content["fold_weights"] = tuple(map(tuple, content["fold_weights"]))
            content["queries"] = tuple(content["queries"])
            return cls(**content)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise OpticalError(
                f"{path}: does not contain tuned weights ({error}); write it with fuse --tune"
            ) from error

    def warn_of_reuse(self, queries: Collection[str]) -> None:
        """Say so if weights are about to be used on queries that chose them."""
        seen = len(set(queries) & set(self.queries))
        if seen:
            logger.warning(
                "%d of %d queries have ids that the weights were tuned on; if they are the same queries, the fused run "
                "must not be reported as a result",
                seen,
                len(queries),
            )


def tune(
    runs: Sequence[Run],
    measure: Measure,
    measure_name: str,
    judged: Collection[str],
    folds: int = 5,
    normalisation: str = "z-score",
    depth: int | None = 1000,
    hits: int | None = 1000,
) -> tuple[TunedWeights, Run]:
    """Choose the weights of a weighted sum.

    Queries are dealt into folds by a checksum of their ids. Each fold is fused with the weights that are best on the
    others; the run that comes back is made of these parts and may be reported.

    Parameters
    ----------
    runs : sequence of Run
        Two or more, over the same queries.
    measure : callable
        From a run to query id -> score, the higher the better.
    judged : collection of str
        Ids of the queries that have judgements.
    folds : int
        At least 2.
    normalisation, depth, hits
        As :func:`pyserini_optical.fusion.fuse` takes them.

    Returns
    -------
    tuned : TunedWeights
        Best on all queries: for other queries.
    run : Run
        The judged queries fused by cross-validation; the others, which had no say in them, with the weights for all.

    Raises
    ------
    OpticalError
        There are fewer judged queries than folds, or the runs cannot be fused.
    """
    known = check_queries(runs)
    queries = [query for query in known if query in judged]
    if not 2 <= folds <= len(queries):
        raise OpticalError(
            f"{folds} folds for {len(queries)} judged queries; choose a number from 2 to the number of queries"
        )
    candidates = list(_candidates(len(runs)))
    fused = {weights: fuse(runs, "weighted-sum", weights, normalisation, depth, hits) for weights in candidates}
    scores = {weights: measure(run) for weights, run in fused.items()}

    def choose(among: Sequence[str]) -> tuple[float, ...]:
        return max(candidates, key=lambda weights: sum(scores[weights].get(query, 0.0) for query in among))

    dealt = sorted(queries, key=lambda query: (zlib.crc32(query.encode()), query))
    fold_of = {query: position % folds for position, query in enumerate(dealt)}
    chosen = tuple(choose([query for query in queries if fold_of[query] != fold]) for fold in range(folds))
    held_out = [scores[chosen[fold_of[query]]].get(query, 0.0) for query in queries]
    best = choose(queries)
    run = {query: fused[chosen[fold_of[query]] if query in fold_of else best][query] for query in known}
    mean = sum(held_out) / len(held_out)
    return TunedWeights(best, normalisation, depth, measure_name, mean, chosen, tuple(queries)), run


def _candidates(count: int) -> list[tuple[float, ...]]:
    """All weights in tenths that sum to 1, the most even first, so that a tie goes to the most even."""
    tenths = [parts for parts in itertools.product(range(STEPS + 1), repeat=count) if sum(parts) == STEPS]
    tenths.sort(key=lambda parts: (sum(part * part for part in parts), parts))
    return [tuple(part / STEPS for part in parts) for parts in tenths]
