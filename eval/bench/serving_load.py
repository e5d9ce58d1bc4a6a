"""The service under load: latency, throughput, memory over time, hostile requests, and how soon it is back.

    python eval/bench/serving_load.py --lucene-index L --dense-index F --backend onnx-int8 [--clients 32] [--seconds 60]

The clients share the machine with the service. Each sends its next question when the last is answered. Questions are
all queries of `lowres-clir` but the English ones, shuffled; no answer comes from the cache, which is switched off.
"""

import argparse
import asyncio
import json
import os
import random
import re
import signal
import statistics
import subprocess
import sys
import time
from itertools import cycle
from pathlib import Path
from urllib.parse import urlsplit

LIMIT = 400
HOSTILE = [
    b"GET /search?q= HTTP/1.1\r\nhost: localhost\r\n\r\n",
    b"GET /../../../etc/passwd HTTP/1.1\r\nhost: localhost\r\n\r\n",
    b"GET /page/%2e%2e/%2e%2e/app.py HTTP/1.1\r\nhost: localhost\r\n\r\n",
    b'POST /search HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{"query":',
    b"POST /search HTTP/1.1\r\nhost: localhost\r\ncontent-length: 99999999\r\n\r\n" + b"x" * 65536,
    b"POST /search HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
    b"POST /search HTTP/1.1\r\nhost: localhost\r\ncontent-length: 900\r\n\r\n{",  # and nothing more
    b"GET / HTTP/1.1\r\nhost: " + b"a" * 100_000 + b"\r\n\r\n",
    b"GET /search?q=%00%ff%fe&k=-1 HTTP/1.1\r\nhost: localhost\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    b"",
]


class Service:
    """`pyserini-optical serve` in a process of its own."""

    def __init__(self, options: argparse.Namespace) -> None:
        words = ["--lucene-index", options.lucene_index, "--dense-index", options.dense_index, "--port", "0"]
        words += ["--backend", options.backend] if options.backend else []
        command = [sys.executable, "-m", "pyserini_optical", "serve", *words, "--cached", "0"]
        start = time.monotonic()
        self.process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        said = []
        for line in self.process.stderr:
            said.append(line)
            if found := re.match(r"answering at (\S+)/ ", line):
                address = urlsplit(found[1])
                self.host, self.port = address.hostname, address.port
                self.seconds = time.monotonic() - start
                break
        else:
            sys.exit("".join(said[-5:]))

    def processor(self) -> float:
        """Seconds of processor that its processes have used."""
        return sum(map(_read_seconds, self._processes()))

    def memory(self) -> float:
        """MB that its processes hold; of what they share, each holds a part."""
        return sum(map(_read_share, self._processes())) * 1024 / 1e6

    def _processes(self) -> list[int]:
        found = [self.process.pid]
        for each in found:
            for children in Path(f"/proc/{each}/task").glob("*/children"):
                found += map(int, children.read_text().split())
        return found


