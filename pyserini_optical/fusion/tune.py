"""Tune fusion weights by cross-validation, so that no query is scored with weights that it helped to choose."""

import itertools
import logging
import zlib
from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from pyserini_optical.errors import OpticalError
from pyserini_optical.files import read_object, write_json
from pyserini_optical.fusion.fuse import check_queries, fuse
from pyserini_optical.runs import Run

logger = logging.getLogger(__name__)

FORMAT = "pyserini-optical-fusion/1"
STEPS = 10
"""Steps per unit of the weights that are tried."""

Measure = Callable[[Run], dict[str, float]]


@dataclass(frozen=True)
class TunedWeights:
    """Tuned weights and how they were found.

    Attributes
    ----------
    weights : tuple of float
        One per run, summing to 1: the best on all queries.
    measure : str
        Name of the measure that was maximised.
    cross_validated : float
        Mean of the measure over queries, each fused with weights that were chosen without it.
    fold_weights : tuple of tuple of float
        The weights used for each fold.
    queries : tuple of str
        Ids of the queries that the weights were tuned on.
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
            The file is missing or is not such a file.
        """
        content = read_object(path, "write it with fuse --tune")
        try:
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
        """Warn if the weights are about to be used on queries that they were tuned on."""
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

    Queries are assigned to folds by a checksum of their ids. Each fold is fused with the weights that are best on the
    others; the returned run is made of these parts, so that its scores may be reported.

    Parameters
    ----------
    runs : sequence of Run
        Two or more, over the same queries.
    measure : callable
        Maps a run to query id -> score, the higher the better.
    judged : collection of str
        Ids of the queries that have judgements.
    folds : int
        At least 2.
    normalisation, depth, hits
        See :func:`pyserini_optical.fusion.fuse`.

    Returns
    -------
    tuned : TunedWeights
        The best weights on all judged queries, for use on other queries.
    run : Run
        Judged queries are fused by cross-validation; the others, which did not influence the weights, with the weights
        for all.

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
    """All weights in steps of 0.1 that sum to 1, the most even first, so that these win ties."""
    tenths = [parts for parts in itertools.product(range(STEPS + 1), repeat=count) if sum(parts) == STEPS]
    tenths.sort(key=lambda parts: (sum(part * part for part in parts), parts))
    return [tuple(part / STEPS for part in parts) for parts in tenths]
