"""What waits for each duty: the bell and the first page say what the lists say."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.factories import (
    GRID,
    NOW,
    STREET,
    VILLAGE,
    a_clerk,
    a_petition,
    a_street,
    a_worker,
    an_account,
    the,
)
from weiyou.domain import apps, figures
from weiyou.domain.areas import Level
from weiyou.domain.figures import Figure, Span
from weiyou.domain.people import Actor, Role
from weiyou.reports import home, overview, queue, waiting
from weiyou.reports.queue import Filter, Queue
from weiyou.reports.waiting import Tally, Tone
from weiyou.services import triage
from weiyou.services.office import Look, Office

LATER = NOW + timedelta(days=3)
"""By then what had a day is late, and what had three working days is due soon."""

DUTIES = [role for role in Role if role is not Role.RESIDENT]


@pytest.fixture
def busy(office: Office) -> Office:
    """Give a street with matters in several states."""
    a_street(office)
    clerk = a_clerk(office)
    a_petition(office, category="A03")
    accepted = the(office, a_petition(office, category="A01"))
    assigned = the(office, a_petition(office, category="A02"))
    with office.work(clerk, NOW) as work:
        triage.accept(work, petition_id=accepted.id, version=accepted.version)
        triage.assign(work, petition_id=assigned.id, version=assigned.version, level=Level.GRID)
    return office


def someone(office: Office, role: Role) -> Actor:
    area = {Role.GRID_WORKER: GRID, Role.VILLAGE: VILLAGE}.get(role, STREET)
    return an_account(office, role, area, department="jianshe" if role is Role.CADRE else None)


def listed(look: Look, tally: Tally) -> int:
    """Return how many matters the list holds that a number opens."""
    match tally.of:
        case Queue() as asked:
            return queue.page(look, queue.in_queue(asked, Filter(), look.now)).total
        case Figure() as asked:
            week = figures.period(Span.WEEK, look.now)
            return overview.opens(look, asked, week).total
        case None:
            return queue.in_hand(look).total


def test_the_clerk_is_told_what_is_new_and_what_runs_out(busy: Office) -> None:
    with busy.look(a_clerk(busy), LATER) as look:
        told = {one.of: (one.number, one.waits) for one in waiting.waiting(look)}

    assert told == {
        Queue.NEW: (1, True),
        Queue.TO_ASSIGN: (1, True),
        Queue.SOON: (1, False),
        Queue.LATE: (1, False),
    }


@pytest.mark.parametrize("role", DUTIES)
def test_every_number_is_that_of_the_list_it_opens(busy: Office, role: Role) -> None:
    with busy.look(someone(busy, role), LATER) as look:
        cards = home.cards(look)
        told = [*waiting.waiting(look), *(one for card in cards for one in card.tallies)]

        assert [card.app for card in cards] == list(apps.open_to(role))
        for one in told:
            if one.view or one.app == waiting.PHONE:
                assert one.number == listed(look, one), one


@pytest.mark.parametrize("role", DUTIES)
def test_what_a_number_opens_may_be_opened(busy: Office, role: Role) -> None:
    with busy.look(someone(busy, role), LATER) as look:
        for one in waiting.waiting(look):
            app = apps.find(one.app)
            assert one.app == waiting.PHONE or (app is not None and role in app.roles)


def test_the_desk_counts_only_the_queues_that_it_is_asked_for(busy: Office) -> None:
    with busy.look(a_clerk(busy), LATER) as look:
        some = queue.counts(look, Filter(), waiting.DESK)
        every = queue.counts(look, Filter())

    assert some == {one: every[one] for one in waiting.DESK}
    assert set(every) == set(Queue)


def test_a_worker_is_told_what_he_has_in_hand_and_where_he_deals_with_it(busy: Office) -> None:
    with busy.look(a_worker(busy), NOW) as look:
        (told,) = waiting.waiting(look)
        page = home.phone(look, "https://weiyou.example")

    assert (told.number, told.tone, told.app) == (1, Tone.ACT, waiting.PHONE)
    assert page is not None
    assert (page.address, page.local) == ("https://weiyou.example/w/", False)
    assert page.qr.startswith("data:image/svg+xml;base64,")
    assert page.tallies == (told,)


def test_a_phone_cannot_open_the_address_of_this_machine(busy: Office) -> None:
    with busy.look(a_worker(busy), NOW) as look:
        page = home.phone(look, "http://localhost:8000")

    assert page is not None
    assert page.local


def test_what_a_worker_has_in_hand_turns_red_when_it_is_late(busy: Office) -> None:
    with busy.look(a_worker(busy), NOW + timedelta(days=30)) as look:
        (told,) = waiting.waiting(look)

    assert told.tone is Tone.LATE


def test_the_leader_hears_of_what_is_late(busy: Office) -> None:
    with busy.look(someone(busy, Role.LEADER), LATER) as look:
        (told,) = waiting.waiting(look)

    assert (told.of, told.number, told.waits) == (Figure.LATE, 1, True)
    assert told.view == (("figure", "late"),)


def test_the_share_in_time_is_rounded_so_that_a_late_matter_is_seen(busy: Office) -> None:
    with busy.look(someone(busy, Role.LEADER), LATER) as look:
        (card,) = home.cards(look)

    assert card.in_time == 66  # one of three is late


def test_without_open_matters_there_is_no_share(office: Office) -> None:
    a_street(office)
    with office.look(someone(office, Role.LEADER), NOW) as look:
        (card,) = home.cards(look)

    assert [one.number for one in card.tallies] == [0, 0, 0]
    assert card.in_time is None


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.SECURITY_ADMIN, Role.SYSTEM_ADMIN])
def test_who_never_sees_matters_has_nothing_waiting(busy: Office, role: Role) -> None:
    with busy.look(someone(busy, role), LATER) as look:
        first = home.first_page(look, "https://weiyou.example")
        told = waiting.waiting(look)

    assert (told, first.cards, first.phone) == ((), (), None)


def test_somebody_without_an_area_is_not_refused_but_has_nothing(busy: Office) -> None:
    with busy.look(an_account(busy, Role.TRIAGE), LATER) as look:
        first = home.first_page(look, "https://weiyou.example")
        told = waiting.waiting(look)

    assert told == ()
    assert [card.tallies for card in first.cards] == [(), ()]