def _read_seconds(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _read_share(process: int) -> int:
    lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lucene-index", required=True)
    parser.add_argument("--dense-index", required=True)
    parser.add_argument("--backend", help="torch, onnx or onnx-int8; export it first")
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--seconds", type=float, default=60, help="of load whose latency is told")
    parser.add_argument("--minutes", type=float, default=10, help="of load over which memory is watched")
    parser.add_argument("--hostile", type=int, default=1000)
    options = parser.parse_args()
    queries = read_queries()
    service = Service(options)
    try:
        await try_out(service, queries, options)
    finally:
        service.process.kill()
        service.process.wait()
    back = Service(options)
    start = time.monotonic()
    await ask_once(back, queries[0])
    print(
        f"killed and started: listening after {back.seconds:.1f} s, first answer {time.monotonic() - start:.2f} s later"
    )
    back.process.send_signal(signal.SIGTERM)
    print(f"stopped with status {back.process.wait(30)}")


async def try_out(service: Service, queries: list[str], options: argparse.Namespace) -> None:
    print(f"{service.seconds:.1f} s from start to listening, indexes and models read; {service.memory():.0f} MB")
    await load(service, cycle(queries), options.clients, 5)  # caches of words and passages fill
    await measure(service, cycle(queries), options)
    await watch_memory(service, cycle(queries), options)
    await attack(service, options)


def read_queries() -> list[str]:
    from pyserini_optical.shipped import shipped
    from pyserini_optical.topics import read_topics

    files = sorted(shipped("eval/lowres-clir/topics").glob("*.tsv"))
    queries = [query for file in files if ".eng." not in file.name for query in read_topics(file).values()]
    queries = list(dict.fromkeys(queries))
    random.Random(7).shuffle(queries)
    return queries


async def measure(service: Service, queries: cycle, options: argparse.Namespace) -> None:
    served, asked = service.processor(), time.process_time()
    seconds, statuses = await load(service, queries, options.clients, options.seconds)
    served, asked = service.processor() - served, time.process_time() - asked
    milliseconds = sorted(1000 * each for each in seconds)
    p95 = milliseconds[int(0.95 * len(milliseconds))]
    failed = len([status for status in statuses if status != 200])
    print(
        f"{options.clients} clients for {options.seconds:g} s: {len(statuses)} questions, {failed} errors, "
        f"{len(statuses) / options.seconds:.0f} a second; median {statistics.median(milliseconds):.0f} ms, "
        f"95th percentile {p95:.0f} ms ({p95 / LIMIT:.2f} of the limit), longest {milliseconds[-1]:.0f} ms; "
        f"processor {1000 * served / len(statuses):.1f} ms a question, clients {1000 * asked / len(statuses):.1f}; "
        f"{service.memory():.0f} MB",
        flush=True,
    )


async def watch_memory(service: Service, queries: cycle, options: argparse.Namespace) -> None:
    samples = []
    parts = max(1, round(options.minutes))
    for _ in range(parts):
        await load(service, queries, options.clients, 60 * options.minutes / parts)
        samples.append(service.memory())
    print(f"memory, every minute of {options.minutes:g}: {' '.join(f'{each:.0f}' for each in samples)} MB", flush=True)


async def load(service: Service, queries: cycle, clients: int, seconds: float) -> tuple[list[float], list[int]]:
    """Ask with many clients; give the seconds and the status of each answer."""
    end = time.monotonic() + seconds
    taken: list[float] = []
    statuses: list[int] = []

    async def ask_on() -> None:
        reader, writer = await asyncio.open_connection(service.host, service.port)
        while time.monotonic() < end:
            start = time.monotonic()
            status, _ = await ask(reader, writer, next(queries))
            taken.append(time.monotonic() - start)
            statuses.append(status)
        writer.close()

    await asyncio.gather(*(ask_on() for _ in range(clients)))
    return taken, statuses


async def ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, query: str) -> tuple[int, bytes]:
    body = json.dumps({"query": query}).encode()
    head = "POST /search HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
    writer.write(f"{head}content-length: {len(body)}\r\n\r\n".encode() + body)
    header = (await reader.readuntil(b"\r\n\r\n")).decode()
    length = int(re.search(r"content-length: (\d+)", header)[1])
    return int(header.split()[1]), await reader.readexactly(length)


async def ask_once(service: Service, query: str) -> tuple[int, bytes]:
    reader, writer = await asyncio.open_connection(service.host, service.port)
    answer = await ask(reader, writer, query)
    writer.close()
    return answer


async def attack(service: Service, options: argparse.Namespace) -> None:
    """Send what no client should, many at a time, some of which never finish; ask once more afterwards."""
    query = "mji mkuu wa Kenya ni upi?"
    before = await ask_once(service, query)

    async def send(kind: bytes) -> None:
        try:
            reader, writer = await asyncio.open_connection(service.host, service.port)
            writer.write(kind)
            await asyncio.wait_for(reader.read(100), 2)
            writer.close()
        except (OSError, TimeoutError):
            pass

    start = time.monotonic()
    gate = asyncio.Semaphore(200)

    async def send_one(kind: bytes) -> None:
        async with gate:
            await send(kind)

    await asyncio.gather(*(send_one(kind) for kind, _ in zip(cycle(HOSTILE), range(options.hostile), strict=False)))
    seconds = time.monotonic() - start
    after = await ask_once(service, query)
    same = "the same answer" if after == before else "ANOTHER ANSWER"
    print(f"{options.hostile} hostile requests in {seconds:.0f} s, then {same} as before; {service.memory():.0f} MB")


if __name__ == "__main__":
    asyncio.run(main())
