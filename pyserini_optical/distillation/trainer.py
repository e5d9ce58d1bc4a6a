"""The training loop: transformers' Trainer with a distillation step."""

import csv
import importlib.util
import json
import logging
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from transformers import EarlyStoppingCallback, Trainer, TrainerCallback, TrainingArguments
from transformers.trainer_callback import ProgressCallback, TrainerControl, TrainerState

from pyserini_optical.distillation.batches import PlannedBatches
from pyserini_optical.distillation.losses import compare_states
from pyserini_optical.distillation.recipe import Recipe
from pyserini_optical.distillation.transformer_encoder import TransformerEncoder
from pyserini_optical.distillation.validation import HeldOut
from pyserini_optical.errors import MissingExtra, OpticalError
from pyserini_optical.files import write_file

logger = logging.getLogger(__name__)

SHOWN = ("loss", "ot_cost", "marginal_error", "eval_mrr")
SKIPPED = "skipped.jsonl"
LOG = "log.csv"


class DistillationTrainer(Trainer):
    """Train a student's token states towards the frozen teacher's.

    Parameters
    ----------
    loss : torch.nn.Module
        Loss on the token states of both, see :mod:`pyserini_optical.distillation.losses`.
    held_out : HeldOut
        Measures retrieval of the English side.
    folder : Path
        Of checkpoints and logs.
    """

    optimizer: torch.optim.Optimizer | None
    control: TrainerControl

    def __init__(
        self,
        recipe: Recipe,
        student: TransformerEncoder,
        teacher: TransformerEncoder,
        loss: torch.nn.Module,
        batches: PlannedBatches,
        held_out: HeldOut,
        folder: Path,
    ) -> None:
        super().__init__(
            model=student,
            args=_arguments(recipe, folder),
            train_dataset=batches,
            eval_dataset=held_out,
            data_collator=_unwrap,
            callbacks=[CsvLog(folder / LOG)],
        )
        if recipe.patience:
            self.add_callback(EarlyStoppingCallback(recipe.patience))
        self.remove_callback(ProgressCallback)
        if sys.stderr.isatty():
            self.add_callback(ProgressBar)
        self.bad_steps = SkipBadSteps(self, folder, recipe.bad_steps)
        self.add_callback(self.bad_steps)
        self.recipe = recipe
        self.teacher = teacher.to(self.args.device)
        self.loss = loss
        self.held_out = held_out
        self.bad_batches: list[int] = []
        self.parts: dict[str, float] = {}
        self.parts_seen = 0

    def _get_train_sampler(self, train_dataset: Any = None) -> torch.utils.data.Sampler:
        return torch.utils.data.SequentialSampler(train_dataset or self.train_dataset)  # the plan is the order

    def create_optimizer(self, model: Any = None) -> torch.optim.Optimizer:
        """Make AdamW with separate rates for embeddings and layers, and weight decay only for the layers."""
        if self.optimizer is None:
            table = self.model.embeddings.weight
            layers = [each for each in self.model.parameters() if each.requires_grad and each is not table]
            groups: list[dict[str, Any]] = []
            if table.requires_grad:
                groups.append({"params": [table], "lr": self.recipe.embedding_lr, "weight_decay": 0.0})
            if layers:
                decay = self.recipe.weight_decay
                groups.append({"params": layers, "lr": self.recipe.layer_lr, "weight_decay": decay})
            self.optimizer = torch.optim.AdamW(groups, betas=(0.9, 0.98))
        return self.optimizer

    def compute_loss(
        self, model: Any, inputs: Any, return_outputs: bool = False, num_items_in_batch: Any = None
    ) -> torch.Tensor:
        """Encode and compare both sides; a step with a non-finite loss is recorded and skipped."""
        with torch.no_grad():
            target = self.teacher(**inputs["teacher"])
        output = compare_states(self.loss, model(**inputs["student"]), target)
        if not torch.isfinite(output.loss):
            self.bad_batches.append(int(inputs["number"]))
        for name, value in output.parts.items():
            self.parts[name] = self.parts.get(name, 0.0) + float(value)
        self.parts_seen += bool(output.parts)
        return output.loss

    def log(self, logs: dict[str, float], start_time: float | None = None) -> None:
        """Log the parts of the loss too, averaged since the last entry."""
        if "loss" in logs and self.parts_seen:
            logs |= {name: total / self.parts_seen for name, total in self.parts.items()}
            self.parts, self.parts_seen = {}, 0
        super().log(logs, start_time)

    def evaluate(self, *arguments: Any, metric_key_prefix: str = "eval", **options: Any) -> dict[str, float]:
        """Measure retrieval of the English side of the held-out pairs."""
        scores = {f"{metric_key_prefix}_{name}": value for name, value in self.held_out.measure(self.model).items()}
        self.log(scores)
        self.control = self.callback_handler.on_evaluate(self.args, self.state, self.control, scores)
        return scores


