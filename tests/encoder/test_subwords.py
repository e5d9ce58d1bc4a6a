import numpy as np
import pytest
from tokenizers import Tokenizer, models

from pyserini_optical.encoder.subwords import SubwordTable, find_borrowed
from pyserini_optical.errors import OpticalError


def make_tokenizer(*subwords):
    return Tokenizer(
        models.WordPiece({subword: number for number, subword in enumerate(subwords)}, unk_token=subwords[0])
    )


def test_own_pieces_come_from_the_rows_and_the_others_from_the_teacher():
    teacher = np.array([[1.5, 2.5], [3.5, 4.5]], np.float32)
    table = SubwordTable(np.array([[2, 4], [6, 8]], np.int8), np.array([0.5, 1], np.float32), np.array([1]), teacher)
    embedded = table.embed(np.array([[0, 2], [1, 0]]))
    assert embedded.tolist() == [[[1, 2], [3.5, 4.5]], [[6, 8], [1, 2]]]
    assert embedded.dtype == np.float32
    assert table.restore().tolist() == [[1, 2], [6, 8], [3.5, 4.5]]


def test_borrowed_pieces_are_found_by_name():
    pack, teacher = make_tokenizer("[UNK]", "mto", "paris", "##s"), {"[UNK]": 0, "##s": 1, "river": 2, "paris": 3}
    assert find_borrowed(pack, 2, teacher).tolist() == [3, 1]
    assert find_borrowed(pack, 4, teacher).tolist() == []
    with pytest.raises(OpticalError, match="subword 'mto' has no embedding"):
        find_borrowed(pack, 1, teacher)
