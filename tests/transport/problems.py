"""Random transport problems, hard and easy, for tests and for `eval/bench/transport.py`."""

import numpy as np
import torch

KINDS = ("uniform", "weighted", "unmatched", "forbidden", "random states", "close states", "ties", "negative", "plane")


def make_problem(generator: np.random.Generator, kind: str, longest: int = 64) -> tuple[np.ndarray, ...]:
    """Make a cost and two masses, of ragged size."""
    rows, columns = generator.integers(1, longest + 1, 2)
    cost = generator.random((rows, columns))
    masses = [np.full(size, 1 / size) for size in (rows, columns)]
    if kind in ("weighted", "close states"):
        masses = [(weights := generator.random(size) + 0.05) / weights.sum() for size in (rows, columns)]
    if kind == "unmatched":
        cost[generator.integers(rows)] += 1e3
    if kind == "forbidden":
        cost[generator.random((rows, columns)) < 0.2] = 1e3
    if kind == "ties":
        cost = generator.integers(0, 6, (rows, columns)).astype(float)
    if kind == "negative":
        cost -= 3
    if kind == "plane":
        points = [generator.normal(size=(size, 2)) for size in (rows, columns)]
        cost = ((points[0][:, None] - points[1]) ** 2).sum(2)
    if kind.endswith("states"):
        source = generator.normal(size=(rows, 32))
        drawn = source[generator.integers(0, rows, columns)] if kind == "close states" else 0.0
        target = drawn + generator.normal(size=(columns, 32)) * (0.3 if kind == "close states" else 1.0)
        cost = 1 - (source @ target.T) / np.outer(np.linalg.norm(source, axis=1), np.linalg.norm(target, axis=1))
    return cost, *masses


def make_problems(count: int, seed: int, longest: int = 64) -> list[tuple[np.ndarray, ...]]:
    """Make problems of every kind in turn."""
    generator = np.random.default_rng(seed)
    return [make_problem(generator, KINDS[index % len(KINDS)], longest) for index in range(count)]


def pad_problems(problems: list[tuple[np.ndarray, ...]], dtype: torch.dtype) -> tuple[torch.Tensor, ...]:
    """Lay problems into one batch; padding costs nothing, so that a solver that looks at it fails."""
    rows, columns = (max(cost.shape[axis] for cost, _, _ in problems) for axis in (0, 1))
    cost = torch.zeros(len(problems), rows, columns, dtype=dtype)
    row_mass = torch.zeros(len(problems), rows, dtype=dtype)
    column_mass = torch.zeros(len(problems), columns, dtype=dtype)
    for index, (matrix, source, target) in enumerate(problems):
        cost[index, : len(source), : len(target)] = torch.as_tensor(matrix)
        row_mass[index, : len(source)] = torch.as_tensor(source)
        column_mass[index, : len(target)] = torch.as_tensor(target)
    return cost, row_mass, column_mass


def solve_with_emd(problems: list[tuple[np.ndarray, ...]]) -> torch.Tensor:
    """Compute the optimum of each problem with POT's network simplex."""
    import ot

    # POT takes no costs that are all negative.
    optima = [
        cost.min() + ot.emd2(a=source, b=target, M=cost - cost.min(), numItermax=1_000_000)
        for cost, source, target in problems
    ]
    return torch.tensor(optima, dtype=torch.float64)
