"""Settings of both sides and of their fusion."""

from dataclasses import dataclass, field

from pyserini_optical.errors import OpticalError
from pyserini_optical.fusion.fuse import Weights, check_method
from pyserini_optical.fusion.hubness import HUBNESS_PENALTY
from pyserini_optical.fusion.weights import DEPTH, SHIPPED_WEIGHTS, AdaptiveWeights
from pyserini_optical.psq.structured import Pruning
from pyserini_optical.runs import check_depth


@dataclass(frozen=True)
class Settings:
    """Settings of both sides and of their fusion; the defaults are those of the published figures.

    Attributes
    ----------
    k1 : float
        BM25 parameter.
    b : float, optional
        BM25 parameter; by default it grows with the length of the query.
    pruning : Pruning
        Which translations are used.
    document_frequency : {"max", "expected"}
    names : bool
        See :class:`pyserini_optical.psq.StructuredQuerySearcher`.
    hubness_penalty : float, optional
        See :class:`pyserini_optical.fusion.hubness.HubnessReducedSearcher`; by default the shipped penalty in a hybrid
        search and 0 in a dense one.
    gloss : bool, optional
        Let the teacher also read a word-by-word translation of the query, see :mod:`pyserini_optical.encoder.gloss`; by
        default in a hybrid search and not in a dense one.
    weights : AdaptiveWeights or pair of float
        Weights of words and meaning; by default they adapt to the query.
    method, normalisation : str
        See :func:`pyserini_optical.fusion.fuse`.
    depth : int
        Number of passages of each side to fuse.
    ef_search, nprobe : int, optional
        Parameters of an approximate dense index, see :func:`pyserini_optical.plugin.dense_search.open_dense`.
    """

    k1: float = 0.9
    b: float | None = None
    pruning: Pruning = field(default_factory=Pruning)
    document_frequency: str = "max"
    names: bool = True
    hubness_penalty: float | None = None
    gloss: bool | None = None
    weights: AdaptiveWeights | Weights = SHIPPED_WEIGHTS
    method: str = "weighted-sum"
    normalisation: str = "z-score"
    depth: int = DEPTH
    ef_search: int | None = None
    nprobe: int | None = None

    def __post_init__(self) -> None:
        check_depth(self.depth)
        check_method(self.method)
        adaptive = isinstance(self.weights, AdaptiveWeights)
        if adaptive and self.method == "weighted-sum" and self.normalisation != "z-score":
            raise OpticalError(
                f"query-dependent weights work only with z-scores: pass --weights with --normalisation "
                f"{self.normalisation}"
            )

    def choose_penalty(self, mode: str) -> float:
        """Choose the hubness penalty for a mode."""
        if self.hubness_penalty is not None:
            return self.hubness_penalty
        return HUBNESS_PENALTY if mode == "hybrid" else 0.0

    def wants_gloss(self, mode: str) -> bool:
        """Whether the teacher reads a gloss of the query in a mode."""
        return mode == "hybrid" if self.gloss is None else self.gloss
