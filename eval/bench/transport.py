"""Transport solvers side by side: 64 problems of 32 x 32, in one run.

    python eval/bench/transport.py [--threads 2] [--rounds 9]

Time is the median of the rounds; each round runs every solver once. The gap is to the exact optimum (`ot.emd`): a
regularisation of 0.1 is an answer to another problem, so the batched solver is also run with one that comes near the
optimum. In float32 `ot.sinkhorn` cannot reach its own tolerance and always takes all its iterations; float64 is the
fair comparison. Costs: uniform between 0 and 1, and the cosine cost and the Euclidean distance of correlated states of
384 dimensions; 0.1 is small beside the distances, so that the entropic solvers take many iterations there.
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

from pyserini_optical.transport import TRAINING_OPTIONS, cosine_cost, euclidean_cost, solve

BATCH, TOKENS, DIMENSION = 64, 32, 384


def make_costs(kind: str) -> torch.Tensor:
    generator = torch.Generator().manual_seed(0)
    if kind == "uniform":
        return torch.rand(BATCH, TOKENS, TOKENS, generator=generator)
    rows, noise = torch.randn(2, BATCH, TOKENS, DIMENSION, generator=generator)
    cost = {"cosine": cosine_cost, "euclidean": euclidean_cost}[kind]
    return cost(rows, 0.6 * rows + 0.8 * noise)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--dtype", choices=["float32", "float64"], default="float64")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    warnings.filterwarnings("ignore", message="Sinkhorn did not converge")

    table = Table(title=f"{BATCH} problems of {TOKENS} x {TOKENS}, {options.dtype}, {options.threads} threads")
    table.add_column("cost")
    table.add_column("solver")
    for name in ("median ms", "of solve_batch's time", "of ot.sinkhorn's time", "mean gap", "largest gap"):
        table.add_column(name, justify="right")
    for kind in ("uniform", "cosine", "euclidean"):
        _compare(kind, make_costs(kind).to(getattr(torch, options.dtype)), options.rounds, table)
    Console(width=130).print(table)


def _compare(kind: str, cost: torch.Tensor, rounds: int, table: Table) -> None:
    mass = torch.full((BATCH, TOKENS), 1 / TOKENS, dtype=cost.dtype)
    arrays, share = cost.numpy(), mass[0].numpy()

    def loop(solver: Callable, **settings: float) -> torch.Tensor:
        return torch.stack([torch.as_tensor(solver(a=share, b=share, M=each, **settings)) for each in arrays])

    solvers: dict[str, Callable[[], torch.Tensor]] = {
        "ipot, defaults": lambda: solve(cost, mass, mass).plan,
        "ipot, in training": lambda: solve(cost, mass, mass, **TRAINING_OPTIONS).plan,
        "ot.batch.solve_batch, reg 0.1": lambda: solve_batch(M=cost, reg=0.1, a=mass, b=mass, grad="detach").plan,
        "ot.batch.solve_batch, reg 0.002": lambda: solve_batch(M=cost, reg=0.002, a=mass, b=mass, grad="detach").plan,
        "loop of ot.sinkhorn, reg 0.1": lambda: loop(ot.sinkhorn, reg=0.1),
        "loop of ot.emd": lambda: loop(ot.emd),
    }
    plans = {name: solver() for name, solver in solvers.items()}  # also the warm-up
    times: dict[str, list[float]] = {name: [] for name in solvers}
    for _ in range(rounds):
        for name, solver in solvers.items():
            start = time.perf_counter()
            solver()
            times[name].append(1e3 * (time.perf_counter() - start))
    medians = {name: statistics.median(values) for name, values in times.items()}
    batched, looped = (medians[name] for name in solvers if name.endswith("reg 0.1"))
    optimum = (plans["loop of ot.emd"] * cost).sum((1, 2))
    for name, median in medians.items():
        gap = (plans[name] * cost).sum((1, 2)) / optimum - 1
        figures = (f"{median / batched:.2f}", f"{median / looped:.3f}", f"{gap.mean():+.2%}", f"{gap.max():+.2%}")
        table.add_row(kind, name, f"{median:.1f}", *figures)
    table.add_section()


if __name__ == "__main__":
    main()
