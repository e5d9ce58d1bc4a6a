"""What the transport loss adds to a training step: the same batch and models, one loss against the other, in one run.

    python eval/bench/training_step.py [--threads 2] [--rounds 15]

A step reads 32 pairs of 20 to 30 tokens with a frozen teacher (all-MiniLM-L6-v2) and a student of its shape, takes the
loss, goes back through the student and updates it. Rounds alternate between the losses, so that a busy machine is
busy for all of them.
"""

import argparse
import statistics
import time

import torch
from rich.console import Console
from rich.table import Table

from pyserini_optical.distillation.losses import make_loss
from pyserini_optical.distillation.transformer_encoder import TransformerEncoder, load_model
from pyserini_optical.encoder import teacher_folder

PAIRS, SHORTEST, LONGEST = 32, 20, 30
NAMES = ("pooled", "ot+pooled", "ot", "greedy")


def make_side(seed: int, vocabulary: int) -> dict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    lengths = torch.randint(SHORTEST, LONGEST + 1, (PAIRS, 1), generator=generator)
    position = torch.arange(int(lengths.max()))
    ids = torch.randint(1000, vocabulary, (PAIRS, len(position)), generator=generator)
    mask = position < lengths
    content = mask & (position > 0) & (position < lengths - 1)
    return {"input_ids": ids * mask, "attention_mask": mask.long(), "content": content}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    folder = teacher_folder("sentence-transformers/all-MiniLM-L6-v2")

    table = Table(title=f"a training step of {PAIRS} pairs, {SHORTEST} to {LONGEST} tokens, {options.threads} threads")
    for name in ("trained", "loss", "median ms", "over pooled"):
        table.add_column(name, justify="right" if name[0] in "mo" else "left")
    for trained in ("all", "embeddings"):
        medians = _time_steps(folder, trained, options.rounds)
        for name, median in medians.items():
            table.add_row(trained, name, f"{1e3 * median:.0f}", f"{median / medians['pooled'] - 1:+.1%}")
        table.add_section()
    Console().print(table)


def _time_steps(folder: object, trained: str, rounds: int) -> dict[str, float]:
    teacher, student = (TransformerEncoder(load_model(str(folder))).eval() for _ in range(2))
    if trained == "embeddings":
        student.freeze_layers()
    moving = [each for each in student.parameters() if each.requires_grad]
    optimizer = torch.optim.AdamW(moving, lr=1e-6)
    vocabulary = student.embeddings.num_embeddings
    source, target = make_side(0, vocabulary), make_side(1, vocabulary)
    losses = {name: make_loss(name) for name in NAMES}
    times: dict[str, list[float]] = {name: [] for name in NAMES}
    for round_ in range(rounds + 1):
        for name, loss in losses.items():
            start = time.perf_counter()
            with torch.no_grad():
                states = teacher(**target)
            optimizer.zero_grad()
            loss(student(**source), states).loss.backward()
            optimizer.step()
            if round_:  # the first one warms up
                times[name].append(time.perf_counter() - start)
    return {name: statistics.median(values) for name, values in times.items()}


if __name__ == "__main__":
    main()
