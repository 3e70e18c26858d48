"""Retries never duplicate, and what was acknowledged survives the death of the process."""

from __future__ import annotations

import http.client
import random
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.factories import Databases, a_key, a_street, poster
from tests.running import Phone, cutting, hand_in
from weiyou.services.office import Office, open_office
from weiyou.settings import Settings
from weiyou.store.tables import Petition, Submission

pytestmark = pytest.mark.slow


@pytest.fixture(params=["sqlite", "postgresql"])
def place(
    request: pytest.FixtureRequest, databases: Databases, tmp_path: Path
) -> Iterator[tuple[Office, Phone]]:
    """Give a street and its phone service, not started yet."""
    address = databases.fresh(request.param, tmp_path)
    office = open_office(Settings(home=tmp_path, database_url=address))
    a_street(office)
    phone = Phone(tmp_path, address)
    yield office, phone
    phone.kill()
    office.close()


def numbers_kept(office: Office) -> list[str]:
    with office.store.read() as session:
        return [number for (number,) in session.query(Petition.number)]


def test_a_thousand_tries_of_two_hundred_matters_on_a_bad_line_give_two_hundred(
    place: tuple[Office, Phone],
) -> None:
    # Given a line that swallows three answers in ten
    office, phone = place
    phone.start()
    keys = [a_key() for _ in range(200)]
    receipts: dict[str, set[str]] = defaultdict(set)
    cuts = []

    # When every matter is handed in five times, in any order, eight at a time
    with cutting(phone.port, 0.3, random.Random(7)) as line:

        def attempt(key: str) -> None:
            try:
                status, answer = hand_in(line, poster(office), key, f"事情 {key}")
            except (OSError, http.client.HTTPException):
                cuts.append(key)
                return
            assert status in {200, 201}, answer
            receipts[key].add(answer["number"])

        tries = keys * 5
        random.Random(3).shuffle(tries)
        with ThreadPoolExecutor(8) as phones:
            list(phones.map(attempt, tries))

    # Then the line did lose answers, and yet there is one matter and one receipt for each
    assert 200 < len(cuts) < 400
    assert len(numbers_kept(office)) == 200
    assert {len(numbers) for numbers in receipts.values()} == {1}


def test_whatever_was_acknowledged_survives_kill_9(place: tuple[Office, Phone]) -> None:
    office, phone = place
    acknowledged = survive(office, phone, falls=5)
    kept = set(numbers_kept(office))
    assert len(acknowledged) > 20
    assert [number for number in acknowledged if number not in kept] == []
    with office.store.read() as session:
        assert session.query(Submission).count() == len(kept)


def survive(
    office: Office, phone: Phone, *, falls: int, say: Callable[[int], None] = lambda _: None
) -> list[str]:
    """Kill the service at random moments while phones hand in; return the acknowledged numbers."""
    rng = random.Random(11)
    acknowledged: list[str] = []
    token = poster(office)
    for fall in range(falls):
        phone.start()
        over = threading.Event()

        def hand_in_until_the_line_breaks(over: threading.Event = over) -> None:
            while not over.is_set():
                try:
                    status, answer = hand_in(phone.port, token, a_key(), "停电也不能丢")
                except (OSError, http.client.HTTPException):
                    return
                if status == 201:
                    acknowledged.append(answer["number"])

        with ThreadPoolExecutor(6) as phones:
            tasks = [phones.submit(hand_in_until_the_line_breaks) for _ in range(6)]
            over.wait(rng.uniform(0.05, 0.6))
            phone.kill()
            over.set()
            for task in tasks:
                task.result()
        say(fall + 1)
    return acknowledged
