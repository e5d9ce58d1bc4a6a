import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from pyserini_optical.encoder.quantisation import (
    CLIPPING,
    GROUP,
    join_halves,
    part_halves,
    quantise_rows,
    restore_rows,
)
from pyserini_optical.errors import OpticalError

VALUES = st.floats(-(2.0**10), 2.0**10, width=32, allow_subnormal=False)


def test_rows_by_hand():
    rows, scales = quantise_rows(np.array([[127.0, -63.5, 0.0], [0.0, 0.0, 0.0]], dtype=np.float32))
    assert rows.tolist() == [[127, -64, 0], [0, 0, 0]]
    assert scales.tolist() == [1.0, 1.0]


@given(
    arrays(
        np.float32,
        array_shapes(min_dims=2, max_dims=2, max_side=6),
        elements=st.floats(-(2.0**20), 2.0**20, width=32, allow_subnormal=False),
    )
)
def test_rounding_is_within_half_a_step(embeddings):
    rows, scales = quantise_rows(embeddings)
    assert np.all(np.abs(restore_rows(rows, scales) - embeddings) <= 0.5001 * scales[:, None])


def test_values_that_are_not_finite_name_their_piece():
    with pytest.raises(OpticalError, match="subword 1 is not finite"):
        quantise_rows(np.array([[0.0], [np.nan]], dtype=np.float32))


@given(arrays(np.float32, (3, 2 * GROUP), elements=VALUES))
def test_4_bits_are_within_half_a_step_or_beyond_the_range(embeddings):
    rows, scales = quantise_rows(embeddings, 4)
    assert rows.min() >= -8
    assert rows.max() <= 7
    restored, steps = restore_rows(rows, scales), np.repeat(scales.astype(np.float32), GROUP, axis=1)
    clipped = np.abs(embeddings) > np.abs(restored)
    assert np.all((np.abs(restored - embeddings) <= 0.501 * steps) | clipped | (np.abs(embeddings) < 1e-4))
    least = np.abs(embeddings).reshape(3, 2, GROUP).max(-1) * min(CLIPPING)
    assert np.all(scales * 8 >= least * 0.99)


@given(arrays(np.int8, (4, 6), elements=st.integers(-8, 7)))
def test_two_values_in_a_byte_come_back(rows):
    joined = join_halves(rows)
    assert joined.nbytes * 2 == rows.nbytes
    np.testing.assert_array_equal(part_halves(joined), rows)


def test_4_bits_by_hand_and_refused():
    row = np.zeros((1, GROUP), np.float32)
    row[0, :4] = 7.0, -7.0, 1.0, 2.4
    rows, scales = quantise_rows(row, 4)
    assert scales.shape == (1, 1)
    assert np.abs(restore_rows(rows, scales) - row).max() <= 0.5
    with pytest.raises(OpticalError, match="4-bit embeddings need a dimension divisible by 32, not 20"):
        quantise_rows(np.zeros((1, 20), np.float32), 4)
