"""The model card of a student."""

from pathlib import Path

from pyserini_optical.encoder.checkpoint import FILE, Checkpoint

CARD = "README.md"


def write_card(checkpoint: Checkpoint, name: str) -> str:
    """Write the model card of a student that has none.

    Parameters
    ----------
    name : str
        What it is called.

    Returns
    -------
    str
        Markdown with Hugging Face's metadata.
    """
    languages = list(checkpoint.languages)
    lines = ["---", "library_name: pyserini-optical", "pipeline_tag: feature-extraction"]
    lines += [f"base_model: {checkpoint.teacher.name}", "language:", *(f"- {code}" for code in languages)]
    lines += ["tags:", "- cross-lingual-information-retrieval", "- pyserini", "---", "", f"# {Path(name).name}", ""]
    lines += [
        f"Puts queries in {', '.join(languages)} where {checkpoint.teacher.name} puts their English translations."
    ]
    lines += ["", "```sh", f"pyserini-optical pull {name} --output student"]
    lines += ["python -m pyserini.search.faiss --encoder student --index ... --topics ... --output run.txt", "```", ""]
    lines += [f"`{FILE}` says what it was made of, with checksums.", ""]
    return "\n".join(lines)
