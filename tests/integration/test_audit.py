"""The audit trail: whatever is done to it behind our back is noticed, and rows only ever grow."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from tests.factories import NOW, a_petition, a_street
from weiyou.errors import BadInput
from weiyou.services import traces
from weiyou.services.office import CLOCK, RESIDENT, Office, Work
from weiyou.store import audit
from weiyou.store.audit import CHAINS, Entry
from weiyou.store.tables import AuditEvent

ROWS = 100
THING = ("petition", "1")
CHAIN = Entry(NOW, None, CLOCK.role, "read", *THING).chain


@contextmanager
def an_intruder(office: Office) -> Iterator[Session]:
    """Give a connection past the triggers, as the database's owner has; nothing he does stays."""
    with Session(office.store.engine) as session:
        if office.store.engine.dialect.name == "postgresql":
            session.execute(text("SET LOCAL session_replication_role = replica"))
        else:
            for verb in ("update", "delete"):
                session.execute(text(f"DROP TRIGGER audit_event_no_{verb}"))
        yield session
        session.rollback()


def a_chain(office: Office) -> None:
    """Remember a hundred deeds on one object, so that they stand in one chain."""
    for n in range(ROWS // 10):
        with office.work(CLOCK, NOW + timedelta(minutes=n)) as work:
            for m in range(10):
                work.remember("read", *THING, purpose="督查", reason=f"第 {10 * n + m} 次")


def row(seq: int) -> str:
    return f"audit_event WHERE chain = {CHAIN} AND seq = {seq}"


def an_edited_row(session: Session, seq: int) -> None:
    column, value = [
        ("action", "'write'"),
        ("object", "'person'"),
        ("object_id", "'2'"),
        ("purpose", "''"),
        ("reason", "reason || '.'"),
        ("result", "'refused'"),
        ("fields", "'phone'"),
        ("role", "'mayor'"),
        ("actor_id", "NULL"),
        ("mac", "'x' || substr(mac, 2)"),
    ][seq % 10]
    if column == "actor_id":  # nobody stood there, so somebody is put there
        session.execute(
            text(
                "INSERT INTO account (id, login, name, role, active, demo, created_at) VALUES "
                "(1, 'x', 'x', 'triage', true, false, '2026-03-02 00:00:00') "
                "ON CONFLICT DO NOTHING"
            )
        )
        value = "1"
    session.execute(
        text(f"UPDATE audit_event SET {column} = {value} WHERE chain = {CHAIN} AND seq = {seq}")
    )


def a_deleted_row(session: Session, seq: int) -> None:
    session.execute(text(f"DELETE FROM {row(seq)}"))


def a_deleted_row_with_the_gap_closed(session: Session, seq: int) -> None:
    a_deleted_row(session, seq)
    session.execute(  # one by one would collide on SQLite, so out of the way and back
        text(f"UPDATE audit_event SET seq = -seq WHERE chain = {CHAIN} AND seq > {seq}")
    )
    session.execute(
        text(f"UPDATE audit_event SET seq = -seq - 1 WHERE chain = {CHAIN} AND seq < 0")
    )
    session.execute(text(f"UPDATE audit_head SET seq = seq - 1 WHERE chain = {CHAIN}"))


def two_swapped_rows(session: Session, seq: int) -> None:
    one, other = seq, seq % ROWS + 1
    for old, new in ((one, -1), (other, one), (-1, other)):
        session.execute(
            text(f"UPDATE audit_event SET seq = {new} WHERE chain = {CHAIN} AND seq = {old}")
        )


def a_cut_off_tail(session: Session, seq: int) -> None:
    session.execute(text(f"DELETE FROM audit_event WHERE chain = {CHAIN} AND seq >= {seq}"))


def a_cut_off_tail_with_the_head_turned_back(session: Session, seq: int) -> None:
    """All that can be known from the rows that are left is put into the head."""
    if seq == 1:
        seq = 2  # an emptied chain needs an anchor outside to be noticed
    a_cut_off_tail(session, seq)
    session.execute(
        text(
            f"UPDATE audit_head SET seq = {seq - 1}, mac = (SELECT mac FROM {row(seq - 1)}) "
            f"WHERE chain = {CHAIN}"
        )
    )


def a_row_restamped_without_the_key(session: Session, seq: int) -> None:
    """The row is changed and every MAC from there on made anew, with a guessed key."""
    guessed = b"\x00" * 32
    rows = session.execute(audit._CHECKED.where(AuditEvent.chain == CHAIN)).all()
    previous = ""
    for found in rows:
        entry, mac = Entry(*found[2:]), found.mac
        if found.seq >= seq:
            entry = replace(entry, reason="没有这回事")
            mac = audit.seal(guessed, entry, CHAIN, found.seq, previous)
            session.execute(
                text(
                    f"UPDATE audit_event SET reason = :reason, mac = :mac "
                    f"WHERE chain = {CHAIN} AND seq = {found.seq}"
                ),
                {"reason": entry.reason, "mac": mac},
            )
        previous = audit.end(guessed, CHAIN, found.seq, mac)
    session.execute(
        text(f"UPDATE audit_head SET mac = :mac WHERE chain = {CHAIN}"), {"mac": previous}
    )


def a_copied_row(session: Session, seq: int) -> None:
    columns = "at, actor_id, role, action, object, object_id, fields, purpose, reason, result, mac"
    session.execute(
        text(
            f"INSERT INTO audit_event (chain, seq, {columns}) "
            f"SELECT chain, {ROWS + 1}, {columns} FROM {row(seq)}"
        )
    )
    session.execute(text(f"UPDATE audit_head SET seq = seq + 1 WHERE chain = {CHAIN}"))


ATTACKS: list[Callable[[Session, int], None]] = [
    an_edited_row,
    a_deleted_row,
    a_deleted_row_with_the_gap_closed,
    two_swapped_rows,
    a_cut_off_tail,
    a_cut_off_tail_with_the_head_turned_back,
    a_copied_row,
]


def missed(office: Office, places: Iterable[int]) -> list[tuple[str, int]]:
    """Return which attacks at which places of the chain were not noticed, or blamed on others."""
    unnoticed = []
    for attack in ATTACKS:
        for seq in places:
            with an_intruder(office) as session:
                attack(session, seq)
                found = list(audit.faults(session, office.keys.audit))
            if not found or any(f"chain {CHAIN}:" not in fault for fault in found):
                unnoticed.append((attack.__name__, seq))
    return unnoticed


def test_every_attack_is_noticed_wherever_it_strikes(office: Office) -> None:
    a_chain(office)
    assert traces.faults(office) == []
    assert missed(office, (1, 2, 13, 27, 36, 44, 58, 75, 99, ROWS)) == []
    assert traces.faults(office) == [], "and nothing of it stayed"


@pytest.mark.slow
def test_every_attack_is_noticed_at_every_place_of_a_chain(office: Office) -> None:
    a_chain(office)
    assert missed(office, range(1, ROWS + 1)) == []


def test_whoever_checks_is_told_which_row_is_gone_and_which_was_changed(office: Office) -> None:
    a_chain(office)
    with an_intruder(office) as session:
        a_deleted_row(session, 40)
        assert f"chain {CHAIN}: row 40 is missing" in list(audit.faults(session, office.keys.audit))
    with an_intruder(office) as session:
        session.execute(
            text(f"UPDATE audit_event SET reason = '' WHERE id IN (SELECT id FROM {row(7)})")
        )
        assert list(audit.faults(session, office.keys.audit)) == [
            f"chain {CHAIN}: row 7 was changed"
        ]


def test_a_chain_restamped_with_another_key_is_noticed(office: Office) -> None:
    a_chain(office)
    for seq in range(1, ROWS + 1, 11):
        with an_intruder(office) as session:
            a_row_restamped_without_the_key(session, seq)
            found = list(audit.faults(session, office.keys.audit))
        assert f"chain {CHAIN}: row {seq} was changed" in found


def test_whoever_has_the_key_can_forge_and_so_the_test_above_can_fail(office: Office) -> None:
    """The negative control: with the real key nothing is noticed without an anchor outside."""
    a_chain(office)
    with an_intruder(office) as session:
        a_cut_off_tail(session, ROWS)
        (last,) = session.execute(text(f"SELECT mac FROM {row(ROWS - 1)}")).one()
        mac = audit.end(office.keys.audit, CHAIN, ROWS - 1, last)
        session.execute(
            text(f"UPDATE audit_head SET seq = {ROWS - 1}, mac = :mac WHERE chain = {CHAIN}"),
            {"mac": mac},
        )
        assert list(audit.faults(session, office.keys.audit)) == []


def test_a_chain_without_its_end_or_outside_the_sixteen_is_noticed(office: Office) -> None:
    a_chain(office)
    with an_intruder(office) as session:
        session.execute(text(f"DELETE FROM audit_event WHERE chain = {CHAIN}"))
        session.execute(text(f"DELETE FROM audit_head WHERE chain = {CHAIN}"))
        assert list(audit.faults(session, office.keys.audit)) == [
            f"chain {CHAIN}: its end is missing"
        ]
    with an_intruder(office) as session:
        session.execute(
            text(f"UPDATE audit_event SET chain = 99 WHERE chain = {CHAIN} AND seq = {ROWS}")
        )
        found = list(audit.faults(session, office.keys.audit))
        assert "chain 99: its end is missing" in found
        assert f"chain {CHAIN}: ends at {ROWS - 1}, should end at {ROWS}" in found


@pytest.mark.parametrize("table", ["audit_event", "petition_event"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET id = id", "DELETE FROM {}"])
def test_the_database_itself_refuses_to_change_or_delete_what_happened(
    office: Office, table: str, statement: str
) -> None:
    a_street(office)
    a_petition(office)
    with pytest.raises(DBAPIError, match=f"{table} only grows"), office.store.write() as session:
        session.execute(text(statement.format(table)))
    assert traces.faults(office) == []


def test_rows_of_one_object_stand_in_one_chain_and_all_chains_are_used(office: Office) -> None:
    with office.work(RESIDENT, NOW) as work:
        for n in range(200):
            work.remember("read", "petition", n)
            work.remember("read", "petition", n)
    with office.store.read() as session:
        rows = session.query(AuditEvent).all()
    chains: dict[str, set[int]] = {}
    for kept in rows:
        chains.setdefault(kept.object_id, set()).add(kept.chain)
    assert {len(used) for used in chains.values()} == {1}
    assert set.union(*chains.values()) == set(range(CHAINS))
    assert traces.faults(office) == []


def remembered_and_refused(work: Work) -> None:
    work.remember("read", *THING)
    raise BadInput("没有办成")


def test_a_deed_that_is_not_done_leaves_no_trace_and_no_gap(office: Office) -> None:
    with pytest.raises(BadInput), office.work(CLOCK, NOW) as work:
        remembered_and_refused(work)
    with office.work(CLOCK, NOW) as work:
        work.remember("read", *THING)
    with office.store.read() as session:
        assert [kept.seq for kept in session.query(AuditEvent)] == [1]
    assert traces.faults(office) == []


def test_a_deed_whose_trace_cannot_be_written_is_not_done(office: Office) -> None:
    """Fail closed: without the chains' ends there is no trace, and so no deed."""
    a_street(office)
    receipt = a_petition(office)
    with office.store.write() as session:
        session.execute(text("DELETE FROM audit_head"))
    with pytest.raises(KeyError):
        a_petition(office)
    with office.store.read() as session:
        assert session.execute(text("SELECT count(*), max(number) FROM petition")).one() == (
            1,
            receipt.number,
        )
