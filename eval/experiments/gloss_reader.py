"""A reader of glosses: the teacher, tuned on glossed bitext to read a gloss as it reads the English sentence.

    python eval/experiments/gloss_reader.py texts --work W
    python eval/experiments/gloss_reader.py english --work W
    python eval/experiments/gloss_reader.py train --work W --name layers

`texts` learns two tables a language, each on half of the pairs, and writes the gloss of each pair by the table that has
not seen it. `english` has the teacher read the English sides. `train` tunes the teacher's layers, its subword
embeddings or all of it; or fits a matrix, which takes the teacher's vector of a gloss to that of the English side
(least squares, ridge to the identity). Some glosses lose words at random, and some are the English side itself, so that
English stays what it was. `gloss_reader_weigh.py` searches with what comes out.
"""

import argparse
import csv
import random
import time
from collections import Counter
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file

from pyserini_optical.bitext.load import load_bitext
from pyserini_optical.distillation.losses import LOSSES
from pyserini_optical.distillation.states import TokenStates
from pyserini_optical.distillation.transformer_encoder import TransformerEncoder, load_model
from pyserini_optical.encoder.loading import make_text_encoder
from pyserini_optical.encoder.student import find_student
from pyserini_optical.encoder.teacher import teacher_folder
from pyserini_optical.encoder.teacher_tokenizer import read_teacher_tokenizer
from pyserini_optical.encoder.text import TextEncoder, normalise
from pyserini_optical.encoder.torch_backend import TorchBackend, load_layers
from pyserini_optical.lexicon.english import english_terms
from pyserini_optical.lexicon.learn import learn_table
from pyserini_optical.lexicon.names import NameFinder
from pyserini_optical.lexicon.vocabulary import Vocabulary
from pyserini_optical.psq.gloss import write_gloss
from pyserini_optical.psq.structured import structure_query
from pyserini_optical.searcher.asked_language import AskedLanguage
from pyserini_optical.searcher.marking import find_surface_forms
from pyserini_optical.shipped import shipped

MOST_PAIRS, HELD_OUT, LONGEST, BATCH, WARM_UP = 30_000, 200, 40, 32, 30
"""Pairs of a language that tables are learned from; pairs kept out of training; tokens read of a text; pairs, steps."""

ANCHOR, SHORTENED, DROPPED = 0.15, 0.5, 0.15
"""Share of glosses that are the English side; of those that lose words; and of the words that they lose."""

Tensors = dict[str, torch.Tensor]


