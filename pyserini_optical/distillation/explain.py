"""The transport plan from student tokens to teacher tokens: solved and drawn."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from pyserini_optical.errors import OpticalError
from pyserini_optical.files import write_file
from pyserini_optical.transport import COSTS, solve, uniform_mass

FORMATS = (".png", ".svg", ".pdf")


@dataclass(frozen=True)
class Alignment:
    """The transport plan between two token sequences.

    Parameters
    ----------
    rows, columns : tuple of str
        The student's and the teacher's tokens.
    plan : ndarray of float64, shape (rows, columns)
        The transported mass.
    costs : ndarray of float64, shape (rows, columns)
        Cost per unit of mass.
    cost : float
        Cost of the plan.
    pooled : float
        Cosine of the mean-pooled states, special tokens as in the plan.
    """

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    plan: np.ndarray
    costs: np.ndarray
    cost: float
    pooled: float

    @property
    def shares(self) -> np.ndarray:
        """The share of each row's mass that goes to each column; shape (rows, columns)."""
        return self.plan / self.plan.sum(1, keepdims=True)


def align_tokens(
    rows: Sequence[str],
    row_states: np.ndarray,
    columns: Sequence[str],
    column_states: np.ndarray,
    special_tokens: bool = False,
    cost: str = "cosine",
) -> Alignment:
    """Transport a student's token states onto a teacher's, exactly, with uniform masses.

    Parameters
    ----------
    rows : sequence of str
        The student's tokens, with special tokens first and last.
    row_states : ndarray, shape (rows, d)
    columns : sequence of str
        The teacher's tokens, likewise.
    column_states : ndarray, shape (columns, d)
    special_tokens : bool
        Whether to keep the first and the last token of each side.
    cost : {"cosine", "euclidean", "squared-euclidean"}

    Raises
    ------
    OpticalError
        A side has only special tokens.
    """
    kept = slice(None) if special_tokens else slice(1, -1)
    rows, columns = tuple(rows[kept]), tuple(columns[kept])
    if not rows or not columns:
        raise OpticalError("explain: a text has no tokens; give two texts with at least one word each")
    student, teacher = (torch.from_numpy(states[kept]).double().unsqueeze(0) for states in (row_states, column_states))
    costs = COSTS[cost](student, teacher)
    source, target = (
        uniform_mass(torch.ones(each.shape[:2], dtype=torch.bool)).double() for each in (student, teacher)
    )
    solution = solve(costs, source, target, method="exact")
    pooled = torch.nn.functional.cosine_similarity(student.mean(1), teacher.mean(1))
    return Alignment(rows, columns, solution.plan[0].numpy(), costs[0].numpy(), solution.cost.item(), pooled.item())


def draw_alignment(path: str | Path, alignment: Alignment, title: str, overwrite: bool = False) -> None:
    """Draw a plan as a grid: the darker a cell, the more of the row's mass goes to its column.

    Parameters
    ----------
    path : str or Path
        The picture: `.png`, `.svg` or `.pdf`.
    overwrite : bool
        Replace an existing picture.

    Raises
    ------
    OpticalError
        The suffix is not one of these, or the picture exists already.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    suffix = Path(path).suffix.lower()
    if suffix not in FORMATS:
        raise OpticalError(f"{path}: pictures must end in {', '.join(FORMATS)}")
    shares = alignment.shares
    height, width = shares.shape
    figure = Figure(figsize=(2.6 + 0.52 * width, 2.0 + 0.46 * height), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    image = axes.imshow(shares, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    for (row, column), share in np.ndenumerate(shares):
        if share >= 0.05:
            colour = "white" if share > 0.55 else "#1a365d"
            axes.text(column, row, "1" if share > 0.995 else f"{share:.2f}"[1:], ha="center", va="center", color=colour)
    axes.set_xticks(range(width), alignment.columns, rotation=45, ha="left", rotation_mode="anchor")
    axes.set_yticks(range(height), alignment.rows)
    axes.tick_params(length=0, labelsize=10, top=True, labeltop=True, bottom=False, labelbottom=False)
    axes.set_xticks(np.arange(0.5, width - 1), minor=True)
    axes.set_yticks(np.arange(0.5, height - 1), minor=True)
    axes.grid(which="minor", color="#e2e8f0", linewidth=0.8)
    axes.tick_params(which="minor", length=0, top=False)
    axes.spines[:].set_color("#cbd5e0")
    axes.set_ylabel("student")
    axes.set_title("teacher", fontsize=10)
    axes.set_xlabel(f"{title}\ntransport cost {alignment.cost:.3f}, cosine of the means {alignment.pooled:.3f}")
    bar = figure.colorbar(image, shrink=0.8, label="share of the token's mass")
    bar.outline.set_visible(False)
    with write_file(path, "wb", overwrite=overwrite) as file:
        figure.savefig(file, format=suffix.lstrip("."), dpi=160)
