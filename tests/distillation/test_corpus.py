from dataclasses import replace

import numpy as np

from pyserini_optical.distillation.corpus import Tokens
from pyserini_optical.distillation.setup import set_up

TOKENS = Tokens([[2, 5, 5, 3], [2, 6, 3], [2, 5, 3]], padding=9, special=frozenset({2, 3, 9}))


def test_padding_is_masked_and_special_tokens_are_no_content():
    batch = TOKENS.pad([0, 1])
    assert batch["input_ids"].tolist() == [[2, 5, 5, 3], [2, 6, 3, 9]]
    assert batch["attention_mask"].tolist() == [[1, 1, 1, 1], [1, 1, 1, 0]]
    assert batch["content"].long().tolist() == [[0, 1, 1, 0], [0, 1, 0, 0]]


def test_a_token_weighs_its_inverse_document_frequency():
    """Ids 2 and 3 stand in all three texts, 5 in two (twice in one of them), 6 in one."""
    weights = TOKENS.pad(np.array([0, 1]), weigh=True)["weights"]
    expected = np.log([[1, 1.5, 1.5, 1], [1, 3, 1, 1]])
    np.testing.assert_allclose(weights.numpy(), expected, rtol=1e-6)


def test_a_recipe_can_ask_for_idf_masses(recipe):
    idf = replace(recipe, loss_options={"mass": "idf"})
    losses = []
    for each in (recipe, idf):
        setup = set_up(each)
        batch = setup.plan(each)[0]
        losses.append(setup.loss(setup.student(**batch["student"]), setup.teacher.encoder(**batch["teacher"])).loss)
    assert losses[0].isfinite()
    assert losses[1].isfinite()
    assert losses[0] != losses[1]