class SkipBadSteps(TrainerCallback):
    """Skip steps with a non-finite loss or gradient; stop if there are too many."""

    def __init__(self, trainer: DistillationTrainer, folder: Path, limit: int) -> None:
        self.trainer = trainer
        self.folder = folder
        self.limit = limit
        self.skipped: list[dict[str, Any]] = []

    def on_pre_optimizer_step(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **context: Any
    ) -> None:
        """Drop the gradients of a bad step, so that AdamW changes nothing."""
        parameters = [each for each in context["model"].parameters() if each.grad is not None]
        # The sum is finite only if every gradient is; in distributed training all processes see the same summed
        # gradients.
        if torch.isfinite(sum(each.grad.sum() for each in parameters)):
            return
        for each in parameters:
            each.grad = None
        self.skipped.append({"step": state.global_step, "batches": self.trainer.bad_batches})
        self.trainer.bad_batches = []
        if state.is_world_process_zero:
            with write_file(self.folder / SKIPPED, overwrite=True) as file:
                for entry in self.skipped:
                    file.write(json.dumps(entry) + "\n")
        logger.warning("step %d: the loss or its gradient is not finite; step skipped", state.global_step)
        if len(self.skipped) > self.limit:
            raise OpticalError(
                f"{len(self.skipped)} steps had a non-finite loss (listed in {self.folder / SKIPPED}); "
                f"the checkpoints in {self.folder} are sound: lower the learning rates and run again"
            )


class ProgressBar(ProgressCallback):
    """The usual progress bar, with the latest figures after it instead of on separate lines."""

    def __init__(self) -> None:
        super().__init__()
        self.shown: dict[str, str] = {}

    def on_log(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        logs: Mapping[str, float] | None = None,
        **context: Any,
    ) -> None:
        """Show loss, transport cost, marginal error and held-out MRR."""
        if self.training_bar is not None and logs:
            self.shown |= {name: f"{logs[name]:.4g}" for name in SHOWN if name in logs}
            self.training_bar.set_postfix(self.shown)


class CsvLog(TrainerCallback):
    """A CSV log with one line per value: step, name, value."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def on_log(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        logs: Mapping[str, float] | None = None,
        **context: Any,
    ) -> None:
        """Append what was logged."""
        if not state.is_world_process_zero or not logs:
            return
        with open(self.path, "a", encoding="utf-8", newline="") as file:
            rows = csv.writer(file, lineterminator="\n")
            rows.writerows([state.global_step, name, value] for name, value in logs.items())


def _arguments(recipe: Recipe, folder: Path) -> TrainingArguments:
    if recipe.report_to != "none" and importlib.util.find_spec(recipe.report_to) is None:
        raise MissingExtra(recipe.report_to, recipe.report_to)
    use_cuda = torch.cuda.is_available()
    return TrainingArguments(
        output_dir=str(folder),
        max_steps=recipe.steps,
        per_device_train_batch_size=1,  # each item of the plan is a whole batch
        gradient_accumulation_steps=recipe.accumulation,
        warmup_steps=recipe.warmup,
        lr_scheduler_type="linear",
        max_grad_norm=0.0,
        bf16=recipe.precision == "bf16",
        fp16=recipe.precision == "fp16" and use_cuda,
        eval_strategy="steps",
        eval_steps=recipe.evaluate_every,
        save_strategy="steps",
        save_steps=recipe.evaluate_every,
        save_total_limit=2,
        logging_steps=min(25, recipe.evaluate_every),
        load_best_model_at_end=recipe.patience > 0,
        metric_for_best_model="mrr" if recipe.patience > 0 else None,
        greater_is_better=True,
        seed=recipe.seed,
        dataloader_num_workers=4 if use_cuda else 0,  # so that a GPU does not wait for padding
        remove_unused_columns=False,
        label_names=[],
        report_to=recipe.report_to,
        restore_callback_states_from_checkpoint=recipe.patience > 0,
        ddp_find_unused_parameters=False,
        use_cpu=not use_cuda,
    )


def _unwrap(items: list[dict[str, Any]]) -> dict[str, Any]:
    return items[0]
