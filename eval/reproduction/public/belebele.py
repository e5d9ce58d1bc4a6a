"""BelebeleRetrieval of MTEB: queries in a language by the student, English passages by its teacher.

pip install mteb
python eval/reproduction/public/belebele.py --languages swa hau --output results

Its passages are FLORES-200's, as those of the set `flores` of lowres-clir are; its questions are others.
"""

import argparse
from pathlib import Path
from typing import Any

import numpy as np

from pyserini_optical.encoder import OpticalDocumentEncoder, load_query_encoder

TASK = "BelebeleRetrieval"
CODES = {"swa": "swh_Latn", "som": "som_Latn", "tgl": "tgl_Latn", "mar": "mar_Deva", "hau": "hau_Latn"}
CODES |= {"fra": "fra_Latn", "spa": "spa_Latn", "deu": "deu_Latn", "ita": "ita_Latn"}


class TwoSided:
    """What MTEB asks of a model: queries go to the student, everything else to the teacher.

    Parameters
    ----------
    student : str
        As `--encoder` takes it.
    """

    def __init__(self, student: str) -> None:
        self.queries = load_query_encoder(student)
        self.documents = OpticalDocumentEncoder(student)

    def encode(self, inputs: Any, *, prompt_type: Any = None, **_settings: Any) -> np.ndarray:
        """Encode batches of `{"text": [...]}`, as MTEB hands them over."""
        texts = [text for batch in inputs for text in batch["text"]]
        asked = getattr(prompt_type, "value", prompt_type) == "query"
        vectors: np.ndarray = self.queries.encode_batch(texts) if asked else self.documents.encode(texts)
        return vectors

    def similarity(self, queries: np.ndarray, documents: np.ndarray) -> np.ndarray:
        """Inner products, shape (queries, documents)."""
        return np.asarray(queries) @ np.asarray(documents).T


def name_subset(language: str) -> str:
    """Name the task's subset of queries in a language over passages in English."""
    return f"{CODES[language]}-eng_Latn"


def main() -> None:
    """Run the task for each language."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--languages", nargs="+", choices=sorted(CODES), required=True)
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--dry-run", action="store_true", help="name the subsets, run nothing")
    options = parser.parse_args()
    for language in options.languages:
        print(f"{TASK} {name_subset(language)}: optical-{language}")
        if not options.dry_run:
            import mteb

            task = mteb.get_task(TASK, hf_subsets=[name_subset(language)])
            mteb.evaluate(TwoSided(f"optical-{language}"), task, prediction_folder=options.output / language)


if __name__ == "__main__":
    main()
