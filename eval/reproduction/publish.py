"""Write the tables of README and of the model card from what was measured.

    python eval/reproduction/publish.py [--check]

Scores come from `expected.yaml` beside each matrix, which `pyserini-optical reproduce --record` writes, and training
figures from `encoders/optical/optical.json`. `--check` writes nothing and fails if a table says anything else. A table
stands between `<!-- table: NAME -->` and `<!-- /table -->`.
"""

import argparse
import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import yaml

from pyserini_optical.encoder import read_checkpoint
from pyserini_optical.evaluation.tables import Grid, TableCell, mark_best, to_markdown
from pyserini_optical.files import write_file

ROOT = Path(__file__).parents[2]
PAGES = (ROOT / "README.md", ROOT / "docs" / "results.md", ROOT / "encoders" / "optical" / "README.md")
TABLE = re.compile(r"(<!-- table: (\w+) -->\n).*?(<!-- /table -->)", re.DOTALL)
MEASURE = "recip_rank_cut_10"
METHODS = {
    "bm25": "BM25, untranslated",
    "psq": "structured queries (PSQ)",
    "teacher": "teacher, untranslated",
    "me5": "multilingual-e5-small, its own index",
    "student": "**student** (dense)",
    "student-hubness": "student, hubness reduction",
    "hybrid-plain": "hybrid, without names and gloss",
    "hybrid": "**hybrid** (student and PSQ)",
}
ORACLE = "hybrid-english"
LANGUAGES = ("swa", "som", "tgl", "mar", "hau", "fra", "spa", "deu", "ita")
LATER_LANGUAGES = ("orm", "tir", "npi", "khm", "sin", "pus", "mya", "urd", "grn", "aym")

Scores = dict[str, dict[str, dict[str, float]]]


def compare_systems(scores: Scores, columns: list[str], names: list[str], corner: str) -> Grid:
    """Systems by columns (`set.language`), the best method in bold, the upper bound below."""
    measured = {
        method: title for method, title in METHODS.items() if all(each in scores.get(method, {}) for each in columns)
    }
    cells = [mark_best([scores[method][column][MEASURE] for method in measured], 3) for column in columns]
    rows = [(TableCell(title), *row) for title, row in zip(measured.values(), zip(*cells, strict=True), strict=True)]
    oracle = [scores[ORACLE].get(in_english(column), {}).get(MEASURE) for column in columns]
    bounds = [TableCell("–" if each is None else f"*{each:.3f}*") for each in oracle]
    return Grid("", (corner, *names), (*rows, (TableCell("*hybrid on human English (an upper bound)*"), *bounds)))


def compare_languages(scores: Scores) -> Grid:
    """Systems by languages: the mean over a language's sets, the best method in bold, the upper bound below."""
    columns = {code: [column for column in scores["hybrid"] if column.endswith(f".{code}")] for code in LANGUAGES}
    asked = {code: [*map(in_english, columns[code])] for code in LANGUAGES}

    def mean(method: str, wanted: list[str]) -> float | None:
        found = [scores[method][column][MEASURE] for column in wanted if column in scores[method]]
        return sum(found) / len(found) if len(found) == len(wanted) else None

    means = {method: [mean(method, columns[code]) for code in LANGUAGES] for method in METHODS if method in scores}
    means = {method: row for method, row in means.items() if None not in row}
    rows = zip(*(mark_best(column, 3) for column in zip(*means.values(), strict=True)), strict=True)
    bounds = [mean(ORACLE, asked[code]) for code in LANGUAGES]
    oracle = [TableCell("–" if each is None else f"*{each:.3f}*") for each in bounds]
    titled = [(TableCell(METHODS[method]), *row) for method, row in zip(means, rows, strict=True)]
    return Grid("", ("", *LANGUAGES), (*titled, (TableCell("*hybrid on human English (an upper bound)*"), *oracle)))


