"""Encode the parts of a corpus on a Ray cluster: one task a shard, each the process that `sharded` would be."""

import logging
import os
from pathlib import Path

from pyserini_optical.encoder.sharded import encode_parts
from pyserini_optical.errors import OpticalError

logger = logging.getLogger(__name__)


def encode_parts_on_ray(
    corpus: str | Path,
    output: str | Path,
    encoder: str,
    address: str = "local",
    part_size: int = 50_000,
    shard_num: int = 1,
    device: str = "cpu",
) -> list[Path]:
    """Encode a corpus as :func:`~pyserini_optical.encoder.sharded.encode_parts` does, its shards spread over a cluster.

    A task takes one processor (and one GPU, unless `device` is `cpu`) and runs its model on one thread, so `shard_num`
    is best the number of processors. A task whose worker dies is started again and goes on with the part that is
    missing.

    Parameters
    ----------
    corpus, output : str or Path
        On a folder that every machine of the cluster sees under the same path.
    encoder : str
        Student whose teacher encodes; a name, or a folder that every machine sees.
    address : str
        Of the cluster, as `ray.init` takes it; `local` starts one on this machine, `auto` finds the running one.
    part_size : int
        Passages a part.
    shard_num : int
        Tasks.
    device : str
        A torch device.

    Returns
    -------
    list of Path
        All parts in order, those done earlier included.

    Raises
    ------
    OpticalError
        Ray is not installed or there is no cluster at `address`, or as `encode_parts` does.
    """
    # Ray reports its use over the network unless told not to.
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    try:
        import ray
    except ImportError as error:
        raise OpticalError("--ray: Ray is not installed: pip install 'pyserini-optical[ray]'") from error
    if shard_num < 1:
        raise OpticalError(f"--shard-num {shard_num}: give a number from 1")
    if Path(encoder).is_dir():
        encoder = str(Path(encoder).resolve())
    # A worker need not have the working directory of this process.
    folders = Path(corpus).resolve(), Path(output).resolve()
    task = ray.remote(_encode_shard).options(
        num_cpus=1, num_gpus=int(device.startswith("cuda")), max_retries=3, scheduling_strategy="SPREAD"
    )
    parts: list[Path] = []
    try:
        with ray.init(address=address, log_to_driver=False):
            shards = [task.remote(*folders, encoder, part_size, shard, shard_num, device) for shard in range(shard_num)]
            for number, shard in enumerate(shards):
                node, found = ray.get(shard)
                logger.info("shard %d, node %s: %d parts done", number, node, len(found))
                parts += found
    except ConnectionError as error:
        raise OpticalError(f"--ray {address}: no cluster answers there; start one with `ray start`") from error
    except ray.exceptions.RayTaskError as error:
        if isinstance(error.cause, OpticalError):
            raise error.cause from None
        raise
    return sorted(parts, key=lambda part: int(part.name.removeprefix("part-")))


def _encode_shard(
    corpus: Path, output: Path, encoder: str, part_size: int, shard_id: int, shard_num: int, device: str
) -> tuple[str, list[Path]]:
    import ray

    from pyserini_optical.encoder.document import OpticalDocumentEncoder

    loaded = OpticalDocumentEncoder(encoder, device=device)
    teacher = loaded.checkpoint.teacher.name
    parts = encode_parts(corpus, output, loaded, teacher, part_size, shard_id, shard_num)
    return ray.get_runtime_context().get_node_id(), parts
