"""Stop, pause, a new learning rate: obeyed at once; progress is told while it works."""

import threading
import time

import pytest
from msgspec.structs import replace as replaced

from asanai_tui.training.control import Control
from tests.unit.trainings import CLASSES, classifier, dataset, table, trainer

SECONDS = 20.0  # after which a test gives up waiting


class Running:
    """A training in a thread of its own, as in the program."""

    def __init__(self, **options):
        self.control = Control()
        data = dataset(*table(20_000, 8), validation=4000)
        self.trainer = trainer(classifier(32), data, replaced(CLASSES, epochs=100_000), self.control, **options)
        self.outcome = None
        self.thread = threading.Thread(target=self._run)
        self.thread.start()
        self.wait(lambda shot: shot.batch > 0)

    def _run(self):
        self.outcome = self.trainer.run()

    @property
    def shot(self):
        return self.trainer.recorder.snapshot()

    def wait(self, condition):
        ends = time.monotonic() + SECONDS
        while not condition(self.shot):
            assert time.monotonic() < ends, self.shot
            time.sleep(0.005)

    def end(self):
        """Whether it ended when it was asked to, long before its last epoch."""
        self.control.stop()
        self.thread.join(SECONDS)
        return not self.thread.is_alive()


@pytest.fixture
def running():
    run = Running()
    yield run
    run.end()


def test_stop_at_once(running):
    assert running.end()
    assert running.outcome.state == "stopped"
    assert all(bool(value.isfinite().all()) for value in running.trainer.best_weights.values())


def test_stop_while_validating_leaves_at_the_batch():
    """One epoch of training, then the wish arrives with the first batch of validation."""
    control = Control()
    run = trainer(classifier(), dataset(*table(), validation=16), CLASSES, control)
    validate = run._stepper.objective.model.eval
    run._stepper.objective.model.eval = lambda: (control.stop(), validate())[1]
    assert run.run().state == "stopped"
    assert run.recorder.snapshot().recorded == 0


def test_pause_and_go_on_and_stop_out_of_a_pause(running):
    running.control.pause()
    running.wait(lambda shot: shot.state == "paused")
    held = running.shot
    time.sleep(0.15)
    assert running.shot == held
    running.control.go_on()
    running.wait(lambda shot: shot.state == "training" and shot.revision > held.revision + 2)
    running.control.pause()
    running.wait(lambda shot: shot.state == "paused")
    assert running.end()
    assert running.outcome.state == "stopped"


def test_a_pause_does_not_count_as_time(running):
    running.wait(lambda shot: shot.recorded >= 1)
    running.control.pause()
    running.wait(lambda shot: shot.state == "paused")
    before, recorded = time.monotonic(), running.shot.recorded
    last = running.shot.last.seconds
    time.sleep(0.5)
    running.control.go_on()
    running.wait(lambda shot: shot.recorded > recorded)
    passed = time.monotonic() - before
    following = running.trainer.recorder.history(recorded)[0]
    assert following.seconds - last < passed - 0.4


def test_a_new_learning_rate_acts_at_once(running):
    running.control.wish(learning_rate=1e-30)
    running.wait(lambda shot: shot.learning_rate == 1e-30)
    recorded = running.shot.recorded
    running.wait(lambda shot: shot.recorded >= recorded + 3)
    still = running.trainer.recorder.history(recorded + 1)[:2]
    assert still[0].learning_rate == 1e-30
    assert still[0].val_loss == pytest.approx(still[1].val_loss, rel=1e-6)


def test_progress_is_told_a_few_times_a_second(running):
    running.wait(lambda shot: shot.recorded >= 1)
    first, began = running.shot, time.monotonic()
    running.wait(lambda shot: shot.revision - shot.recorded >= first.revision - first.recorded + 2)
    last, passed = running.shot, time.monotonic() - began
    reports = last.revision - first.revision - (last.recorded - first.recorded)
    assert 2 <= reports <= 11 * passed + 1
    assert last.samples_per_second > 0
    assert last.seconds_left is not None
    assert (last.batches, last.epochs, last.metrics) == (2000, 100_000, ("accuracy",))
