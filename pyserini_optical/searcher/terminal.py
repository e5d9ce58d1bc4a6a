"""Answers printed on a terminal."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from pyserini_optical.languages import Language
from pyserini_optical.searcher.answer import MEANING, WORDS, Answer, Hit, Mark

SNIPPET = 400
"""Number of characters of a passage to show."""


def show_answer(answer: Answer, console: Console) -> None:
    """Print how the question was read, and the hits.

    Parameters
    ----------
    console : rich.console.Console
        Without colours, the matching words are put between asterisks.
    """
    shares = ""
    if answer.weights is not None:
        shares = f", {WORDS} {answer.weights[0]:.2f} and {MEANING} {answer.weights[1]:.2f}"
    if answer.doubt is not None:
        console.print(Text(f"The question {answer.doubt}: name its language with --language.", style="yellow"))
    console.print(Text(f"Read as {Language(answer.language).name}{shares}", style="dim"))
    if answer.words:
        console.print(_tabulate_words(answer))
    if not answer.hits:
        console.print("Nothing was found.")
    for rank, hit in enumerate(answer, start=1):
        _show_hit(rank, hit, console)


def cut_snippet(text: str, marks: Sequence[Mark], size: int = SNIPPET) -> tuple[int, int]:
    """Choose the part of a passage that matches the query best.

    Parameters
    ----------
    size : int
        Most characters of the part.

    Returns
    -------
    start, end : int
        The first part with the highest sum of mark probabilities, cut at word boundaries.
    """
    if len(text) <= size:
        return 0, len(text)

    def weigh(start: int) -> float:
        return sum(mark.probability for mark in marks if start <= mark.start and mark.end <= start + size)

    starts = [0, *(max(0, text.rfind(" ", 0, max(0, mark.start - 40)) + 1) for mark in marks)]
    start = max(starts, key=weigh)
    end = min(start + size, len(text))
    if end < len(text):
        end = max(text.rfind(" ", start, end), *(mark.end for mark in marks if mark.end <= end), start)
    return start, end


def _tabulate_words(answer: Answer) -> Table:
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    for reading in answer.words:
        said = ", ".join(f"{english} {probability:.2f}" for _, english, probability in reading.translations[:5])
        table.add_row(
            Text(reading.word, style="bold"),
            Text(said or "–"),
            Text(": ".join(filter(None, (reading.how, reading.reading))), style="dim"),
        )
    return table


def _show_hit(rank: int, hit: Hit, console: Console) -> None:
    places = [f"{side} {place}" for side, (place, _) in hit.found_by.items()] if len(hit.found_by) else []
    console.print()
    heading = Text(f"{rank:>2}  ").append(_mark(hit.title or hit.docid, hit.title_marks if hit.title else (), console))
    heading.stylize("bold")
    console.print(heading)
    if hit.text:
        start, end = cut_snippet(hit.text, hit.text_marks)
        kept = [mark for mark in hit.text_marks if start <= mark.start and mark.end <= end]
        moved = [Mark(mark.start - start, mark.end - start, mark.word, mark.probability) for mark in kept]
        shown = _mark(" ".join(hit.text[start:end].splitlines()), moved, console)
        dots = Text("… ") if start else Text()
        console.print(dots + shown + Text(" …" if end < len(hit.text) else ""))
    console.print(Text(f"{hit.score:.4f}  by {', '.join(places)}  {hit.docid}", style="dim"))


def _mark(text: str, marks: Sequence[Mark], console: Console) -> Text:
    marked = Text()
    end = 0
    for mark in marks:
        marked.append(text[end : mark.start])
        word = text[mark.start : mark.end]
        marked.append(word, style="bold yellow") if console.color_system else marked.append(f"*{word}*")
        end = mark.end
    return marked.append(text[end:])
