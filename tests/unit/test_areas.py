"""Areas nest by the prefix of their code."""

from __future__ import annotations

import itertools

import pytest

from weiyou.domain import areas
from weiyou.domain.areas import AreaKind
from weiyou.errors import BadInput

CHAIN = ["320382003215001", "320382003215", "320382003", "320382"]


def test_each_area_lies_in_the_next_wider_one_up_to_the_county() -> None:
    for inner, outer in itertools.pairwise(CHAIN):
        assert areas.parent(inner) == outer
    assert areas.parent(CHAIN[-1]) is None


def test_the_street_of_an_area_is_its_first_nine_digits() -> None:
    assert {areas.street(code) for code in CHAIN[:3]} == {"320382003"}


def test_an_area_holds_itself_and_what_lies_in_it() -> None:
    for place, outer in enumerate(CHAIN):
        assert [areas.holds(outer, inner) for inner in CHAIN] == [
            n <= place for n in range(len(CHAIN))
        ]
    assert not areas.holds("320382003215", "320382003216001")


@pytest.mark.parametrize("code", CHAIN)
def test_a_code_of_the_right_length_is_one(code: str) -> None:
    assert areas.check_code(code) == code


@pytest.mark.parametrize("code", ["", "3", "32038200", "32038200x", "３２０３８２", "1" * 16])
def test_what_is_no_code_is_refused(code: str) -> None:
    with pytest.raises(BadInput):
        areas.check_code(code)


def test_every_kind_of_area_has_a_length() -> None:
    assert set(areas.CODE_LENGTH) == set(AreaKind)
    assert set(areas.CODE_LENGTH.values()) == set(areas.CODE_LENGTHS)
