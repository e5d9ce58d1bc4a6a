import pytest
from safetensors.numpy import load_file

from pyserini_optical.commands import main
from pyserini_optical.distillation.language_identifier import learn_languages, train_language_identifier
from pyserini_optical.encoder import find_student
from pyserini_optical.encoder.language_identifier import LanguageIdentifier
from pyserini_optical.encoder.loading import load_language_identifier
from pyserini_optical.errors import OpticalError

SWAHILI = ["mji mkuu wa kenya ni upi", "nani alikuwa daktari wa kwanza"]
SOMALI = ["magaalada ugu weyn dalka", "waa kuma madaxweynaha"]
ENGLISH = ["what is the capital of kenya", "who was the first doctor"]


@pytest.fixture
def bitext(tmp_path):
    folder = tmp_path / "bitext"
    folder.mkdir()
    for language, lines in (("swa", SWAHILI), ("som", SOMALI)):
        pairs = [f"{english}\t{foreign}\ttest" for english, foreign in zip(ENGLISH, lines, strict=True)]
        text = "\n".join([f"eng\t{language}\tsource", *pairs]) + "\n"
        (folder / f"{language}.tsv").write_text(text, encoding="utf-8")
    return folder


def test_a_language_without_text_is_refused():
    with pytest.raises(OpticalError, match="som: no text"):
        train_language_identifier({"swa": ["mji"], "som": []})


def test_a_language_is_added_and_the_others_keep_their_rows(bitext):
    files = {language: bitext / f"{language}.tsv" for language in ("swa", "som")}
    first = learn_languages({"swa": files["swa"]}, ["swa"])
    assert first.languages == ["swa", "eng"]
    both = learn_languages({"som": files["som"]}, ["som", "swa"], first)
    assert both.languages == ["swa", "som", "eng"]
    assert both.log_likelihoods[[0, 2]].tolist() == first.log_likelihoods.tolist()
    # What is added later is what would have been learned at once; English alone has seen other sentences.
    at_once = learn_languages(files, ["swa", "som"])
    assert both.log_likelihoods[:2].tolist() == at_once.log_likelihoods[:2].tolist()
    with pytest.raises(OpticalError, match="som: not learned yet"):
        learn_languages({"swa": files["swa"]}, ["swa", "som"], first)


def test_the_command_learns_what_the_search_then_loads(tiny_packs, bitext, capsys):
    command = ["language-identifier", "--student", str(tiny_packs), "--bitext", str(bitext)]
    assert main(command) == 2
    assert "--overwrite" in capsys.readouterr().err
    assert main([*command, "--overwrite"]) == 0
    assert "learned to identify swa, som" in capsys.readouterr().out
    identifier = load_language_identifier(find_student(tiny_packs))  # the checksum in optical.json agrees
    assert identifier.languages == ["swa", "som", "eng"]
    assert [identifier.identify(text) for text in ("mji wa kenya", "dalka weyn", "the first")] == ["swa", "som", "eng"]
    before = load_file(tiny_packs / "language.safetensors")["log_likelihoods"]
    assert main([*command[:-1], str(bitext / "som.tsv"), "--overwrite"]) == 0
    assert (load_file(tiny_packs / "language.safetensors")["log_likelihoods"] == before).all()
    assert LanguageIdentifier.load(tiny_packs / "language.safetensors").languages == ["swa", "som", "eng"]


def test_bitext_of_no_language_of_the_student_is_refused(tiny_packs, tmp_path, capsys):
    (tmp_path / "fra.tsv").write_text("eng\tfra\nwater\teau\n", encoding="utf-8")
    words = ["language-identifier", "--student", str(tiny_packs), "--bitext", str(tmp_path), "--overwrite"]
    assert main(words) == 2
    assert "no file for swa, som" in capsys.readouterr().err


def test_a_named_file_that_is_not_used_is_warned_of(tiny_packs, bitext, tmp_path, caplog):
    french = tmp_path / "fra.tsv"
    french.write_text("eng\tfra\nwater\teau\n", encoding="utf-8")
    command = ["language-identifier", "--student", str(tiny_packs), "--overwrite", "--bitext"]
    (bitext / "fra.tsv").write_text(french.read_text(encoding="utf-8"), encoding="utf-8")
    assert main([*command, str(bitext)]) == 0  # a folder may hold other languages
    assert not caplog.messages
    assert main([*command, str(bitext / "swa.tsv"), str(french)]) == 0
    reason = "has swa, som, and learns each from the last file named so (swa.tsv.gz)"
    assert caplog.messages == [f"{french}: not used: {tiny_packs} {reason}"]