def main() -> None:
    """Do one stage."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    stages = parser.add_subparsers(required=True)
    texts, english, train = (stages.add_parser(name) for name in ("texts", "english", "train"))
    texts.set_defaults(run=write_texts)
    texts.add_argument("--pairs", type=int, default=1350, help="of a language")
    english.set_defaults(run=read_english)
    english.add_argument("--pairs", type=int, help="by default all")
    train.set_defaults(run=train_reader)
    train.add_argument("--name", required=True)
    train.add_argument("--trained", choices=["layers", "all", "embeddings", "matrix"], default="layers")
    train.add_argument("--loss", choices=LOSSES, default="pooled")
    train.add_argument("--minutes", type=float, default=14, help="of processor time")
    train.add_argument("--rate", type=float, default=1e-4)
    for stage in (texts, english, train):
        stage.add_argument("--work", required=True, type=Path)
    options = parser.parse_args()
    options.run(options)


def write_texts(options: argparse.Namespace) -> None:
    """Gloss each half of a bitext by a table of the other half. Names are looked for among all English words of it."""
    options.work.mkdir(parents=True, exist_ok=True)
    forms = find_surface_forms(AskedLanguage(None, None, "optical").english_words())
    counts: Counter[str] = Counter()
    drawn = {}
    for path in sorted(shipped("encoders/bitext").glob("*.tsv.gz")):
        language = path.name.split(".")[0]
        pairs = load_bitext([path], language).pairs
        counts.update(term for pair in pairs for term in set(english_terms(pair.english)))
        drawn[language] = random.Random(1).sample(pairs, min(len(pairs), MOST_PAIRS))
    vocabulary = Vocabulary.from_terms(list(counts), list(counts.values()), sum(map(len, drawn.values())))
    rows = []
    for language, pairs in drawn.items():
        halves = pairs[::2], pairs[1::2]
        for half, other in (halves, halves[::-1]):
            table = learn_table(other, language)
            names = NameFinder(vocabulary, table.endings, table.analyze)
            for pair in half[: options.pairs // 2]:
                gloss = write_gloss(structure_query(pair.foreign, table, names=names), forms)
                if len(gloss.split()) >= 2 and len(pair.english.split()) >= 3:
                    rows.append((language, gloss, pair.english))
        print(*rows[-1], sep="\t", flush=True)
    random.Random(2).shuffle(rows)
    with open(options.work / "texts.tsv", "w", encoding="utf-8", newline="") as file:
        csv.writer(file, "excel-tab").writerows(rows)
    print(len(rows), "pairs")


def read_english(options: argparse.Namespace) -> None:
    """Keep the teacher's token states of the English sides of the first pairs."""
    reader = open_reader()
    reader.cut_at(LONGEST)
    states = reader.encode_tokens([english for *_, english in read_texts(options.work)[: options.pairs]])
    lengths = [len(each) for each in states]
    np.save(options.work / "lengths.npy", lengths)
    np.save(options.work / "states.npy", np.concatenate(states).astype(np.float16))
    print(len(lengths), "pairs,", sum(lengths), "tokens")


def read_texts(work: Path) -> list[list[str]]:
    """Language, gloss and English side of each pair."""
    with open(work / "texts.tsv", encoding="utf-8", newline="") as file:
        return list(csv.reader(file, "excel-tab"))


def open_reader(changed: Tensors | None = None, share: float = 1.0) -> TextEncoder:
    """Open the teacher, with some tensors moved by a share of the way to others."""
    checkpoint = find_student("optical").checkpoint
    layers = load_layers(teacher_folder(), checkpoint.dimension)
    for name, weight in layers.named_parameters():
        if changed and name in changed:
            weight.lerp_(changed[name], share)
    return make_text_encoder(checkpoint, "query", read_teacher_tokenizer(teacher_folder()), TorchBackend(layers))


class Texts:
    """Glosses, with words left out and English between them, and the states that the teacher has of the English."""

    def __init__(self, work: Path) -> None:
        lengths = np.load(work / "lengths.npy")
        self.rows = read_texts(work)[: len(lengths)]
        self._states = np.load(work / "states.npy", mmap_mode="r")
        self._ends = np.concatenate([[0], np.cumsum(lengths)])
        self._draw = random.Random(1)
        self._tokenizer = read_teacher_tokenizer(teacher_folder())
        self._tokenizer.enable_padding()
        self._tokenizer.enable_truncation(LONGEST)

    def batches(self) -> list[list[int]]:
        """Draw an epoch: places of glosses of like length, the held-out ones left out."""
        lengths = [len(gloss.split()) for _, gloss, _ in self.rows]
        order = self._draw.sample(range(len(self.rows) - HELD_OUT), len(self.rows) - HELD_OUT)
        blocks = [sorted(order[at : at + 1024], key=lengths.__getitem__) for at in range(0, len(order), 1024)]
        batches = [block[at : at + BATCH] for block in blocks for at in range(0, len(block), BATCH)]
        return self._draw.sample(batches, len(batches))

    def write(self, place: int) -> str:
        """Write a gloss as it is trained on."""
        _, gloss, english = self.rows[place]
        if self._draw.random() < ANCHOR:
            return english
        words = gloss.split()
        if self._draw.random() < SHORTENED:
            words = [word for word in words if self._draw.random() >= DROPPED] or words
        return " ".join(words)

    def read(self, reader: TransformerEncoder, texts: list[str]) -> TokenStates:
        """Have texts read."""
        encoded = self._tokenizer.encode_batch(texts)
        mask = torch.tensor([each.attention_mask for each in encoded])
        return reader(torch.tensor([each.ids for each in encoded]), mask, mask.bool())

    def targets(self, places: list[int]) -> TokenStates:
        """Give the teacher's states of English sides."""
        found = [torch.tensor(self._states[self._ends[at] : self._ends[at + 1]], dtype=torch.float32) for at in places]
        present = [torch.ones(len(each), dtype=torch.bool) for each in found]
        mask = torch.nn.utils.rnn.pad_sequence(present, batch_first=True)
        return TokenStates(torch.nn.utils.rnn.pad_sequence(found, batch_first=True), mask, mask)


