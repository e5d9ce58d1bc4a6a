"""What is fuzzed: each reader, given bytes as the file it reads. An `OpticalError` is the right answer to nonsense.

A reader that takes the bytes must give something that its writer writes and it reads back the same.
"""

import gzip
import json
from collections.abc import Callable
from pathlib import Path

from pyserini_optical.errors import OpticalError


def runs(path: Path) -> None:
    """TREC runs."""
    from pyserini_optical.runs import read_run, write_run

    run = read_run(path)
    again = path.with_name("again")
    try:
        write_run(again, run, "tag", overwrite=True)
    except OpticalError:
        return  # scores beyond single precision are read but not written
    found = read_run(again)
    assert [list(ranking) for ranking in found.values()] == [list(ranking) for ranking in run.values()]


def qrels(path: Path) -> None:
    """TREC judgements."""
    from pyserini_optical.qrels import read_qrels, write_qrels

    judged = read_qrels(path)
    write_qrels(path.with_name("again"), judged, overwrite=True)
    assert read_qrels(path.with_name("again")) == judged


def topics(path: Path) -> None:
    """Topics."""
    from pyserini_optical.topics import read_topics, write_topics

    found = read_topics(path)
    write_topics(path.with_name("again"), found, overwrite=True)
    again = read_topics(path.with_name("again"))
    assert {key: " ".join(text.split()) for key, text in found.items()} == again


def _bitext(path: Path) -> None:
    from pyserini_optical.bitext import Faults, Rules, clean, read_bitext
    from pyserini_optical.lexicon.words import foreign_words

    for pair in clean(read_bitext(path, "swa", faults=Faults("skip")), Rules("swa")):
        assert pair.english == " ".join(pair.english.split())
        foreign_words(pair.foreign)
        f"{pair.english}{pair.foreign}{pair.source}".encode()


def tsv(path: Path) -> None:
    """Bitext in columns; the header is given, so that the bytes are lines."""
    _bitext(_prepend(path, b"source\teng\tswa\n"))


def csv(path: Path) -> None:
    """Bitext in columns with commas."""
    _bitext(_prepend(path, b"source,eng,swa\n"))


def tmx(path: Path) -> None:
    """Translation memories."""
    _bitext(path)


def jsonl(path: Path) -> None:
    """Bitext as JSON lines."""
    _bitext(path)


def moses(path: Path) -> None:
    """Two parallel files: the bytes before the first zero byte, and those after it."""
    from pyserini_optical.bitext import Faults
    from pyserini_optical.bitext.readers import read_moses

    sides = path.read_bytes().split(b"\0", 1)
    names = [path.with_name("english"), path.with_name("foreign")]
    for name, content in zip(names, [*sides, b""], strict=False):
        name.write_bytes(content)
    for pair in read_moses(*names, Faults("skip")):
        f"{pair.english}{pair.foreign}".encode()


def checkpoint(path: Path) -> None:
    """`optical.json`."""
    from pyserini_optical.encoder.checkpoint import read_checkpoint, write_checkpoint

    found = read_checkpoint(path.parent)
    write_checkpoint(path.parent, found)
    assert read_checkpoint(path.parent) == found


def recipe(path: Path) -> None:
    """`recipe.yaml`."""
    from pyserini_optical.distillation.recipe_files import read_recipe, write_recipe

    found = read_recipe(path)
    again = path.with_name("again.yaml")
    write_recipe(again, found, overwrite=True)
    read_recipe(again)


def matrix(path: Path) -> None:
    """The reproduction matrix."""
    from pyserini_optical.evaluation.matrix import read_matrix

    found = read_matrix(path)
    for name in found.conditions:
        found.cells(name)


def table(path: Path) -> None:
    """Translation tables; `table.json` is made to fit, so that the fuzzer gets past the checksum."""
    from pyserini_optical.files import checksum
    from pyserini_optical.lexicon import TranslationTable

    described = dict.fromkeys(("english_analyzer", "foreign_analyzer"), "x") | {"stem_length": 0, "words": 0}
    described |= {"format": "pyserini-optical-table/1", "language": "swa", "entries": 0, "sha256": checksum(path)}
    path.with_name("table.json").write_text(json.dumps(described))
    found = TranslationTable.load(path.parent)
    for word, _ in found.rows():
        assert word in found


