"""The report as one self-contained HTML page, without external scripts, fonts or pictures."""

from collections import Counter
from collections.abc import Sequence
from html import escape

from pyserini_optical.evaluation.matrix import Condition
from pyserini_optical.evaluation.report import Report, legend

_STYLE = """
:root { color-scheme: light; --line: #d7dce2; --ink: #1b2733; --soft: #5b6b7b; --head: #f3f5f8; }
body { font: 14px/1.45 system-ui, sans-serif; color: var(--ink); margin: 2rem; }
h1 { font-size: 1.5rem; margin: 0 0 .3rem; } h2 { font-size: 1.05rem; margin: 2rem 0 .5rem; }
p { color: var(--soft);
  max-width: 70rem; margin: .2rem 0 1rem; }
.wide { overflow-x: auto; padding-bottom: 14rem; margin-bottom: -13rem; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: .28rem .5rem; border-bottom: 1px solid var(--line); text-align: right; white-space: nowrap; }
thead th { background: var(--head); font-weight: 600; }
th.system, td.note { text-align: left; }
th.system { position: sticky; left: 0; background: white; font-weight: 500; }
th.first, td.first { border-left: 2px solid var(--line); }
tr.upper-bound th, tr.upper-bound td { color: var(--soft); font-style: italic; }
td.best summary span { font-weight: 700; }
td.none { color: #b3bcc6; }
summary { cursor: pointer; list-style: none; } summary::-webkit-details-marker { display: none; }
summary:focus-visible { outline: 2px solid #2b6cb0; }
sup { font-size: .68em; color: var(--soft); margin-left: .1em; }
details { position: relative; }
details[open] > pre { position: absolute; right: 0; z-index: 2; width: 34rem; white-space: pre-wrap; text-align: left;
  background: #101820; color: #e8eef4; padding: .7rem; border-radius: .4rem; font-size: 12px; font-style: normal; }
td:nth-child(-n+12) details[open] > pre { right: auto; left: 0; }
pre.step { white-space: pre-wrap; background: var(--head); padding: .5rem; font-size: 12px; margin: .3rem 0; }
i.OK, i.close, i.FAIL, i.new { display: inline-block; width: .45em; height: .45em; border-radius: 50%; }
i { margin-right: .3em; }
i.OK { background: #2f9e62; } i.close { background: #e0a526; }
i.FAIL { background: #cf3a3a; } i.new { background: #9aa7b4; }
"""


def to_page(report: Report, version: str) -> str:
    """Write the report as an HTML page.

    Parameters
    ----------
    version : str
        Of the package.

    Returns
    -------
    str
        A whole document.
    """
    sections = "".join(_section(report, measure) for measure in report.matrix.measures)
    steps = "".join(f'<pre class="step">{escape(command)}</pre>' for command in report.steps.values())
    verdicts = "".join(
        f'<i class="{verdict}"></i>{meaning} '
        for verdict, meaning in (
            ("OK", f"within {report.matrix.ok} of the expected score"),
            ("close", f"within {report.matrix.close}"),
            ("FAIL", "further off"),
            ("new", "no expected score yet"),
        )
    )
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(report.matrix.collection)}: reproduction matrix</title><style>{_STYLE}</style></head><body>"
        f"<h1>{escape(report.matrix.collection)}: reproduction matrix</h1>"
        f"<p>pyserini-optical {escape(version)}. {escape(legend(report.matrix))} Rows in italics search with the human "
        f"English version of the queries: upper bounds, not methods. Click a figure for its command.<br>"
        f"{verdicts}</p>"
        f"{sections}<h2>Steps run once</h2>{steps}</body></html>\n"
    )


def _section(report: Report, measure: str) -> str:
    widths = Counter(topic_set for topic_set, _ in report.matrix.columns)
    spans = "".join(f'<th class="first" colspan="{width}">{escape(name)}</th>' for name, width in widths.items())
    languages = "".join(
        f"<th{_first(report, place)}>{escape(language)}</th>"
        for place, (_, language) in enumerate(report.matrix.columns)
    )
    rows = "".join(_rows(report, group, measure) for group in (report.methods, report.upper_bounds))
    return (
        f'<h2>{escape(measure)}</h2><div class="wide"><table><thead>'
        f'<tr><th class="system" rowspan="2">system</th>{spans}<th class="first" rowspan="2">mean</th></tr>'
        f"<tr>{languages}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _first(report: Report, place: int) -> str:
    columns = report.matrix.columns
    return ' class="first"' if place == 0 or columns[place - 1][0] != columns[place][0] else ""


def _rows(report: Report, conditions: Sequence[Condition], measure: str) -> str:
    means = [report.mean(condition, measure) for condition in conditions]
    best = {
        column: max(
            (f"{score:.3f}" for row in conditions if (score := report.score(row, column, measure)) is not None),
            default="",
        )
        for column in report.columns
    }
    best_mean = max((f"{mean:.3f}" for mean in means if mean is not None), default="")
    lines = []
    for condition, mean in zip(conditions, means, strict=True):
        cells = "".join(
            _cell(report, condition, place, column, measure, best[column])
            for place, column in enumerate(report.columns)
        )
        printed = "–" if mean is None else f"{mean:.3f}"
        printed = f"<b>{printed}</b>" if printed == best_mean else printed
        kind = ' class="upper-bound"' if condition.topics else ""
        note = f' title="not run: {escape(condition.optional)}"' if condition.optional else ""
        name = f'<th class="system"{note}>{escape(condition.title)}</th>'
        lines.append(f'<tr{kind}>{name}{cells}<td class="first">{printed}</td></tr>')
    return "".join(lines)


def _cell(report: Report, condition: Condition, place: int, column: str, measure: str, best: str) -> str:
    outcome = report.outcomes[condition.name, column]
    score = report.score(condition, column, measure)
    commands = escape("\n\n".join(report.commands[condition.name, column]))
    classes = ["first"] if _first(report, place) else []
    if score is None:
        shown, classes = "–", [*classes, "none"]
    else:
        mark = report.marks[measure].get((condition.name, column), "")
        classes += ["best"] if f"{score:.3f}" == best else []
        shown = f'<i class="{outcome.verdict}"></i><span>{score:.3f}</span>' + (f"<sup>{mark}</sup>" if mark else "")
    kind = f' class="{" ".join(classes)}"' if classes else ""
    return f"<td{kind}><details><summary>{shown}</summary><pre>{commands}</pre></details></td>"
