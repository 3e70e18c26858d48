"""A fault of the database tells what failed, and nothing that a resident wrote."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from weiyou.services.office import Office


def test_a_fault_does_not_repeat_what_was_to_be_written(office: Office) -> None:
    statement = text("INSERT INTO petition (number, text) VALUES (:number, :text)")
    with pytest.raises(SQLAlchemyError) as fault, office.store.read() as session:
        session.execute(statement, {"number": "1" * 99, "text": "只说给街道听的话"})
    assert "只说给街道听的话" not in str(fault.value)