def compare_columns(scores: Scores) -> Grid:
    """The student beside its baseline and its upper bound, one row per set and language."""
    rows = []
    for column in scores["student"]:
        figures = [scores[name].get(column, {}).get(MEASURE) for name in ("student", "hybrid", "me5")]
        figures.append(scores["teacher-english"][in_english(column)][MEASURE])
        rows.append((TableCell(column), *(TableCell("–" if each is None else f"{each:.3f}") for each in figures)))
    return Grid("", ("", "dense", "hybrid", "multilingual-e5-small", "teacher on human English"), tuple(rows))


def in_english(column: str) -> str:
    """`flores.som` -> `flores.eng`."""
    return column.rsplit(".", 1)[0] + ".eng"


def list_languages() -> Grid:
    """What each pack was trained on and for how long, and its retrieval of held-out English sides."""
    header = ("language", "pairs (as often as taken)", "subwords", "steps", "held-out MRR, warm start", "trained")
    rows = []
    for language, pack in read_checkpoint(ROOT / "encoders" / "optical").languages.items():
        notes, held_out = pack.notes, pack.notes["held_out_mrr"]
        pairs = f"{notes['pairs'][language]:,}"
        figures = (f"{held_out['before']['mrr']:.3f}", f"{held_out['after']['mrr']:.3f}")
        rows.append(tuple(map(TableCell, (language, pairs, f"{pack.vocab_size:,}", str(notes["steps"]), *figures))))
    return Grid("", header, tuple(rows))


def read_scores(folder: Path) -> Scores:
    """Expected scores of a matrix, by condition and column."""
    return yaml.safe_load((folder / "expected.yaml").read_text(encoding="utf-8"))


def tables() -> dict[str, Callable[[], Grid]]:
    """Every table by name."""
    small, large = (read_scores(ROOT / "eval" / "reproduction" / folder) for folder in ("", "large_pool"))
    questions = ["afriqa-swa.swa", "afriqa-hau.hau", "xquad.spa", "xquad.deu"]
    names = ["afriqa swa", "afriqa hau", "xquad spa", "xquad deu"]

    def of(topics: str, corner: str, languages: Sequence[str] = LANGUAGES, scores: Scores = small) -> Grid:
        measured = [code for code in languages if f"{topics}.{code}" in scores["hybrid"]]
        return compare_systems(scores, [f"{topics}.{code}" for code in measured], measured, corner)

    return {
        "questions": lambda: compare_systems(small, questions, names, "questions"),
        "headlines": lambda: of("ntrex", "headlines"),
        "sentences": lambda: of("flores", "first sentences"),
        "headlines_later": lambda: of("ntrex", "headlines", LATER_LANGUAGES),
        "sentences_later": lambda: of("flores", "first sentences", LATER_LANGUAGES),
        "large": lambda: compare_languages(large),
        "large_questions": lambda: compare_systems(large, questions, names, "questions"),
        "large_headlines": lambda: of("ntrex", "headlines", scores=large),
        "large_sentences": lambda: of("flores", "first sentences", scores=large),
        "large_headlines_later": lambda: of("ntrex", "headlines", LATER_LANGUAGES, large),
        "large_sentences_later": lambda: of("flores", "first sentences", LATER_LANGUAGES, large),
        "scores": lambda: compare_columns(small),
        "languages": list_languages,
    }


def fill(page: str) -> str:
    """Put the tables into a page."""
    known = tables()
    return TABLE.sub(lambda found: f"{found[1]}{to_markdown(known[found[2]]()).strip()}\n{found[3]}", page)


def run() -> int:
    """Fill the pages, or say which one says something else."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing, and fail if a table would change")
    options = parser.parse_args()
    stale = 0
    for path in PAGES:
        old = path.read_text(encoding="utf-8")
        new = fill(old)
        if new != old and options.check:
            sys.stderr.write(f"{path}: a table is not what was measured; run python eval/reproduction/publish.py\n")
            stale = 1
        elif new != old:
            with write_file(path, overwrite=True) as file:
                file.write(new)
    return stale


if __name__ == "__main__":
    sys.exit(run())
