"""Which try at signing in may be made after which failures, as a table."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from weiyou.domain import throttle
from weiyou.domain.throttle import Failures
from weiyou.errors import TooMany

S = timedelta(seconds=1)
NOTHING: dict[str, Any] = {
    "pair": 0, "address": 0, "all": 0, "login": 0, "since_last": None, "is_known": False,
}  # fmt: skip


def may_try(**counted: Any) -> bool:
    try:
        throttle.check(Failures(**{**NOTHING, **counted}))
    except TooMany:
        return False
    return True


@pytest.mark.parametrize(
    ("counted", "may"),
    [
        pytest.param({}, True, id="nothing has failed"),
        pytest.param({"pair": 9, "login": 9, "since_last": 0 * S}, True, id="the tenth try"),
        pytest.param({"pair": 10, "login": 10}, False, id="ten of this login from here"),
        pytest.param({"pair": 10, "login": 10, "is_known": True}, False, id="ten, known address"),
        pytest.param({"address": 49}, True, id="an office has erred 49 times"),
        pytest.param({"address": 50}, False, id="an office has erred 50 times"),
        pytest.param({"address": 50, "is_known": True}, False, id="fifty, known address"),
        pytest.param({"all": 999}, True, id="999 of everybody"),
        pytest.param({"all": 1000, "is_known": True}, False, id="a thousand of everybody"),
        pytest.param({"login": 9, "since_last": 0 * S}, True, id="nine elsewhere, just now"),
        pytest.param({"login": 10, "since_last": 0.9 * S}, False, id="a stranger, too soon"),
        pytest.param({"login": 10, "since_last": S}, True, id="a stranger, after a second"),
        pytest.param({"login": 900, "since_last": S}, True, id="however many failed elsewhere"),
        pytest.param(
            {"login": 900, "since_last": 0 * S, "is_known": True}, True, id="the person himself"
        ),
        pytest.param({"login": 10, "pair": 2, "since_last": S}, True, id="a stranger's third try"),
        pytest.param({"login": 10, "pair": 3, "since_last": S}, False, id="and his fourth"),
        pytest.param(
            {"login": 900, "pair": 9, "since_last": 0 * S, "is_known": True},
            True,
            id="the person himself errs",
        ),
    ],
)
def test_a_password_may_be_tried(counted: dict[str, Any], may: bool) -> None:
    assert may_try(**counted) is may


def test_no_number_of_failures_elsewhere_shuts_a_known_address_out() -> None:
    for login in range(0, 990, 10):
        assert may_try(login=login, all=login, since_last=0 * S, is_known=True)
        assert may_try(login=login, all=login, since_last=S), "a stranger waits, and no more"
