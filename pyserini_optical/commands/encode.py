"""`pyserini-optical encode --corpus FOLDER --output FOLDER`."""

import argparse
import sys

from pyserini_optical.commands.options import count, natural
from pyserini_optical.errors import OpticalError


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options, under the names of `pyserini.encode`."""
    parser.add_argument("--corpus", required=True, help="JSON lines file, or a folder of them, with id and contents")
    parser.add_argument("--output", required=True, help="folder for the parts")
    parser.add_argument(
        "--encoder",
        default="optical",
        help="student whose teacher encodes English passages (default: optical); optical-swa-documents encodes Swahili",
    )
    parser.add_argument("--device", default="cpu", help="torch device (default: cpu)")
    parser.add_argument("--part-size", type=count, default=50_000, help="passages per part (default: 50000)")
    parser.add_argument("--shard-id", type=natural, default=0, help="number of this process, from 0 (default: 0)")
    parser.add_argument("--shard-num", type=count, default=1, help="number of processes (default: 1)")
    parser.add_argument(
        "--ray", metavar="ADDRESS", help="encode all shards on this Ray cluster (local: start one here)"
    )


def run(options: argparse.Namespace) -> None:
    """Encode, and say how many parts are done."""
    where = (options.corpus, options.output)
    if options.ray:
        if options.shard_id:
            raise OpticalError(f"--shard-id {options.shard_id}: --ray encodes all shards; leave out --shard-id")
        from pyserini_optical.encoder.sharded import encode_parts_on_ray

        parts = encode_parts_on_ray(
            *where, options.encoder, options.ray, options.part_size, options.shard_num, options.device
        )
    else:
        from pyserini_optical.encoder.document import OpticalDocumentEncoder
        from pyserini_optical.encoder.sharded import encode_parts

        encoder = OpticalDocumentEncoder(options.encoder, device=options.device)
        parts = encode_parts(*where, encoder, encoder.name, options.part_size, options.shard_id, options.shard_num)
    sys.stdout.write(f"{options.output}: {len(parts)} parts done\n")
