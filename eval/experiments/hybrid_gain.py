"""Compare the hybrid with the better of its two parts, and both with what they are without names and gloss.

    python eval/experiments/hybrid_gain.py [--runs reproduction/runs] [--report eval/experiments/hybrid_gain.md]
    python eval/experiments/hybrid_gain.py --matrix eval/reproduction/large_pool/matrix.yaml --report FILE

The hybrid is compared language by language, over all queries of the language; names and gloss script by script, over
the queries of `flores` and `ntrex`, which are the same in all languages: each counts once, with its mean over them.
"""

import argparse
from collections import defaultdict
from pathlib import Path
from statistics import fmean

import yaml

from pyserini_optical.evaluation.measures import evaluate
from pyserini_optical.evaluation.significance import Comparison, compare, correct_holm
from pyserini_optical.evaluation.tables import Grid, TableCell, to_markdown
from pyserini_optical.files import write_file
from pyserini_optical.languages import Language
from pyserini_optical.qrels import read_qrels
from pyserini_optical.runs import read_run
from pyserini_optical.shipped import shipped

MEASURE = "recip_rank_cut_10"
FITTED = ("fra", "spa", "deu", "ita")
CHOSEN = (*FITTED, "npi", "sin", "urd", "khm")
PARTS = {"bm25": "BM25, untranslated", "psq": "structured queries", "student": "student"}
REDUCED = {"psq": "structured queries", "student-hubness": "student, hubness reduction"}
ADDED = {
    "names, in structured queries": ("psq-no-names", "psq"),
    "the gloss, in the hybrid": ("hybrid-no-gloss", "hybrid"),
    "names and gloss, in the hybrid": ("hybrid-plain", "hybrid"),
}
"""What is added -> the condition without it, and the one with it."""
SYSTEMS = sorted({"hybrid", *PARTS, *REDUCED, *(system for pair in ADDED.values() for system in pair)})
PARALLEL = ("flores", "ntrex")
COLUMNS = ("difference, 95 % interval", "wins / ties / losses", "p")

Scores = dict[tuple[str, str, str], dict[str, float]]
"""(Set, language, system) -> query -> score."""


def read_scores(matrix: dict, runs: Path, languages: list[str]) -> Scores:
    """Score the runs of the matrix that are there."""
    scores: Scores = {}
    for topics, spoken in matrix["sets"].items():
        qrels = read_qrels(shipped("eval/lowres-clir") / "qrels" / f"{topics}.txt")
        for language in (code for code in languages if code in spoken):
            for system in SYSTEMS:
                path = runs / f"run.{matrix['collection']}-{topics}.{system}.{language}.txt.gz"
                if path.exists():
                    found = evaluate(qrels, read_run(path), [MEASURE])
                    scores[topics, language, system] = found.per_query[MEASURE]
    return scores


def join_sets(scores: Scores, language: str, system: str) -> dict[str, float]:
    """All queries of a language."""
    own = {topics: found for (topics, *asked), found in scores.items() if asked == [language, system]}
    return {f"{topics} {query}": score for topics, found in own.items() for query, score in found.items()}


def join_languages(scores: Scores, languages: list[str], system: str) -> dict[str, float]:
    """The queries that all languages have, each with its mean over these."""
    found = defaultdict(list)
    for topics in PARALLEL:
        for language in languages:
            for query, score in scores.get((topics, language, system), {}).items():
                found[f"{topics} {query}"].append(score)
    return {query: fmean(values) for query, values in found.items()}


def compare_parts(scores: Scores, languages: list[str], parts: dict[str, str]) -> Grid:
    """The hybrid and the better of its parts, a language a row."""
    rows, found = [], []
    for language in languages:
        systems = {system: join_sets(scores, language, system) for system in ("hybrid", *parts)}
        means = {system: fmean(each.values()) for system, each in systems.items()}
        part = max(parts, key=lambda system: means[system])
        found.append(compare(systems["hybrid"], systems[part]))
        rows.append([language, str(found[-1].queries), parts[part], f"{means[part]:.3f}", f"{means['hybrid']:.3f}"])
    return lay_out(("language", "queries", "better part", "its MRR@10", "hybrid"), rows, found)


