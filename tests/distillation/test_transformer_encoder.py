import torch

from pyserini_optical.distillation.transformer_encoder import JoinedEmbedding

OWN, BORROWED = torch.tensor([[0.0, 0.0], [1.0, 2.0]]), torch.tensor([[3.0, 4.0], [5.0, 6.0]])


def test_own_rows_are_trained_and_borrowed_ones_are_not():
    table = JoinedEmbedding(OWN.clone(), BORROWED.clone(), padding_idx=0)
    found = table(torch.tensor([[1, 2], [3, 0]]))
    assert found.tolist() == [[[1, 2], [3, 4]], [[5, 6], [0, 0]]]
    found.sum().backward()
    assert table.weight.grad.tolist() == [[0, 0], [1, 1]]
    assert list(table.state_dict()) == ["weight"]


def test_nothing_borrowed_is_an_ordinary_table():
    table, ids = JoinedEmbedding(OWN.clone(), BORROWED[:0]), torch.tensor([1, 0, 1])
    assert torch.equal(table(ids), torch.nn.Embedding.from_pretrained(OWN)(ids))
