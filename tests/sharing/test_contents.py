from pyserini_optical.sharing.contents import choose_files


def test_names_are_those_of_files_within():
    assert choose_files(["optical.json", "swa/table.tsv.gz", ".gitattributes"]) == ["optical.json", "swa/table.tsv.gz"]
