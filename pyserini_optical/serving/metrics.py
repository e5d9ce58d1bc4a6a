"""Metrics of the service, for Prometheus."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest


class Metrics:
    """Counters of one service; they contain nothing of the questions."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "optical_requests", "Requests answered, by route and status.", ["route", "status"], registry=self.registry
        )
        self.seconds = Histogram(
            "optical_request_seconds",
            "From a request's first byte to the last of its answer.",
            ["route"],
            buckets=(0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 5, 20),
            registry=self.registry,
        )
        self.waiting = Gauge("optical_waiting", "Questions that wait to be searched.", registry=self.registry)
        self.batch = Histogram(
            "optical_batch_questions",
            "Questions searched together.",
            buckets=(1, 2, 4, 8, 16, 32),
            registry=self.registry,
        )
        self.cache = Counter("optical_cache", "Questions, by cache hit or miss.", ["found"], registry=self.registry)

    def text(self) -> bytes:
        """All metrics in Prometheus' text format."""
        return generate_latest(self.registry)