def compare_added(scores: Scores, languages: list[str]) -> Grid:
    """What names and gloss bring, a group of languages a row."""
    groups: dict[str, list[str]] = {}
    for language in languages:
        script = "Latin letters" if Language(language).script == "Latn" else "other scripts"
        for group in (script, f"{script}, nothing chosen on them" if language not in CHOSEN else None):
            if group:
                groups.setdefault(group, []).append(language)
    rows, found = [], []
    for what, systems in ADDED.items():
        for group, members in sorted(groups.items()):
            before, after = (join_languages(scores, members, system) for system in systems)
            found.append(compare(after, before))
            figures = [f"{fmean(each.values()):.3f}" for each in (before, after)]
            rows.append([what, f"{group} ({len(members)})", str(found[-1].queries), *figures])
    return lay_out(("what", "languages", "queries", "without", "with"), rows, found)


def lay_out(header: tuple[str, ...], rows: list[list[str]], found: list[Comparison]) -> Grid:
    """Put differences and p values, corrected over the table, behind the rows."""
    corrected = correct_holm([each.randomisation for each in found])
    for row, each, p in zip(rows, found, corrected, strict=True):
        row.append(f"{each.difference:+.3f} ({each.low:+.3f} to {each.high:+.3f})")
        row += [f"{each.wins} / {each.ties} / {each.losses}", f"{p:.4f}"]
    return Grid("", (*header, *COLUMNS), tuple(tuple(map(TableCell, row)) for row in rows))


def list_words(scores: Scores, languages: list[str]) -> Grid:
    """Structured queries without names and with them, a language a row."""
    rows = []
    for language in languages:
        figures = []
        for topics in PARALLEL:
            for system in ("psq-no-names", "psq"):
                found = scores.get((topics, language, system))
                figures.append(f"{fmean(found.values()):.3f}" if found else "–")
        rows.append(tuple(map(TableCell, (language, *figures))))
    return Grid("", ("", *(f"{topics}, {which}" for topics in PARALLEL for which in ("without", "with"))), tuple(rows))


def write_report(path: Path, made_by: str, collection: str, scores: Scores, languages: list[str]) -> None:
    """Write all comparisons."""
    with write_file(path, overwrite=True) as file:
        file.write(
            "# The hybrid against its parts, and without names and gloss\n\n"
            f"Made by `{made_by}` from the runs of the matrix. "
            f"MRR@10 in `{collection}`; p by\nthe randomisation test, with Holm's correction over each table.\n\n"
            f"The weights of the hybrid were fitted on queries of {', '.join(FITTED)}; their features and hubness "
            "reduction were\nchosen with the results on swa, som, tgl, mar and hau in view, too: all gains are "
            "optimistic.\n\n"
            "## Against each part searched alone\n\n"
            f"{to_markdown(compare_parts(scores, languages, PARTS))}\n\n"
            "## Against each part as fused\n\n"
            "In a hybrid the dense side reduces hubness and reads a gloss. Here the student reduces hubness, too:\n\n"
            f"{to_markdown(compare_parts(scores, languages, REDUCED))}\n\n"
            "## Gains from names and the gloss\n\n"
            f"Queries of `{'` and `'.join(PARALLEL)}`; each counts once, with its mean over the languages of the row. "
            f"Names and gloss were\nchosen on {', '.join(CHOSEN)}.\n\n"
            f"{to_markdown(compare_added(scores, languages))}\n\n"
            "Structured queries without and with names from the index:\n\n"
            f"{to_markdown(list_words(scores, languages))}\n"
        )


def main() -> None:
    """Read the runs, compare, write the report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=Path, default=Path("reproduction/runs"))
    parser.add_argument("--matrix", type=Path, default=Path("eval/reproduction/matrix.yaml"))
    parser.add_argument("--languages", nargs="+", metavar="CODE", help="by default every language of the matrix")
    parser.add_argument("--report", type=Path, default=Path("eval/experiments/hybrid_gain.md"))
    options = parser.parse_args()
    with open(options.matrix, encoding="utf-8") as file:
        matrix = yaml.safe_load(file)
    languages = options.languages or list(dict.fromkeys(code for spoken in matrix["sets"].values() for code in spoken))
    made_by = f"python eval/experiments/hybrid_gain.py --matrix {options.matrix}"
    scores = read_scores(matrix, options.runs, languages)
    write_report(options.report, made_by, matrix["collection"], scores, languages)


if __name__ == "__main__":
    main()
