"""Score the small checkpoints with PyLate and keep the scores, `pylate_scores.json`.

PyLate does not fit beside this project's other dependencies; give it an environment of its own:

    python -m venv pylate-env
    pylate-env/bin/pip install pylate==1.6.0
    pylate-env/bin/python tests/late_interaction/make_pylate_fixture.py
"""

import json
import tempfile
from importlib.metadata import version
from pathlib import Path

HERE = Path(__file__).resolve().parent

from checkpoints import CHECKPOINTS, DOCUMENTS, QUERIES, write_checkpoint  # noqa: E402
from pylate import models  # noqa: E402
from pylate.scores import colbert_scores  # noqa: E402


def score_checkpoint(folder):
    model = models.ColBERT(str(folder), device="cpu")
    queries = model.encode(QUERIES, is_query=True, convert_to_tensor=True)
    documents = model.encode(DOCUMENTS, is_query=False, convert_to_tensor=True)
    scores = [[float(colbert_scores(query[None], document[None])[0, 0]) for document in documents] for query in queries]
    return {
        "query_tokens": [len(query) for query in queries],
        "document_tokens": [len(document) for document in documents],
        "scores": scores,
    }


def main():
    with tempfile.TemporaryDirectory() as folder:
        scored = {name: score_checkpoint(write_checkpoint(name, folder)) for name in CHECKPOINTS}
    packages = ("pylate", "sentence-transformers", "transformers", "tokenizers", "torch")
    fixture = {"versions": {package: version(package) for package in packages}, "checkpoints": scored}
    (HERE / "pylate_scores.json").write_text(json.dumps(fixture, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
