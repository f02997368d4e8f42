"""Precision, recall and F1 of each class at the end of a run: against Keras, by hand, and where they are told."""

import json
from pathlib import Path

import msgspec
import numpy as np
import pytest
import torch

from asanai_tui import cli
from asanai_tui import project as projects
from asanai_tui.data.dataset import load
from asanai_tui.data.spec import Targets
from asanai_tui.inspection.predictions import Predictor
from asanai_tui.runs import information
from asanai_tui.runs.attached import AttachedSession
from asanai_tui.training.metrics import Metrics, Tally
from asanai_tui.training.per_class import NO_CLASSES, ClassScore, PerClass, table, worst_first
from tests.unit.test_metrics import CASES, ending, plain


def score(label: str, f1: float, examples: int = 9) -> ClassScore:
    return ClassScore(label=label, precision=0.5, recall=0.25, f1=f1, examples=examples)


def test_the_mean_over_classes_is_f1_of_keras() -> None:
    case = next(case for case in CASES if case["name"] == "classes, one absent")
    names = tuple("abcdef")
    measures = Metrics(
        ("accuracy",), plain(), Targets("classes", names), "categorical_focal_crossentropy"
    ).with_classes()
    tally = Tally(measures)
    outputs, wanted = torch.tensor(case["outputs"]), torch.tensor(case["targets"])
    for start in (0, 7, 14, 21):
        tally.add(torch.tensor(0.0), outputs[start : start + 7], wanted[start : start + 7])
    tally.count()
    assert np.mean([each.f1 for each in tally.classes]) == pytest.approx(case["values"]["f1"], rel=1e-5)
    assert [each.label for each in tally.classes] == list(names)
    assert [each.examples for each in tally.classes] == np.bincount(case["targets"], minlength=6).tolist()
    assert list(tally.values) == ["accuracy"]


def test_one_output_tells_of_both_classes_and_numbers_have_none() -> None:
    single = ending("binary_crossentropy", "sigmoid", 1)
    measures = Metrics(("accuracy",), single, Targets("classes", ("no", "yes")), "binary_crossentropy").with_classes()
    found = measures.classes(measures.sums(torch.tensor([[1.0], [2.0], [-1.0]]), torch.tensor([[1.0], [0.0], [0.0]])))
    assert [(each.label, each.precision, each.recall, each.examples) for each in found] == [
        ("no", 1.0, 0.5, 2),
        ("yes", 0.5, 1.0, 1),
    ]
    numbers = Metrics(("r2",), plain(), Targets("numbers", ("y",)), "mean_squared_error").with_classes()
    assert numbers.classes(numbers.sums(torch.zeros(2, 1), torch.ones(2, 1))) == ()


def test_the_worst_come_first_and_of_many_classes_only_these() -> None:
    many = PerClass(tuple(score(f"class {number}", number / 10_000, number % 7) for number in range(10_000)))
    lines = table(many, 10)
    assert lines[0] == "Classes of the validation part, the worst first:"
    assert lines[1] == "  class 1   precision 0.500  recall 0.250  F1 0.000  1 example"
    assert lines[-1] == "  … and 9,990 better ones, in run.json"
    assert len(lines) == 12
    assert [each.label for each in worst_first([score("a", 0.0, 0), score("b", 0.9), score("c", 0.2)])] == [
        "c",
        "b",
        "a",
    ]
    assert table(NO_CLASSES, 10) == []


@pytest.mark.parametrize("test_split", [0.0, 0.2])
def test_run_and_command_line_tell_the_classes_of_the_best_weights(
    samples: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], test_split: float
) -> None:
    project = projects.load(samples / "iris" / "project.toml")
    split = msgspec.structs.replace(project.data.split, test_split=test_split)
    project = msgspec.structs.replace(project, data=msgspec.structs.replace(project.data, split=split))
    projects.save(project, tmp_path / "project.toml")
    command = ["train", str(tmp_path / "project.toml"), "--epochs", "4", "--runs", str(tmp_path / "runs")]
    assert cli.main([*command, "--json"]) == 0
    end = json.loads(capfd.readouterr().out.splitlines()[-1])
    run = Path(end["run"])
    told = information.read(run).classes
    assert msgspec.convert(end["classes"], PerClass) == told
    data = load(project.data)
    part, rows = (told.test, data.test) if test_split else (told.validation, data.validation)
    said = Predictor(Path(end["model"]))._outputs(data.inputs[rows]).argmax(1)
    for number, each in enumerate(part):
        right = int(((said == number) & (data.targets[rows] == number)).sum())
        assert each.recall == pytest.approx(right / max(1, int((data.targets[rows] == number).sum())))
        assert each.precision == pytest.approx(right / max(1, int((said == number).sum())))
    assert bool(told.test) == bool(test_split) and len(told.validation) == 3
    session = AttachedSession(run)
    session.start()
    assert session.classes == told
    assert cli.main(command) == 0
    assert "Classes of the" in capfd.readouterr().out


def test_the_classes_of_several_runs_are_those_of_the_best(
    samples: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    command = ["train", str(samples / "iris" / "project.toml"), "--epochs", "2", "--seeds", "3", "--json"]
    assert cli.main([*command, "--runs", str(tmp_path)]) == 0
    end = json.loads(capfd.readouterr().out.splitlines()[-1])
    best = next(each for each in end["trials"] if each["trial"] == end["best_trial"])
    folder = Path(end["run"]) / f"seed-{best['seed']}"
    assert information.read(folder).classes == msgspec.convert(end["classes"], PerClass)