def packed(path: Path) -> None:
    """Gzip, whole or damaged, under any reader: topics stand for all."""
    content = path.read_bytes()
    if content[:1] < b"\x80":
        content = bytes(
            a ^ b for a, b in zip(gzip.compress(b"q1\tmaji\n" * 9, mtime=0), content + b"\0" * 40, strict=False)
        )
    path.write_bytes(content)
    topics(path)


def _prepend(path: Path, header: bytes) -> Path:
    path.write_bytes(header + path.read_bytes())
    return path


TARGETS: dict[str, tuple[Callable[[Path], None], str, list[bytes]]] = {
    "runs": (runs, "run.txt", [b"1 Q0 d1 1 2.5 tag\n1 Q0 d2 2 1e-3 tag\n2\tQ0 d1 1 -0 tag\r\n"]),
    "qrels": (qrels, "qrels.txt", [b"1 0 d1 1\n1 0 d2 -1\n"]),
    "topics": (topics, "topics.tsv", ["q1\tmji mkuu\n007\té ￼\r\n".encode()]),
    "tsv": (tsv, "swa.tsv", [b"a\twater\tmaji\nb\tfire\tmoto\n"]),
    "csv": (csv, "swa.csv", [b'news,water,maji\nnews,"clean ""water""\nhere",maji\n']),
    "tmx": (
        tmx,
        "swa.tmx",
        [
            b'<?xml version="1.0"?><tmx><body><tu><tuv xml:lang="en"><seg>water</seg></tuv><tuv xml:lang="sw"><seg>maji'
            b"</seg></tuv></tu></body></tmx>"
        ],
    ),
    "jsonl": (
        jsonl,
        "swa.jsonl",
        [b'{"eng": "water", "swa": "maji"}\n{"translation": {"eng": "a", "swa": "\\ud83d"}}\n'],
    ),
    "moses": (moses, "both", [b"water\nfire\n\0maji\nmoto\n"]),
    "checkpoint": (
        checkpoint,
        "optical.json",
        [
            b'{"format": "pyserini-optical/1", "kind": "packs", "teacher": {"name": "x", "sha256": {}}, '
            b'"dimension": 3, "languages": {"swa": {"vocab_size": 3, "sha256": {"a": "b"}, "note": 1}}}'
        ],
    ),
    "recipe": (
        recipe,
        "recipe.yaml",
        [b"bitext:\n  swa: [swa.tsv]\nsteps: 3\nembedding_lr: 2e-3\nloss_options: {a: 1}\n"],
    ),
    "matrix": (
        matrix,
        "matrix.yaml",
        [
            b"collection: c\nmeasures: [map]\ndepth: 9\ntolerance: {ok: 0.1, close: 0.2}\ncompare_with: [a]\n"
            b"steps: {s: {command: x, makes: y}}\nconditions: {a: {title: t, command: c, needs: [s]}}\n"
            b"sets: {f: [swa]}\n"
        ],
    ),
    "table": (table, "table.tsv.gz", [b"maji\twater:900 rain:50\nmadak*\tdoctor:1000\n"]),
    "packed": (packed, "topics.tsv.gz", [b"\0\0\0\0\0\0\0\0\0\0\0\1"]),
}
"""Name -> what reads it, the file's name, and where the fuzzer begins."""


def try_bytes(name: str, content: bytes, folder: Path) -> None:
    """Give a reader a file of these bytes.

    Parameters
    ----------
    name : str
        One of :data:`TARGETS`.
    content : bytes
    folder : Path
        Where the file is put.

    Raises
    ------
    Exception
        Anything but an :class:`OpticalError` of one line is a finding.
    """
    read, file, _ = TARGETS[name]
    path = folder / file
    path.write_bytes(content)
    try:
        read(path)
    except OpticalError as error:
        message = str(error)
        assert "\n" not in message, f"a message of several lines: {message!r}"
        message.encode()
