import json

import pytest

from pyserini_optical.commands import main
from pyserini_optical.errors import OpticalError
from pyserini_optical.runs import read_run
from pyserini_optical.searcher import OpticalSearcher, Settings
from tests.searcher.conftest import PASSAGES, TOPICS, asked  # noqa: F401


@pytest.fixture(scope="module")
def searcher(asked):  # noqa: F811
    return OpticalSearcher(asked.lucene, asked.dense)


def test_three_lines_answer_a_question(searcher):
    answer = searcher.search(TOPICS["1"], k=3)
    assert (answer.language, answer.mode) == ("swa", "hybrid")
    assert {answer[0].docid, answer[1].docid} == {"nairobi", "kenya"}
    assert answer[0].contents == PASSAGES[answer[0].docid]
    assert len(answer) == 3
    assert answer[0].score > answer[1].score > answer[2].score


def test_an_open_searcher_has_read_the_tables_of_all_languages(searcher, monkeypatch):
    searcher.open()
    monkeypatch.setattr("pyserini_optical.searcher.sides.load_table", None)
    for language in searcher.languages:
        assert searcher.search("Nairobi", 1, language)[0].docid == "nairobi"


@pytest.mark.parametrize("mode", ["bm25", "psq", "dense", "hybrid"])
def test_one_question_and_a_topics_file_get_the_same_scores(searcher, asked, tmp_path, mode):  # noqa: F811
    indexes = ["--lucene-index", asked.lucene, "--dense-index", asked.dense]
    output = str(tmp_path / "run")
    assert main(["search", "--mode", mode, *indexes, "--topics", asked.topics, "--output", output]) == 0
    run = read_run(output)
    for qid, query in TOPICS.items():
        found = {hit.docid: hit.score for hit in searcher.search(query, k=20, mode=mode)}
        assert list(found) == list(run.get(qid, {}))
        assert found == pytest.approx(run.get(qid, {}), rel=1e-6, abs=1e-6)


def test_each_language_is_identified_or_taken_as_said(searcher):
    said = [None, "som", "Swahili", None]
    answers = searcher.batch_search([TOPICS[qid] for qid in "1145"], k=1, languages=said)
    assert [answer.language for answer in answers] == ["swa", "som", "swa", "eng"]
    with pytest.raises(OpticalError, match="language tha: this search knows swa, "):
        searcher.search("maji", language="tha")
    with pytest.raises(OpticalError, match="'xx' is not known"):
        searcher.search("maji", language="xx")


def test_an_answer_says_which_side_found_a_passage_and_where(searcher):
    answer = searcher.search(TOPICS["3"], k=12)
    for side, mode in (("words", "psq"), ("meaning", "dense")):
        places = {hit.docid: hit.found_by[side][0] for hit in answer if side in hit.found_by}
        alone = [hit.docid for hit in searcher.search(TOPICS["3"], k=12, mode=mode)]
        if mode == "psq":  # of equal weight there: hubness reduction changes the order of the other
            assert sorted(places, key=places.__getitem__) == alone
        assert set(places) == set(alone)
    assert sum(answer.weights) == pytest.approx(1)
    assert searcher.search(TOPICS["3"], mode="psq").weights is None


def test_words_that_matched_are_marked_with_what_was_asked(searcher):
    answer = searcher.search(TOPICS["1"], k=2)
    for hit in answer:
        marked = {(hit.text[mark.start : mark.end].lower(), mark.word) for mark in hit.text_marks}
        assert {("capital", "mji"), ("city", "mji")} <= marked
    (reading,) = [word for word in answer.words if word.word == "mji"]
    assert ("citi", "city") in [(term, english) for term, english, _ in reading.translations]


def test_english_words_stand_for_themselves(searcher):
    query = TOPICS["5"]
    structured, plain = (searcher.search(query, mode=mode) for mode in ("psq", "bm25"))
    assert structured.language == "eng"
    assert [hit.docid for hit in structured] == [hit.docid for hit in plain]
    assert structured[0].score == pytest.approx(plain[0].score, rel=1e-6)


def test_words_alone_need_no_dense_index_and_meaning_alone_no_lucene_index(asked):  # noqa: F811
    words, meaning = OpticalSearcher(asked.lucene), OpticalSearcher(dense_index=asked.dense)
    assert (words.modes, meaning.modes) == (["psq", "bm25"], ["dense"])
    assert words.search(TOPICS["2"], k=1)[0].docid == "victoria"
    (hit,) = meaning.search(TOPICS["2"], k=1)
    assert (hit.docid, hit.contents) == ("victoria", "")
    told = OpticalSearcher(dense_index=asked.dense, collection=asked.collection)
    assert told.search(TOPICS["2"], k=1)[0].contents == PASSAGES["victoria"]
    with pytest.raises(OpticalError, match="--mode psq needs an index: name it with --lucene-index"):
        meaning.search("maji", mode="psq")
    with pytest.raises(OpticalError, match="no index to search"):
        OpticalSearcher()


