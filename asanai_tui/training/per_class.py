"""How well each class is told: precision, recall and F1 of the best weights. No torch here."""

from collections.abc import Iterable

import msgspec

from asanai_tui.errors import counted


class ClassScore(msgspec.Struct, frozen=True, kw_only=True):
    """What a part of the examples says about one class, or about the yes of one target."""

    label: str
    precision: float  # share of those said to be of it that are; 0 where none is said
    recall: float  # share of those of it that are said; 0 where there is none
    f1: float  # their harmonic mean, Keras' F1Score(average=None)
    examples: int  # that belong to it; of pictures, places


class PerClass(msgspec.Struct, frozen=True, omit_defaults=True):
    """The classes in the order of the data; a part is empty where there is none, or where the targets are numbers."""

    validation: tuple[ClassScore, ...] = ()
    test: tuple[ClassScore, ...] = ()

    @property
    def known(self) -> bool:
        """Whether there is anything."""
        return bool(self.validation or self.test)

    @property
    def shown(self) -> tuple[str, list[ClassScore]]:
        """The part that counts more, by name, and its classes: the worst first, those without examples last."""
        name = "test" if self.test else "validation"
        return f"{name} part", worst_first(self.test or self.validation)


NO_CLASSES = PerClass()


def worst_first(scores: Iterable[ClassScore]) -> list[ClassScore]:
    """By F1; classes without examples last, for nothing is known of them."""
    return sorted(scores, key=lambda each: (not each.examples, each.f1))


def told(score: ClassScore) -> str:
    """`precision 0.875  recall 0.933  F1 0.903  15 examples`, in columns."""
    if not score.examples:
        return "no examples"
    numbers = f"precision {score.precision:.3f}  recall {score.recall:.3f}  F1 {score.f1:.3f}"
    return f"{numbers}  {counted(score.examples, 'example')}"


def table(classes: PerClass, most: int) -> list[str]:
    """A heading and a line for each of the worst classes, at most so many; nothing where there are no classes."""
    part, scores = classes.shown
    if not scores:
        return []
    shown, left = scores[:most], len(scores) - most
    width = max(len(score.label) for score in shown)
    more = [f"  … and {left:,} better ones, in run.json"] if left > 0 else []
    heading = f"Classes of the {part}" + (", the worst first:" if len(scores) > 1 else ":")
    return [heading, *(f"  {score.label:<{width}}  {told(score)}" for score in shown), *more]
