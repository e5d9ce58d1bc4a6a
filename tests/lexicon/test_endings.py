from pyserini_optical.lexicon.endings import learn_endings


def test_an_ending_is_what_enough_words_have_beside_the_word_without_it():
    stems = ["नेपाल", "भारत", "चीन", "इरान", "इराक"]
    words = [*stems, *(stem + "को" for stem in stems), *(stem + "मा" for stem in stems[:4])]
    assert learn_endings(words) == {"को": 5 / 14}


def test_a_word_counts_once_and_short_stems_do_not():
    assert learn_endings(["anna", "annas"] * 10) == {}
    assert learn_endings([stem + ending for stem in "abcde" for ending in ("", "ssa")]) == {}


def test_no_words_have_no_endings():
    assert learn_endings([]) == {}
