import pytest

from pyserini_optical.evaluation.column_widths import fold_columns

ROWS = [["run", "95 % interval", "wins/ties/losses"], ["set.dense-swa", "[-0.01, +0.02]", "5/3/2"]]
FOLDED = {
    100: ROWS,
    41: [[*ROWS[0][:2], "wins/ties/\nlosses"], ROWS[1]],
    31: [["run", "95 % interval", "wins/\nties/\nlosses"], ["set.\ndense-\nswa", "[-0.01, +0.02]", "5/3/2"]],
    22: [["run", "95 %\ninterval", "wins/\nties/\nlosses"], ["set.\ndense-\nswa", "[-0.01,\n+0.02]", "5/3/2"]],
}


@pytest.mark.parametrize("width", FOLDED)
def test_headings_and_names_are_folded_before_figures(width):
    folded = fold_columns(ROWS, width)
    assert folded == FOLDED[width]
    assert (
        sum(max(len(line) for cell in column for line in cell.split("\n")) for column in zip(*folded, strict=True))
        <= width
    )


def test_no_word_is_broken_where_none_fits():
    assert fold_columns(ROWS, 1) == FOLDED[22]


def test_only_words_are_places_to_break():
    assert fold_columns([["", "a"], ["x", "0.1234"]], 3) == [["", "a"], ["x", "0.1234"]]
