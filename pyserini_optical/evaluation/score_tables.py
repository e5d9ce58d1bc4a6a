"""Tables of what runs score: means, differences from a baseline, scores per query, rank distances."""

from collections.abc import Mapping, Sequence

from pyserini_optical.evaluation.measures import Scores
from pyserini_optical.evaluation.rank_distance import mean_rank_losses, rank_distance
from pyserini_optical.evaluation.significance import Comparison, correct_holm
from pyserini_optical.evaluation.tables import Grid, TableCell, mark_best

LEVEL = 0.05
"""p values below it are in bold."""


def tabulate_means(scores: Mapping[str, Scores], measures: Sequence[str]) -> Grid:
    """Make a table of the mean scores of runs.

    Parameters
    ----------
    scores : mapping of str to Scores
        Run to its scores.
    """
    columns = [mark_best([scored.means[measure] for scored in scores.values()]) for measure in measures]
    rows = tuple((TableCell(name), *cells) for name, *cells in zip(scores, *columns, strict=True))
    queries = len(next(iter(scores.values())).per_query[measures[0]])
    return Grid(f"means over {queries} queries", ("run", *measures), rows)


def tabulate_comparisons(measure: str, baseline: str, comparisons: Mapping[str, Comparison]) -> Grid:
    """Make a table of the differences from a baseline, p values corrected for the number of runs.

    Parameters
    ----------
    comparisons : mapping of str to Comparison
        Run to what it is beside the baseline.
    """
    t_tests = correct_holm([found.t_test for found in comparisons.values()])
    randomisations = correct_holm([found.randomisation for found in comparisons.values()])
    rows = tuple(
        (
            TableCell(name),
            TableCell(f"{found.difference:+.4f}"),
            TableCell(f"[{found.low:+.4f}, {found.high:+.4f}]"),
            TableCell(f"{t_test:.4f}", t_test < LEVEL),
            TableCell(f"{randomisation:.4f}", randomisation < LEVEL),
            TableCell(f"{found.effect:+.2f}"),
            TableCell(f"{found.wins}/{found.ties}/{found.losses}"),
        )
        for (name, found), t_test, randomisation in zip(comparisons.items(), t_tests, randomisations, strict=True)
    )
    header = ("run", "difference", "95 % interval", "p (t, Holm)", "p (rand., Holm)", "effect", "wins/ties/losses")
    return Grid(f"{measure}, compared with {baseline}", header, rows)


def tabulate_queries(scores: Mapping[str, Scores], measure: str) -> Grid:
    """Make a table of the scores of every query.

    Parameters
    ----------
    scores : mapping of str to Scores
        Run to its scores.
    """
    queries = next(iter(scores.values())).per_query[measure]
    rows = tuple(
        (TableCell(query), *mark_best([scored.per_query[measure][query] for scored in scores.values()]))
        for query in queries
    )
    return Grid(f"{measure} per query", ("query", *scores), rows)


def tabulate_distances(ranks: Mapping[str, Mapping[str, int]]) -> Grid:
    """Make a table of the mean rank losses of runs over parallel topics.

    Parameters
    ----------
    ranks : mapping
        Run to query to rank, as :func:`~pyserini_optical.evaluation.rank_distance.relevant_ranks` gives them.
    """
    rows = tuple(
        (TableCell(name), *(TableCell(f"{loss:+.1f}") for loss in losses))
        for name, losses in zip(ranks, mean_rank_losses(ranks), strict=True)
    )
    title = f"rank distance {rank_distance(ranks):.2f}; mean number of ranks by which the row is deeper than the column"
    return Grid(title, ("run", *ranks), rows)
