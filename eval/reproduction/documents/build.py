"""Collections of the documents' matrix: the passages of each language, with queries in any and their judgements.

    python eval/reproduction/documents/build.py --passages lowres-mxls --output FOLDER --languages swa som

Writes `<language>/corpus` (Pyserini's JsonCollection, an identifier without the language behind it, so that all
languages have the same), `topics/<language>.tsv` (the queries of `lowres-clir` that have a passage; those of FLORES and
NTREX together) and `qrels.txt`. The folder appears whole or not at all.
"""

import argparse
import gzip
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from pyserini_optical.errors import OpticalError
from pyserini_optical.files import write_folder
from pyserini_optical.shipped import shipped
from pyserini_optical.topics import read_topics

SETS = ("flores", "ntrex")


def main() -> None:
    """Write the collections."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--passages", required=True, type=Path, help="folder of lowres-mxls")
    parser.add_argument("--output", required=True, type=Path)
    parser.add_argument("--languages", nargs="+", required=True, help="ISO 639-3 codes")
    options = parser.parse_args()
    with write_folder(options.output) as folder:
        write_collections(options.passages, options.languages, folder)


def write_collections(passages: Path, languages: Sequence[str], folder: Path) -> None:
    """Write the passages of each language, the queries in each, and the judgements, which they share.

    Raises
    ------
    OpticalError
        There are no passages in a language.
    """
    known: set[str] = set()
    for language in languages:
        path = passages / "corpus" / f"{language}.jsonl.gz"
        if not path.is_file():
            raise OpticalError(f"{passages}: holds no corpus/{language}.jsonl.gz; give the folder of lowres-mxls")
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            texts = {each["id"].removesuffix(f".{language}"): each["contents"] for each in map(json.loads, lines)}
        known |= texts.keys()
        corpus = folder / language / "corpus"
        corpus.mkdir(parents=True)
        with open(corpus / "corpus.jsonl", "w", encoding="utf-8") as file:
            for passage, text in texts.items():
                file.write(json.dumps({"id": passage, "contents": text}, ensure_ascii=False) + "\n")
    (folder / "topics").mkdir()
    for language in ["eng", *languages]:
        with open(folder / "topics" / f"{language}.tsv", "w", encoding="utf-8") as file:
            for name in SETS:
                asked = read_topics(shipped(f"eval/lowres-clir/topics/{name}.{language}.tsv"))
                file.writelines(f"{query}\t{text}\n" for query, text in asked.items() if query in known)
    (folder / "qrels.txt").write_text("".join(f"{passage} 0 {passage} 1\n" for passage in sorted(known)))


if __name__ == "__main__":
    try:
        main()
    except OpticalError as error:
        sys.exit(f"error: {error}")
