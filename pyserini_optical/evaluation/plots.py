"""Plots of differences; drawn without a display."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pyserini_optical.files import write_file

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_WIN, _LOSS = "#2b6cb0", "#c05621"


def plot_differences(
    path: str | Path, system: Mapping[str, float], baseline: Mapping[str, float], names: tuple[str, str], measure: str
) -> None:
    """Draw the per-query differences of two systems, sorted.

    Parameters
    ----------
    path : str or Path
        The picture: `.png`, `.svg` or `.pdf`; an existing picture is replaced.
    system, baseline : mapping of str to float
        Query to score; the same queries in both.
    names : tuple of str
        Names of the two systems.
    measure : str
        Name of the measure.
    """
    differences = np.sort([system[query] - baseline[query] for query in baseline])[::-1]
    wins, losses = int((differences > 0).sum()), int((differences < 0).sum())
    figure = _figure(8, 3.2)
    axes = figure.add_subplot()
    axes.bar(np.arange(len(differences)), differences, 1.0, color=np.where(differences > 0, _WIN, _LOSS))
    axes.axhline(0, color="black", linewidth=0.8)
    axes.axhline(float(differences.mean()), color="black", linewidth=0.8, linestyle="--")
    axes.set_xlabel(f"{len(differences)} queries, sorted: {wins} better, {losses} worse")
    axes.set_ylabel(f"difference in {measure}")
    axes.set_title(f"{names[0]} minus {names[1]} (mean {differences.mean():+.3f}, dashed)")
    _save(figure, path)


def plot_rank_losses(path: str | Path, languages: Sequence[str], losses: np.ndarray, title: str) -> None:
    """Draw the mean rank losses of language pairs as a heat map.

    Parameters
    ----------
    path : str or Path
        The picture: `.png`, `.svg` or `.pdf`; an existing picture is replaced.
    languages : sequence of str
        Languages in the order of the rows.
    losses : np.ndarray, shape (languages, languages)
        See :func:`~pyserini_optical.evaluation.rank_distance.mean_rank_losses`.
    """
    side = 1.8 + 0.62 * len(languages)
    figure = _figure(side + 1, side)
    axes = figure.add_subplot()
    extreme = float(np.abs(losses).max()) or 1.0
    image = axes.imshow(losses, cmap="PuOr_r", vmin=-extreme, vmax=extreme)
    for (row, column), loss in np.ndenumerate(losses):
        colour = "white" if abs(loss) > 0.7 * extreme else "black"
        axes.text(
            column, row, f"{loss:+.1f}" if row != column else "", ha="center", va="center", color=colour, fontsize=8
        )
    axes.set_xticks(range(len(languages)), languages)
    axes.set_yticks(range(len(languages)), languages)
    axes.set_xlabel("instead of")
    axes.set_ylabel("asked in")
    axes.set_title(title)
    figure.colorbar(image, label="mean ranks deeper")
    _save(figure, path)


def _figure(width: float, height: float) -> "Figure":
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def _save(figure: "Figure", path: str | Path) -> None:
    with write_file(path, "wb", overwrite=True) as file:
        figure.savefig(file, format=Path(path).suffix.lstrip(".") or "png", dpi=150)
