import numpy as np
import pytest
from matplotlib import image

from pyserini_optical.evaluation import plots
from pyserini_optical.evaluation.plots import plot_differences, plot_rank_losses

WIN, LOSS = (0x2B, 0x6C, 0xB0), (0xC0, 0x56, 0x21)


def count(path, colour):
    pixels = (image.imread(path)[:, :, :3] * 255).round().astype(int)
    return int((np.abs(pixels - colour).max(axis=2) < 3).sum())


def test_bars_show_wins_and_losses(tmp_path):
    system, baseline = {str(q): 0.5 for q in range(40)}, {str(q): 0.0 if q < 30 else 1.0 for q in range(40)}
    plot_differences(tmp_path / "d.png", system, baseline, ("ours", "theirs"), "mrr@10")
    assert count(tmp_path / "d.png", WIN) / count(tmp_path / "d.png", LOSS) == pytest.approx(3, rel=0.1)


def test_heat_map_has_the_language_asked_in_by_row(tmp_path, monkeypatch):
    losses = np.array([[0, 4.0, 1.0], [-4.0, 0, 2.0], [-1.0, -2.0, 0]])
    figures = []
    monkeypatch.setattr(plots, "_save", lambda figure, path: figures.append(figure))
    plot_rank_losses(tmp_path / "h.svg", ["som", "swa", "eng"], losses, "rank distance 4")
    axes = figures[0].axes[0]
    assert axes.images[0].get_array().tolist() == losses.tolist()
    assert (axes.get_ylabel(), axes.get_xlabel()) == ("asked in", "instead of")
    assert [label.get_text() for label in axes.get_yticklabels()] == ["som", "swa", "eng"]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["som", "swa", "eng"]
    written = {text.get_position(): text.get_text() for text in axes.texts}
    assert written[1, 0] == "+4.0"  # asked in som (row 0) instead of swa (column 1)
    assert written[0, 1] == "-4.0"
    assert written[2, 2] == ""


def test_heat_map_is_replaced(tmp_path):
    plot_rank_losses(tmp_path / "h.svg", ["som", "eng"], np.array([[0, 4.0], [-4.0, 0]]), "rank distance 4")
    drawn = (tmp_path / "h.svg").read_text()
    assert drawn.startswith("<?xml")
    plot_rank_losses(tmp_path / "h.svg", ["som", "eng"], np.zeros((2, 2)), "rank distance 0")
    assert (tmp_path / "h.svg").read_text() != drawn
