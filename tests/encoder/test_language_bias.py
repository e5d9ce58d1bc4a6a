import faiss
import numpy as np
import pytest

from pyserini_optical.commands import main
from pyserini_optical.encoder.language_bias import balance_index, centre_languages, find_neighbours, smooth_vectors
from pyserini_optical.errors import OpticalError

UNIT = np.eye(3, dtype=np.float32)


def write_index(folder, vectors, kind=faiss.IndexFlatIP):
    folder.mkdir()
    index = kind(vectors.shape[1])
    index.add(vectors)
    faiss.write_index(index, str(folder / "index"))
    (folder / "docid").write_text("".join(f"d{row}\n" for row in range(len(vectors))))
    return folder


def test_centring_by_hand():
    vectors = np.array([[1, 0], [0, 1], [-1, 0], [0, 1]], np.float32)
    # Means: a (.5, .5), b (-.5, .5), all (0, .5).
    expected = np.array([[0.5, 0], [-0.5, 1], [-0.5, 0], [0.5, 1]])
    expected /= np.linalg.norm(expected, axis=1, keepdims=True)
    np.testing.assert_allclose(centre_languages(vectors, ["a", "a", "b", "b"]), expected, atol=1e-6)
    with pytest.raises(OpticalError, match="3 languages for 4 vectors"):
        centre_languages(vectors, ["a", "a", "b"])


def test_of_one_language_nothing_changes():
    draw = np.random.default_rng(0).normal(size=(20, 4)).astype(np.float32)
    vectors = draw / np.linalg.norm(draw, axis=1, keepdims=True)
    np.testing.assert_allclose(centre_languages(vectors, ["swa"] * 20), vectors, atol=1e-6)


def test_smoothing_by_hand():
    moved = smooth_vectors(UNIT, np.array([[1, 2], [0, 2], [0, 1]]), 0.5)
    expected = np.array([[0.5, 0.25, 0.25], [0.25, 0.5, 0.25], [0.25, 0.25, 0.5]]) / np.sqrt(0.375)
    np.testing.assert_allclose(moved, expected, atol=1e-6)
    np.testing.assert_allclose(smooth_vectors(UNIT, np.array([[1], [2], [0]]), 0.0), UNIT)
    with pytest.raises(OpticalError, match=r"a share of 1\.5"):
        smooth_vectors(UNIT, np.array([[1], [2], [0]]), 1.5)


def test_neighbours_are_those_of_a_sort_and_never_the_vector_itself():
    vectors = np.random.default_rng(1).normal(size=(50, 6)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    similarities = vectors @ vectors.T
    np.fill_diagonal(similarities, -2)
    np.testing.assert_array_equal(find_neighbours(vectors, 5), np.argsort(-similarities, axis=1)[:, :5])
    copies = np.repeat(UNIT[:1], 4, axis=0)  # each is as near to the others as to itself
    found = find_neighbours(copies, 9)
    assert [sorted(row) for row in found.tolist()] == [[1, 2, 3], [0, 2, 3], [0, 1, 3], [0, 1, 2]]


def test_a_balanced_index_keeps_its_documents(tmp_path):
    source = write_index(tmp_path / "dense", UNIT)
    balance_index(source, tmp_path / "balanced", neighbours=2)
    index = faiss.read_index(str(tmp_path / "balanced" / "index"))
    np.testing.assert_allclose(index.reconstruct(0), np.array([2, 1, 1]) / np.sqrt(6), atol=1e-6)
    assert (tmp_path / "balanced" / "docid").read_text() == (source / "docid").read_text()
    with pytest.raises(OpticalError, match="exists"):
        balance_index(source, tmp_path / "balanced")
    with pytest.raises(OpticalError, match="compares by distance"):
        balance_index(write_index(tmp_path / "l2", UNIT, faiss.IndexFlatL2), tmp_path / "other")


def test_the_command_centres_by_the_language_of_the_text(tiny_packs, tmp_path, capsys):
    texts = ["mji mkuu wa kenya ni upi", "daktari wa kwanza wa tanzania", "magaalada dalka weyn"]
    lines = [f'{{"id": "d{row}", "contents": "{text}"}}\n' for row, text in enumerate(texts)]
    (tmp_path / "corpus.jsonl").write_text("".join(lines))
    words = ["balance", "--dense-index", str(write_index(tmp_path / "dense", UNIT)), "--neighbours", "0"]
    words += ["--encoder", str(tiny_packs), "--corpus", str(tmp_path / "corpus.jsonl")]
    assert main([*words, "--output", str(tmp_path / "out")]) == 0
    index = faiss.read_index(str(tmp_path / "out" / "index"))
    np.testing.assert_allclose(index.reconstruct_n(0, 3), centre_languages(UNIT, ["swa", "swa", "som"]), atol=1e-6)
    (tmp_path / "corpus.jsonl").write_text("".join(lines[:2]))
    assert main([*words, "--output", str(tmp_path / "other")]) == 2
    assert "lacks passage d2" in capsys.readouterr().err
