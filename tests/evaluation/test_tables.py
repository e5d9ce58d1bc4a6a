from rich.console import Console

from pyserini_optical.evaluation.tables import Grid, TableCell, mark_best, to_markdown, to_rich

GRID = Grid(
    "means", ("run", "map"), ((TableCell("a|b"), TableCell("0.5000", True)), (TableCell("[red]c"), TableCell("–")))
)


def test_best_is_marked_as_printed():
    assert mark_best([0.12341, None, 0.12344, 0.1]) == [
        TableCell("0.1234", True),
        TableCell("–"),
        TableCell("0.1234", True),
        TableCell("0.1000"),
    ]
    assert mark_best([None]) == [TableCell("–")]


def test_markdown():
    assert to_markdown(GRID) == "| run | map |\n|---|---:|\n| a\\|b | **0.5000** |\n| [red]c | – |\n"


def test_terminal_table_takes_names_as_they_are():
    console = Console(width=60)
    with console.capture() as captured:
        console.print(to_rich(GRID))
    assert "[red]c" in captured.get()
    assert "0.5000" in captured.get()
