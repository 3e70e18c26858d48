"""The small parts of the phone service: buckets, words for instants, ranges, bare files."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from starlette.requests import Request

from weiyou.domain.timelimits import SHANGHAI
from weiyou.phone import files, words
from weiyou.phone.forms import printable
from weiyou.phone.limits import BUCKETS_MAX, Buckets, Busy, neighbourhood
from weiyou.phone.shelf import Shelf, bare


def test_a_bucket_gives_its_fill_at_once_and_then_as_it_is_filled() -> None:
    buckets = Buckets(per_minute=2)
    buckets.take("a", 0.0)
    buckets.take("a", 0.0)
    with pytest.raises(Busy) as refusal:
        buckets.take("a", 1.0)
    assert refusal.value.wait_s == pytest.approx(29.0)
    buckets.take("a", 30.0)
    with pytest.raises(Busy):
        buckets.take("a", 30.0)
    buckets.take("b", 30.0)


def test_no_limit_is_no_limit() -> None:
    buckets = Buckets(per_minute=0)
    for _ in range(1_000):
        buckets.take("a", 0.0)


def test_the_oldest_bucket_makes_room() -> None:
    buckets = Buckets(per_minute=1)
    buckets.take("first", 0.0)
    for n in range(BUCKETS_MAX):
        buckets.take(str(n), 0.0)
    buckets.take("first", 0.0)


@pytest.mark.parametrize(
    ("address", "counted_as"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("::ffff:203.0.113.9", "::ffff:203.0.113.9"),
        ("testclient", "testclient"),
    ],
)
def test_an_address_of_the_sixth_version_is_counted_by_its_network(
    address: str, counted_as: str
) -> None:
    scope = {"type": "http", "client": (address, 1), "headers": []}
    assert neighbourhood(Request(scope)) == counted_as


@pytest.mark.parametrize(
    ("at", "said"),
    [
        (datetime(2026, 3, 6, 0, 0, tzinfo=SHANGHAI), "3月5日（周四）"),
        (datetime(2026, 3, 5, 16, 0, tzinfo=UTC), "3月5日（周四）"),
        (datetime(2026, 3, 5, 1, 30, tzinfo=UTC), "3月5日（周四） 09:30"),
    ],
)
def test_the_last_moment_is_said_by_the_day_it_belongs_to(at: datetime, said: str) -> None:
    assert words.latest(at) == said


def test_a_moment_is_said_in_shanghai_time() -> None:
    assert words.moment(datetime(2026, 3, 1, 17, 5, tzinfo=UTC)) == "3月2日 01:05"


@pytest.mark.parametrize(
    ("wanted", "status", "content"),
    [
        ("bytes=0-3", 206, b"0123"),
        ("bytes=7-", 206, b"789"),
        ("bytes=-2", 206, b"89"),
        ("bytes=-99", 206, b"0123456789"),
        ("bytes=8-99", 206, b"89"),
        ("bytes=10-", 200, b"0123456789"),
        ("bytes=5-3", 200, b"0123456789"),
        ("bytes=-", 200, b"0123456789"),
        ("bytes=0-1,3-4", 200, b"0123456789"),
        ("lines=1-2", 200, b"0123456789"),
        ("", 200, b"0123456789"),
    ],
)
def test_a_player_gets_the_part_it_asks_for(wanted: str, status: int, content: bytes) -> None:
    scope = {"type": "http", "headers": [(b"range", wanted.encode())]}
    answer = files.shown(Request(scope), b"0123456789", "audio/mp4")
    assert (answer.status_code, answer.body) == (status, content)


def test_what_no_database_keeps_is_left_out() -> None:
    assert printable("a\x00b\x1b[2J\tc\r\nd") == "ab[2J\tc\nd"


def test_a_file_travels_without_comments_and_indentation() -> None:
    source = b"/* why\n   and how */\nif (a) { // not this\n  // but this\n  b('/* kept */');\n}\n"
    assert bare(source) == b"if (a) { // not this\nb('/* kept */');\n}"


def test_the_version_follows_the_content() -> None:
    one, other = Shelf({"a.js": b"1"}), Shelf({"a.js": b"2"})
    assert one.version != other.version
    assert one.address("a.js") == f"/static/{one.version}/a.js"
    with pytest.raises(KeyError):
        one.address("b.js")
