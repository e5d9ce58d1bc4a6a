import numpy as np
import pytest

from pyserini_optical.commands import main
from pyserini_optical.distillation.explain import align_tokens, draw_alignment
from pyserini_optical.errors import OpticalError


def corners(count):
    return np.eye(count, dtype=np.float32)


def test_swapped_words_are_found():
    rows, columns = ["[CLS]", "maji", "mazuri", "[SEP]"], ["[CLS]", "good", "water", "[SEP]"]
    alignment = align_tokens(rows, corners(4), columns, corners(4)[[0, 2, 1, 3]])
    assert alignment.rows == ("maji", "mazuri")
    assert alignment.columns == ("good", "water")
    np.testing.assert_allclose(alignment.shares, [[0, 1], [1, 0]])
    assert alignment.cost == pytest.approx(0)
    assert alignment.pooled == pytest.approx(1)


def test_special_tokens_are_kept_when_asked():
    words = ["[CLS]", "a", "[SEP]"]
    alignment = align_tokens(words, corners(3), words, corners(3), special_tokens=True)
    np.testing.assert_allclose(alignment.plan, np.eye(3) / 3)


def test_a_text_without_words_is_refused():
    with pytest.raises(OpticalError, match="has no tokens"):
        align_tokens(["[CLS]", "[SEP]"], corners(2), ["[CLS]", "a", "[SEP]"], corners(3))


@pytest.mark.parametrize(("suffix", "start"), [("png", b"\x89PNG"), ("svg", b"<?xml"), ("pdf", b"%PDF")])
def test_picture(tmp_path, suffix, start):
    alignment = align_tokens(["[CLS]", "a", "b", "[SEP]"], corners(4), ["[CLS]", "$x$_", "[SEP]"], corners(4)[:3])
    path = tmp_path / f"plan.{suffix}"
    draw_alignment(path, alignment, "a title")
    assert path.read_bytes().startswith(start)
    with pytest.raises(OpticalError, match="already exists"):
        draw_alignment(path, alignment, "a title")


def test_unknown_picture_format(tmp_path):
    alignment = align_tokens(["[CLS]", "a", "[SEP]"], corners(3), ["[CLS]", "a", "[SEP]"], corners(3))
    with pytest.raises(OpticalError, match=r"must end in \.png, \.svg, \.pdf"):
        draw_alignment(tmp_path / "plan.txt", alignment, "a title")


def test_the_verb_prints_and_draws(tiny_packs, tmp_path, capsys):
    picture = tmp_path / "plan.svg"
    words = ["explain", "--encoder", str(tiny_packs / "swa"), "mji mkuu", "capital city", "--output", str(picture)]
    assert main(words) == 0
    printed = capsys.readouterr().out
    for expected in ("mji", "mkuu", "capital", "city", "transport cost", "cosine of the means"):
        assert expected in printed
    assert b"<svg" in picture.read_bytes()
    assert main(words) == 2
    assert "already exists" in capsys.readouterr().err


def test_brackets_in_tokens_are_not_markup(tiny_packs, capsys):
    assert main(["explain", "--encoder", str(tiny_packs / "swa"), "mji", "what", "--special-tokens"]) == 0
    assert "[SEP]" in capsys.readouterr().out
