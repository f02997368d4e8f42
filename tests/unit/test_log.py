"""Lines of a training, for those who look on."""

import threading

from asanai_tui.runs.log import KEPT, RunLog


def test_the_newest_lines_are_kept_and_all_are_written() -> None:
    log, written = RunLog(), []  # type: ignore[var-annotated]
    log.write = written.append
    for number in range(KEPT + 10):
        log.add(str(number))
    assert log.total == len(written) == KEPT + 10
    total, lines = log.lines()
    assert (total, [line.text for line in lines]) == (KEPT + 10, written[10:])
    assert [line.text for line in log.lines(KEPT + 8)[1]] == [str(KEPT + 8), str(KEPT + 9)]
    assert len(log.lines(3)[1]) == KEPT  # the others are no longer kept
    assert log.lines(total) == (total, [])


def test_threads_do_not_lose_lines() -> None:
    log = RunLog()
    threads = [threading.Thread(target=lambda: [log.add("x") for _ in range(200)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert log.total == len(log.lines()[1]) == 800
