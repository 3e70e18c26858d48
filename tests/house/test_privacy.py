"""Privacy is a property of a column: what it says of a person, why it is kept, and for how long."""

from __future__ import annotations

import re

from sqlalchemy import Column

from weiyou.store.tables import Table

COLUMNS = [column for table in Table.metadata.sorted_tables for column in table.columns]
ABOUT_PEOPLE = {"household", "person", "petition", "petition_event", "rating", "account"}
JUDGES = re.compile(
    r"risk|score|danger|threat|suspect|blacklist|watch_?list|key_person|stab|rank|grade_of|label"
)
"""What would make a list of people to be wary of (PIPL art. 24, 73). A matter may be graded."""

NEVER = re.compile(
    r"relig|faith|biomet|finger|iris|face|gene|dna|politic|party_member|ethnic|"
    r"id_card|id_number|bank|income|health|illness|sexual|password(?!_hash)|birth_place"
)
"""What no column of this chapter asks for (PIPL art. 6, 28)."""

NAMES_A_PERSON = re.compile(r"(^|_)(name|phone|telephone|born|words|note|text|address)$")
OFFICES = {"area", "department", "category", "audit_event"}


def shown(column: Column[object]) -> str:
    return f"{column.table.name}.{column.name}"


def fault(words: dict[str, str]) -> str:
    """Return what is wrong with the privacy words of a column."""
    privacy = words.get("privacy")
    if privacy == "open":
        return "" if set(words) == {"privacy"} else "open, and yet for a purpose"
    if privacy not in {"personal", "sensitive"}:
        return "says nothing"
    if not words.get("purpose", "").strip():
        return "kept for no purpose"
    return "" if re.search(r"\d|删除", words.get("retention", "")) else "kept for ever"


def test_every_column_says_what_it_is() -> None:
    faults = {shown(column): fault(column.info) for column in COLUMNS}
    assert {name: said for name, said in faults.items() if said} == {}


def test_the_look_would_notice() -> None:
    for words in (
        {},
        {"privacy": "secret"},
        {"privacy": "personal", "retention": "3 年"},
        {"privacy": "personal", "purpose": "办理", "retention": ""},
        {"privacy": "sensitive", "purpose": "办理", "retention": "长期"},
        {"privacy": "open", "purpose": "办理"},
    ):
        assert fault(words), words


def test_no_column_asks_for_what_is_never_asked() -> None:
    assert [shown(column) for column in COLUMNS if NEVER.search(column.name)] == []


def test_nobody_is_judged_by_a_column() -> None:
    people = [column for column in COLUMNS if column.table.name in ABOUT_PEOPLE]
    assert [shown(column) for column in people if JUDGES.search(column.name)] == []


def test_what_names_a_person_is_not_called_open() -> None:
    naming = [
        column
        for column in COLUMNS
        if NAMES_A_PERSON.search(column.name) and column.table.name not in OFFICES
    ]
    assert len(naming) > 10
    assert [shown(column) for column in naming if column.info["privacy"] == "open"] == []


def test_the_tables_about_people_are_there_to_be_looked_at() -> None:
    assert set(Table.metadata.tables) >= ABOUT_PEOPLE
    personal = {shown(c) for c in COLUMNS if c.info["privacy"] != "open"}
    assert {
        "petition.reporter_phone",
        "petition.text",
        "person.telephone",
        "household.door",
    } <= personal


def test_a_phone_number_and_a_place_on_earth_are_sensitive_where_a_resident_gave_them() -> None:
    table = Table.metadata.tables["petition"]
    for name in ("reporter_phone", "lon", "lat"):
        assert table.columns[name].info["privacy"] == "sensitive"
