"""Numbers that are spoken and links that are scanned: none can be guessed, slips are noticed."""

from __future__ import annotations

import random
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weiyou.domain import numbers

KEY = bytes(range(32))
OTHER_KEY = bytes(range(1, 33))
TRIES = 10_000
LOOKALIKES = str.maketrans("ILO", "110")
KEYBOARD = numbers.ALPHABET + "ILOU-" + string.ascii_lowercase + "._/? 圩"


def read_aloud(token: str) -> str:
    """Return a token as whoever types it off a poster may write it."""
    return token.upper().translate(LOOKALIKES)


def edited(token: str, dice: random.Random) -> str:
    """Return the token with one small change."""
    place = dice.randrange(len(token))
    other = dice.choice(KEYBOARD)
    match dice.randrange(5):
        case 0:
            return token[:place] + other + token[place + 1 :]
        case 1:
            return token[:place] + token[place + 1 :]
        case 2:
            return token[:place] + other + token[place:]
        case 3:
            return token[:place]
        case _:
            return token[place:] + token[:place]


@pytest.mark.parametrize(
    ("make", "read"),
    [
        pytest.param(numbers.poster_token, numbers.open_poster_token, id="poster"),
        pytest.param(numbers.receipt_token, numbers.open_receipt_token, id="receipt"),
    ],
)
def test_of_ten_thousand_edited_links_none_is_accepted(make, read) -> None:  # type: ignore[no-untyped-def]
    dice = random.Random(2026)
    genuine = [make(KEY, numbers.petition_number(dice.getrandbits(64))) for _ in range(100)]
    known = {read_aloud(token) for token in genuine}
    accepted = 0
    for _ in range(TRIES):
        token = edited(dice.choice(genuine), dice)
        if read_aloud(token) not in known:
            accepted += read(KEY, token) is not None
    assert accepted == 0


def test_of_ten_thousand_made_up_links_none_is_accepted() -> None:
    dice = random.Random(2027)
    accepted = 0
    for _ in range(TRIES):
        serial = f"{dice.randrange(10**7):07d}"
        mac = "".join(dice.choices(numbers.ALPHABET, k=16))
        accepted += numbers.open_poster_token(KEY, f"{serial}-{mac}") is not None
        accepted += numbers.open_receipt_token(KEY, f"{serial}-{mac}{mac[:10]}") is not None
    assert accepted == 0


@given(st.text(max_size=60))
def test_whatever_is_typed_into_the_address_bar_is_refused_without_a_fault(token: str) -> None:
    assert numbers.open_poster_token(KEY, token) is None
    assert numbers.open_receipt_token(KEY, token) is None


@pytest.mark.parametrize(
    "token", ["", "-", "0000001-", "\ud800", "0000001-\udfff", "圩-圩", "\x00"]
)
def test_odd_links_are_refused_without_a_fault(token: str) -> None:
    assert numbers.open_poster_token(KEY, token) is None
    assert numbers.open_receipt_token(KEY, token) is None


@given(st.integers(min_value=0, max_value=10**12 - 1))
def test_a_link_opens_what_it_was_made_for_in_any_case_and_however_it_is_read(n: int) -> None:
    serial = f"{n:07d}"
    token = numbers.poster_token(KEY, serial)
    assert token == token.upper(), "upper-case only, so that the QR code stays small"
    for spelling in (token, token.lower(), token.replace("1", "I"), token.replace("0", "o")):
        assert numbers.open_poster_token(KEY, spelling) == serial
    assert numbers.open_receipt_token(KEY, numbers.receipt_token(KEY, serial)) == serial


def test_a_link_of_one_kind_is_none_of_the_other_and_none_of_another_office() -> None:
    serial = "0000001"
    poster, receipt = numbers.poster_token(KEY, serial), numbers.receipt_token(KEY, serial)
    assert numbers.open_receipt_token(KEY, poster) is None
    assert numbers.open_poster_token(KEY, receipt) is None
    assert numbers.open_poster_token(KEY, receipt[: len(poster)]) is None
    assert numbers.open_poster_token(OTHER_KEY, poster) is None
    assert numbers.open_receipt_token(OTHER_KEY, receipt) is None


@given(st.integers(min_value=0, max_value=2**64 - 1))
def test_every_single_wrong_digit_is_noticed(entropy: int) -> None:
    number = numbers.petition_number(entropy)
    assert numbers.parse_number(number) == number
    wrong = [
        number[:place] + digit + number[place + 1 :]
        for place in range(len(number))
        for digit in string.digits
        if digit != number[place]
    ]
    assert len(wrong) == 81
    assert [slip for slip in wrong if numbers.parse_number(slip) is not None] == []


@given(st.integers(min_value=0, max_value=2**64 - 1))
def test_two_neighbours_said_the_wrong_way_round_are_noticed_unless_0_and_9(entropy: int) -> None:
    number = numbers.petition_number(entropy)
    for place in range(len(number) - 1):
        one, other = number[place], number[place + 1]
        turned = number[:place] + other + one + number[place + 2 :]
        if one != other and {one, other} != {"0", "9"}:
            assert numbers.parse_number(turned) is None


@given(st.integers(min_value=0, max_value=2**64 - 1))
def test_a_number_is_read_aloud_in_threes_and_understood_again(entropy: int) -> None:
    number = numbers.petition_number(entropy)
    said = numbers.spoken(number)
    assert [len(group) for group in said.split(" ")] == [3, 3, 3]
    assert numbers.parse_number(said) == number
    assert numbers.parse_number(f" {said.replace(' ', '-')} ") == number


@pytest.mark.parametrize(
    "text", ["", "12345678", "1234567890", "12345678X", "１２３４５６７８９", "查一下我的事"]
)
def test_what_cannot_be_a_number_is_none(text: str) -> None:
    assert numbers.parse_number(text) is None


@pytest.mark.parametrize(
    ("body", "digit"), [("7992739871", "3"), ("0", "0"), ("1", "8"), ("12345678", "2")]
)
def test_the_check_digit_is_luhns(body: str, digit: str) -> None:
    assert numbers.check_digit(body) == digit
