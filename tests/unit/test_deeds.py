"""What a browser sends reaches a deed only through the fields of its form."""

from __future__ import annotations

from typing import Any, cast

from weiyou.services.office import Work
from weiyou.widgets.deeds import DEEDS, Deed, Field, Words


def test_nothing_but_the_fields_of_the_form_reaches_the_deed() -> None:
    heard: list[tuple[int, int, dict[str, str]]] = []

    def call(_: Work, petition_id: int, version: int, words: Words) -> Any:
        heard.append((petition_id, version, dict(words)))

    deed = Deed(
        "ask", "请群众补充", "已请群众补充", call, (Field("question", "问"), Field("note", "注"))
    )
    forged = {"question": "在哪里？", "petition_id": "8", "version": "99", "work": "mine"}
    deed.do(cast(Work, None), 7, 3, forged)

    assert heard == [(7, 3, {"question": "在哪里？", "note": ""})]


def test_no_field_of_any_form_is_named_like_what_the_screen_itself_says() -> None:
    names = {field.name for deed in DEEDS for field in deed.fields}
    assert names & {"work", "petition_id", "version", "id"} == set()
