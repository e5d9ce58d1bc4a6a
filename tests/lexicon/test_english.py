import gzip
import json
import os
from pathlib import Path

import pytest

from pyserini_optical.lexicon.english import english_terms, split_words
from pyserini_optical.lexicon.porter import porter_stem
from pyserini_optical.shipped import shipped

STORED = [json.loads(line) for line in (Path(__file__).parent / "lucene_terms.jsonl").read_text("utf-8").splitlines()]


@pytest.mark.parametrize("case", STORED, ids=lambda case: case["text"][:20].encode("unicode_escape").decode())
def test_agrees_with_what_lucene_gave(case):
    assert english_terms(case["text"]) == case["terms"]


def test_stop_words_can_be_kept_behind_a_mark():
    assert english_terms("The being is not wills", stop_mark="#") == ["#the", "be", "#is", "#not", "will"]


@pytest.mark.parametrize(
    ("word", "stem"),
    [("caresses", "caress"), ("agreed", "agre"), ("hopping", "hop"), ("archaeology", "archaeolog"), ("is", "is")],
)
def test_porter(word, stem):
    assert porter_stem(word) == stem


@pytest.fixture(scope="module")
def lucene_analyzer():
    os.environ.setdefault("OPENAI_API_KEY", "unused")
    analysis = pytest.importorskip("pyserini.analysis")
    return analysis.Analyzer(analysis.get_lucene_analyzer())


def test_agrees_with_lucene_on_the_shipped_passages(lucene_analyzer):
    with gzip.open(shipped("eval/lowres-clir") / "corpus.jsonl.gz", "rt", encoding="utf-8") as lines:
        passages = [json.loads(line) for line in lines]
    differing = [
        passage["id"]
        for passage in passages
        if english_terms(passage["contents"]) != list(lucene_analyzer.analyze(passage["contents"]))
    ]
    assert differing == []


def test_stems_are_those_of_martin_porters_program_on_every_word_of_the_collection():
    from nltk.stem import PorterStemmer

    oracle = PorterStemmer(mode=PorterStemmer.MARTIN_EXTENSIONS)
    with gzip.open(shipped("eval/lowres-clir/corpus.jsonl.gz"), "rt", encoding="utf-8") as lines:
        words = {word for line in lines for word in split_words(json.loads(line)["contents"].lower())}
    assert len(words) > 30_000
    assert [word for word in words if porter_stem(word) != oracle.stem(word)] == []
