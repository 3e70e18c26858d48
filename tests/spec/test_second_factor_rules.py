"""Who needs the second step, which code counts when, and how often one may err."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from weiyou.domain import devices, secondfactor
from weiyou.domain.people import Role
from weiyou.errors import TooMany

NOW = datetime(2026, 3, 2, 1, 30, 15, tzinfo=UTC)
STEP = secondfactor.step_of(NOW)
M, H = timedelta(minutes=1), timedelta(hours=1)


@pytest.mark.parametrize("role", Role)
def test_the_three_administrators_must_have_it_in_production_and_nobody_else(role: Role) -> None:
    administrators = {Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDITOR}
    assert secondfactor.is_required(role, production=True) is (role in administrators)
    assert secondfactor.is_required(role, production=False) is False


@pytest.mark.parametrize(
    ("given", "last", "fits"),
    [
        pytest.param("000000", 0, STEP, id="this half minute"),
        pytest.param("111111", 0, STEP - 1, id="the one before"),
        pytest.param("222222", 0, STEP + 1, id="the one after"),
        pytest.param("333333", 0, None, id="two before"),
        pytest.param("999999", 0, None, id="none"),
        pytest.param("", 0, None, id="nothing"),
        pytest.param("000000", STEP, None, id="used already"),
        pytest.param("111111", STEP, None, id="older than the one used last"),
        pytest.param("222222", STEP, STEP + 1, id="newer than the one used last"),
    ],
)
def test_a_code_fits(given: str, last: int, fits: int | None) -> None:
    codes = {STEP: "000000", STEP - 1: "111111", STEP + 1: "222222", STEP - 2: "333333"}
    counting = {step: codes[step] for step in secondfactor.steps_around(NOW)}
    assert secondfactor.fitting_step(given, counting, last) == fits


def test_where_two_half_minutes_share_a_code_the_unused_one_counts() -> None:
    assert secondfactor.fitting_step("123456", {STEP: "123456", STEP + 1: "123456"}, STEP) == (
        STEP + 1
    )


@pytest.mark.parametrize(
    ("given", "tidied"),
    [
        ("123 456", "123456"),
        (" １２３４５６ ", "123456"),
        ("abcd-efgh ijkl mnop", "ABCDEFGHIJKLMNOP"),
        ("①２³", "123"),
        ("٣٤٥", ""),
        ("验证码", ""),
    ],
)
def test_a_code_is_tidied_up(given: str, tidied: str) -> None:
    assert secondfactor.tidy(given) == tidied


def test_a_recovery_code_is_told_by_its_length_and_shown_in_groups() -> None:
    assert secondfactor.is_recovery("ABCDEFGHIJKLMNOP")
    assert not secondfactor.is_recovery("123456")
    assert secondfactor.in_groups("ABCDEFGHIJ") == "ABCD EFGH IJ"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        pytest.param([], "", id="none"),
        pytest.param([M] * 4, "", id="four in five minutes"),
        pytest.param([M] * 5, "4 分钟", id="five in five minutes"),
        pytest.param([0 * M, 0 * M, M, 2 * M, 4 * M], "1 分钟", id="the first lets go soon"),
        pytest.param([M] * 4 + [5 * M], "", id="the fifth is long enough ago"),
        pytest.param([6 * M] * 19, "", id="nineteen in an hour"),
        pytest.param([6 * M] * 20, "54 分钟", id="twenty in an hour"),
        pytest.param([2 * H] * 49, "", id="49 in a day"),
        pytest.param([2 * H] * 50, "22 小时", id="50 in a day"),
        pytest.param([25 * H] * 100, "", id="a hundred, the day before"),
    ],
)
def test_after_wrong_codes_one_waits(wrong: list[timedelta], said: str) -> None:
    times = [NOW - ago for ago in wrong]
    if not said:
        secondfactor.check_tries(times, NOW)
        return
    with pytest.raises(TooMany, match=said):
        secondfactor.check_tries(times, NOW)


@pytest.mark.parametrize(
    ("browser", "words"),
    [
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/130.0 Safari/537.36 Edg/130.0",
         "Windows · Edge"),
        ("Mozilla/5.0 (Linux; Android 14; X) Chrome/130 Mobile Safari/537.36 MicroMessenger/8.0",
         "安卓 · 微信"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18 Safari/604.1",
         "iPhone · Safari"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Linux · 火狐"),
        ("Mozilla/5.0 (Phone; OpenHarmony 5.0) ArkWeb/4 Mobile HuaweiBrowser/5.1",
         "鸿蒙 · 华为浏览器"),
        ("python-httpx/0.28", ""),
        ("", ""),
    ],
)  # fmt: skip
def test_a_browser_is_called_by_few_words(browser: str, words: str) -> None:
    assert devices.in_words(browser) == words
