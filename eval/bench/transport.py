"""Transport solvers side by side: 64 problems of 32 x 32, in one run.

    python eval/bench/transport.py [--threads 2] [--rounds 5] [--dtypes float64 float32] [--kinds "uniform, to 1" ...]

Time is the median of the rounds; each round runs every solver once. The gap is to the exact optimum (`ot.emd`): a
regularisation of 0.1 is an answer to another problem, so the batched solver is also run with one that comes near the
optimum. What the entropic solvers take depends on two things. One is when they stop: `ot.sinkhorn` at 1e-9,
`solve_batch` at 1e-5, so that it is also run at 1e-9; in float32 neither can reach 1e-9, and takes all its 1,000
iterations. The other is what 0.1 is beside the costs: a tenth of uniform ones, so that few iterations do, but little
beside the distances of states, so that none may be enough. `scipy.optimize.linear_sum_assignment`, exact, and only for
such problems of equal masses and as many rows as columns, shows how much of that time any solver needs.

Costs: uniform between 0 and 1, and between 0 and 10; the cosine cost and the Euclidean distance of random states of 384
dimensions, and of states that correlate by 0.6, pair by pair, as those of a sentence and its translation do; the
Euclidean distance of points in a plane.
"""

import argparse
import statistics
import time
import warnings
from collections.abc import Callable

import ot
import torch
from ot.batch import solve_batch
from rich.console import Console
from rich.table import Table
from scipy.optimize import linear_sum_assignment

from pyserini_optical.transport import TRAINING_OPTIONS, cosine_cost, euclidean_cost, solve

BATCH, TOKENS, DIMENSION = 64, 32, 384
BATCHED, LOOPED, EXACT = "ot.batch.solve_batch, reg 0.1", "loop of ot.sinkhorn, reg 0.1", "loop of ot.emd"


KINDS = (
    "cosine, correlated",
    "cosine, random",
    "euclidean, correlated",
    "euclidean, random",
    "euclidean, plane",
    "uniform, to 1",
    "uniform, to 10",
)


def make_costs(kind: str) -> torch.Tensor:
    generator = torch.Generator().manual_seed(0)
    metric, states = kind.split(", ")
    if metric == "uniform":
        return torch.rand(BATCH, TOKENS, TOKENS, generator=generator) * int(states.removeprefix("to "))
    dimension = 2 if states == "plane" else DIMENSION
    rows, noise = torch.randn(2, BATCH, TOKENS, dimension, generator=generator)
    cost = {"cosine": cosine_cost, "euclidean": euclidean_cost}[metric]
    return cost(rows, 0.6 * rows + 0.8 * noise if states == "correlated" else noise)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--dtypes", nargs="+", choices=["float64", "float32"], default=["float64", "float32"])
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=KINDS)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    warnings.filterwarnings("ignore", message="Sinkhorn did not converge")

    for dtype in options.dtypes:
        table = Table(title=f"{BATCH} problems of {TOKENS} x {TOKENS}, {dtype}, {options.threads} threads")
        table.add_column("cost")
        table.add_column("solver")
        for name in ("median ms", "of solve_batch's time", "of ot.sinkhorn's time", "mean gap", "largest gap"):
            table.add_column(name, justify="right")
        for kind in options.kinds:
            _compare(kind, make_costs(kind).to(getattr(torch, dtype)), options.rounds, table)
        Console(width=150).print(table)


def _compare(kind: str, cost: torch.Tensor, rounds: int, table: Table) -> None:
    mass = torch.full((BATCH, TOKENS), 1 / TOKENS, dtype=cost.dtype)
    arrays, share = cost.numpy(), mass[0].numpy()

    def loop(solver: Callable, **settings: float) -> torch.Tensor:
        return torch.stack([torch.as_tensor(solver(a=share, b=share, M=each, **settings)) for each in arrays])

    def batch(**settings: float) -> torch.Tensor:
        return solve_batch(M=cost, a=mass, b=mass, grad="detach", **settings).plan

    def assign() -> torch.Tensor:
        plans = torch.zeros_like(cost)
        for plan, each in zip(plans, arrays, strict=True):
            plan[linear_sum_assignment(each)] = 1 / TOKENS
        return plans

    solvers: dict[str, Callable[[], torch.Tensor]] = {
        "ipot, defaults": lambda: solve(cost, mass, mass).plan,
        "ipot, in training": lambda: solve(cost, mass, mass, **TRAINING_OPTIONS).plan,
        BATCHED: lambda: batch(reg=0.1),
        f"{BATCHED}, tol 1e-9": lambda: batch(reg=0.1, tol=1e-9),
        "ot.batch.solve_batch, reg 0.002": lambda: batch(reg=0.002),
        LOOPED: lambda: loop(ot.sinkhorn, reg=0.1),
        EXACT: lambda: loop(ot.emd),
        "loop of linear_sum_assignment": assign,
    }
    plans = {name: solver() for name, solver in solvers.items()}  # also the warm-up
    times: dict[str, list[float]] = {name: [] for name in solvers}
    for _ in range(rounds):
        for name, solver in solvers.items():
            start = time.perf_counter()
            solver()
            times[name].append(1e3 * (time.perf_counter() - start))
    medians = {name: statistics.median(values) for name, values in times.items()}
    optimum = (plans[EXACT] * cost).sum((1, 2))
    for name, median in medians.items():
        gap = (plans[name] * cost).sum((1, 2)) / optimum - 1
        figures = (
            f"{median / medians[BATCHED]:.2f}",
            f"{median / medians[LOOPED]:.3f}",
            f"{gap.mean():+.2%}",
            f"{gap.max():+.2%}",
        )
        table.add_row(kind, name, f"{median:.1f}", *figures)
    table.add_section()


if __name__ == "__main__":
    main()
