"""The counter: many phones hand in at once, one writer takes the whole queue in together. 收件窗口

A commit costs the disk the same for one matter as for fifty. Each submission is answered only
after the transaction that holds it is safe; whoever is refused does not hold the others up.
"""

from __future__ import annotations

import queue
import threading
from collections import deque
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Final

from weiyou.errors import Collision, Refusal
from weiyou.services import intake
from weiyou.services.intake import Handed, Receipt
from weiyou.services.office import RESIDENT, Office

BATCH_MAX: Final = 64
TRIES: Final = 5


@dataclass(frozen=True)
class _Waiting:
    handed: Handed
    answer: Future[Receipt] = field(default_factory=Future)


class Counter:
    """A writer's thread and the queue in front of it."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self._queue: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._serve, name="counter", daemon=True)
        self._thread.start()

    def hand_in(self, handed: Handed) -> Future[Receipt]:
        """Return the receipt to come; the future raises the Refusal if there is none."""
        waiting = _Waiting(handed)
        self._queue.put(waiting)
        return waiting.answer

    def close(self) -> None:
        """Take in what stands in the queue, then stop."""
        self._queue.put(None)
        self._thread.join()

    def _serve(self) -> None:
        backlog: deque[_Waiting] = deque()
        is_open = True
        while is_open or backlog:
            is_open = self._gather(backlog) and is_open
            batch = distinct(backlog)
            self._take_in([one for one in batch if one.answer.set_running_or_notify_cancel()])

    def _gather(self, backlog: deque[_Waiting]) -> bool:
        """Move what has queued up into the backlog; return False when closing time has come."""
        wait = not backlog
        while len(backlog) < BATCH_MAX:
            try:
                waiting = self._queue.get(block=wait)
            except queue.Empty:
                return True
            if waiting is None:
                return False
            backlog.append(waiting)
            wait = False
        return True

    def _take_in(self, batch: list[_Waiting]) -> None:
        """Answer a batch; if it fails as a whole, each of it is tried alone."""
        if not batch:
            return
        try:
            answers = self._write([waiting.handed for waiting in batch])
        except Exception as fault:  # it belongs to whoever waits; the counter goes on
            if len(batch) == 1:
                batch[0].answer.set_exception(fault)
                return
            for waiting in batch:
                self._take_in([waiting])
            return
        for waiting, answer in zip(batch, answers, strict=True):
            if isinstance(answer, Refusal):
                waiting.answer.set_exception(answer)
            else:
                waiting.answer.set_result(answer)

    def _write(self, handed: list[Handed]) -> list[Receipt | Refusal]:
        """Take a batch in. On PostgreSQL another process may be faster with the same key."""
        now = max(one.at for one in handed)
        for _ in range(TRIES - 1):
            try:
                with self.office.work(RESIDENT, now) as work:
                    return intake.submit_all(work, handed)
            except Collision:
                continue
        with self.office.work(RESIDENT, now) as work:
            return intake.submit_all(work, handed)


def distinct(backlog: deque[_Waiting]) -> list[_Waiting]:
    """Take up to a batch of submissions with different keys; the others keep their places.

    Two submissions with one key never go together: the second must find the first.
    """
    batch: dict[str, _Waiting] = {}
    later: list[_Waiting] = []
    while backlog and len(batch) < BATCH_MAX:
        waiting = backlog.popleft()
        if waiting.handed.key in batch:
            later.append(waiting)
        else:
            batch[waiting.handed.key] = waiting
    backlog.extendleft(reversed(later))
    return list(batch.values())
