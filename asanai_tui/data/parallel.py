"""Work on several cores with threads, for libraries that let go of Python's lock while they compute."""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def cores() -> int:
    """How many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def in_order(function: Callable[[Item], Result], items: Iterable[Item], threads: int, waiting: int) -> Iterator[Result]:
    """`function` of each item, in the order of the items, on `threads` threads.

    At most `threads + waiting` results are worked on or wait to be taken, so memory stays bounded. When the iterator
    is closed, what has not begun is not begun any more.
    """
    with ThreadPoolExecutor(threads) as pool:
        futures: deque[Future[Result]] = deque()
        try:
            for item in items:
                futures.append(pool.submit(function, item))
                if len(futures) >= threads + waiting:
                    yield futures.popleft().result()
            while futures:
                yield futures.popleft().result()
        finally:
            for future in futures:
                future.cancel()