def train_reader(options: argparse.Namespace) -> None:
    """Tune what is to be tuned, and keep the tensors that it changed."""
    torch.manual_seed(1)
    texts = Texts(options.work)
    kept = fit_matrix(texts) if options.trained == "matrix" else tune(texts, options)
    save_file(kept, options.work / f"{options.name}.safetensors")


def fit_matrix(texts: Texts, ridge: float = 10.0) -> Tensors:
    """Fit what is added to the teacher's vectors of glosses, as a matrix of them."""
    places = list(range(len(texts.rows) - HELD_OUT))
    read = open_reader().encode_batch([texts.rows[place][1] for place in places])
    target = np.concatenate([normalise(texts.targets([place]).pooled().numpy()) for place in places])
    best = np.linalg.solve(read.T @ read + ridge * np.eye(read.shape[1]), read.T @ (target - read))
    return {"matrix": torch.from_numpy(best.astype(np.float32)).contiguous()}


def tune(texts: Texts, options: argparse.Namespace) -> Tensors:
    """Tune the teacher's weights."""
    reader = TransformerEncoder(load_model(teacher_folder()))
    if options.trained == "layers":
        reader.model.embeddings.requires_grad_(False)
    elif options.trained == "embeddings":
        reader.freeze_layers()
    tuned = {name: weight for name, weight in reader.model.named_parameters() if weight.requires_grad}
    optimiser = torch.optim.AdamW(tuned.values(), lr=options.rate, weight_decay=0.0)
    loss_of = LOSSES[options.loss]()
    print(measure(texts, reader), flush=True)
    start, losses = time.process_time(), list[float]()
    remaining = 1.0
    while remaining > 0:
        for batch in texts.batches():
            remaining = 1 - (time.process_time() - start) / 60 / options.minutes
            if remaining <= 0:
                break
            for group in optimiser.param_groups:
                group["lr"] = options.rate * min(1, (len(losses) + 1) / WARM_UP) * remaining
            loss = loss_of(texts.read(reader, list(map(texts.write, batch))), texts.targets(batch)).loss
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            losses.append(loss.item())
            if len(losses) % 25 == 0:
                print(f"{len(losses)} steps, {remaining:.2f} left, loss {np.mean(losses[-25:]):.4f}", flush=True)
    print(f"{len(losses)} steps of {BATCH}; {measure(texts, reader)}")
    return {name: weight.detach().contiguous() for name, weight in tuned.items()}


@torch.no_grad()
def measure(texts: Texts, reader: TransformerEncoder) -> str:
    """Say how near the held-out glosses are to their English sides, and at which rank they find them."""
    places = list(range(len(texts.rows) - HELD_OUT, len(texts.rows)))
    own = texts.read(reader, [texts.rows[place][1] for place in places]).pooled()
    target = texts.targets(places).pooled()
    products = torch.nn.functional.normalize(own) @ torch.nn.functional.normalize(target).T
    ranks = (products >= products.diagonal()[:, None]).sum(1)
    return f"held-out cosine {products.diagonal().mean():.4f}, MRR {(1 / ranks).mean():.4f}"


if __name__ == "__main__":
    main()