def test_the_teacher_reads_a_gloss_in_a_hybrid_and_where_it_is_asked_to(asked):  # noqa: F811
    question = {"q": "mji mkuu wa Kenya ni upi?"}

    def search(lucene, mode, **settings):
        return OpticalSearcher(lucene, asked.dense, mode=mode, language="swa", settings=Settings(**settings)).run(
            question
        )["q"]

    assert search(asked.lucene, "hybrid") == search(asked.lucene, "hybrid", gloss=True)
    assert search(asked.lucene, "hybrid") != search(asked.lucene, "hybrid", gloss=False)
    plain, glossed = search(None, "dense"), search(None, "dense", gloss=True)  # names from the teacher's own words
    assert plain == search(asked.lucene, "dense", gloss=False)
    assert glossed["nairobi"] != plain["nairobi"]


def test_threads_change_nothing(searcher, asked):  # noqa: F811
    queries = list(TOPICS.values())
    beside = OpticalSearcher(asked.lucene, asked.dense, threads=2)
    for one, other in zip(searcher.batch_search(queries), beside.batch_search(queries), strict=True):
        assert [hit.docid for hit in one] == [hit.docid for hit in other]
        assert [hit.score for hit in one] == pytest.approx([hit.score for hit in other], rel=1e-6, abs=1e-6)


def test_a_question_that_is_read_is_not_searched(searcher):
    read = searcher.explain("daktari", "swa")
    assert read["words"][0]["translations"][0]["english"] == "doctor"


def test_a_passage_is_fetched_by_its_id(searcher):
    assert searcher.fetch("elections/2022") == ("Elections", PASSAGES["elections/2022"].split("\n")[1])
    assert searcher.fetch("plain") == ("", PASSAGES["plain"])
    with pytest.raises(OpticalError, match="'nowhere' is not in the index"):
        searcher.fetch("nowhere")


def test_the_command_answers_one_question(asked, capsys):  # noqa: F811
    assert main(["search", TOPICS["1"], "--lucene-index", asked.lucene, "--hits", "1"]) == 0
    said = capsys.readouterr().out
    assert "Read as Swahili" in said
    assert "*capital*" in said
    assert main(["search", TOPICS["1"], "--lucene-index", asked.lucene, "--hits", "1", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["language"], len(answer["hits"])) == ("swa", 1)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "give either one question, or a topics file"),
        (["maji", "--topics", "t.tsv"], "give either one question, or a topics file"),
        (["--topics", "t.tsv"], "name it with --output"),
        (["maji", "--output", "run"], "for one question, use --json"),
        (["  "], "is empty"),
    ],
)
def test_mistakes_are_named(asked, capsys, words, message):  # noqa: F811
    assert main(["search", *words, "--lucene-index", asked.lucene]) == 2
    assert message in capsys.readouterr().err


def test_what_is_no_list_of_questions_is_refused(searcher):
    with pytest.raises(OpticalError, match="give a list of questions"):
        searcher.batch_search("maji")
    for mode in ("bm25", "psq", "dense", "hybrid"):
        with pytest.raises(OpticalError, match="a depth of 0"):
            searcher.search("maji", k=0, mode=mode)
    with pytest.raises(OpticalError, match="a batch size of -1"):
        searcher.run(TOPICS, batch_size=-1)
    with pytest.raises(OpticalError, match="fusion method 'sum' is not known"):
        Settings(method="sum")
    with pytest.raises(OpticalError, match="a depth of 0"):
        Settings(depth=0)


def test_a_student_of_one_language_is_not_asked_in_another(asked):  # noqa: F811
    def find(encoder, language):
        found = OpticalSearcher(dense_index=asked.dense, encoder=encoder, language=language).search("Kenya mji", 3)
        return {hit.docid: hit.score for hit in found}

    with pytest.raises(OpticalError, match="optical-swa: reads swa, and the queries are said to be fra"):
        find("optical-swa", "fra")
    assert find("optical-swa", "eng") == pytest.approx(find("optical", "eng"))  # the teacher reads English
    assert find("optical-npi", "nep") == pytest.approx(find("optical", "npi"))


def test_a_language_may_be_said_by_another_of_its_codes(searcher):
    assert searcher.search("पानी", language="nep").language == "npi"


def test_indexes_of_different_documents_are_told(asked, tmp_path, caplog):  # noqa: F811
    OpticalSearcher(asked.lucene, asked.dense).run(TOPICS)
    assert "under one id" not in caplog.text
    (tmp_path / "index").symlink_to(f"{asked.dense}/index")
    (tmp_path / "docid").write_text("".join(f"{docid}#0\n" for docid in PASSAGES), encoding="utf-8")
    OpticalSearcher(asked.lucene, str(tmp_path)).run(TOPICS)
    assert "holds none of 12 documents" in caplog.text
    assert "looks at a part" not in caplog.text  # 12 passages, of which 300 are wanted


def test_words_as_they_are_need_no_language(asked, caplog):  # noqa: F811
    searcher = OpticalSearcher(asked.lucene, mode="bm25", unknown_language="refuse")
    assert searcher.run({"1": "ராகம் Kenya"})["1"]
    assert caplog.text == ""
