"""Optimal transport between two sets of token states: costs, masses, solvers."""

from pyserini_optical.transport.costs import COSTS, cosine_cost, euclidean_cost, squared_euclidean_cost
from pyserini_optical.transport.ipot import TRAINING_OPTIONS
from pyserini_optical.transport.masses import norm_mass, uniform_mass, weighted_mass
from pyserini_optical.transport.plan import TransportPlan
from pyserini_optical.transport.solve import solve

__all__ = [
    "COSTS",
    "TRAINING_OPTIONS",
    "TransportPlan",
    "cosine_cost",
    "euclidean_cost",
    "norm_mass",
    "solve",
    "squared_euclidean_cost",
    "uniform_mass",
    "weighted_mass",
]
