"""What a person may hand in, and how it is checked."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weiyou.domain import petitions
from weiyou.domain.petitions import PHOTOS_MAX, TEXT_MAX_CHARS, TITLE_CHARS, Grade, Location
from weiyou.errors import BadInput

MOBILE = "154" + "0000" + "0042"


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("路灯坏了。请来修。", "路灯坏了"),
        ("  路灯坏了\n请来修", "路灯坏了"),
        ("路灯坏了！", "路灯坏了"),
        ("Is it?No", "Is it"),
        ("。。。", "。。。"),
        ("路" * 40, "路" * (TITLE_CHARS - 1) + "…"),
        ("路" * TITLE_CHARS, "路" * TITLE_CHARS),
    ],
)
def test_the_title_is_the_first_sentence_cut_to_a_line(text: str, title: str) -> None:
    assert petitions.title(text) == title


@given(st.text(min_size=1).filter(lambda text: text.strip()))
def test_there_is_always_a_title_and_it_is_never_long(text: str) -> None:
    assert 0 < len(petitions.title(text)) <= TITLE_CHARS


@pytest.mark.parametrize("key", ["a" * 16, "A-b_9" * 16, "0123456789abcdef"])
def test_a_key_of_sixteen_to_eighty_plain_characters_is_one(key: str) -> None:
    assert petitions.check_key(key) == key


@pytest.mark.parametrize("key", [None, "", "a" * 15, "a" * 81, "a" * 15 + " ", "a" * 16 + "\n"])
def test_any_other_key_is_none(key: str | None) -> None:
    with pytest.raises(BadInput):
        petitions.check_key(key)


def test_text_loses_edge_blanks_and_may_be_empty_only_with_a_voice() -> None:
    assert petitions.check_text(" 路灯\x00坏了\ud800 ") == "路灯坏了"
    assert petitions.check_text(" \x00 ", voice=True) == "（语音留言）"
    assert petitions.check_text("路" * TEXT_MAX_CHARS) == "路" * TEXT_MAX_CHARS
    for text in ("", " \x00\n", "路" * (TEXT_MAX_CHARS + 1)):
        with pytest.raises(BadInput) as caught:
            petitions.check_text(text)
        assert caught.value.field == "text"


@given(st.text(alphabet=st.characters(categories=["L", "N", "P", "Cs", "Cc"]), max_size=60))
def test_plain_text_can_be_kept_by_any_database(text: str) -> None:
    words = petitions.plain(text)
    assert "\x00" not in words
    assert words.encode("utf-8").decode("utf-8") == words == petitions.plain(words)


@pytest.mark.parametrize(
    ("given_as", "kept"),
    [
        (None, None),
        ("", None),
        ("  ", None),
        (f" {MOBILE} ", MOBILE),
        (f"{MOBILE[:3]} {MOBILE[3:7]} {MOBILE[7:]}", MOBILE),
        ("0516-" + "8888" + "1234", "0516-88881234"),
        ("010" + "8888" + "1234", "01088881234"),
    ],
)
def test_a_telephone_number_is_kept_without_blanks(given_as: str | None, kept: str | None) -> None:
    assert petitions.check_phone(given_as) == kept


@pytest.mark.parametrize("number", ["110", "2" + MOBILE[1:], MOBILE + "0", "电话", "0516-88"])
def test_what_cannot_be_rung_is_refused(number: str) -> None:
    with pytest.raises(BadInput):
        petitions.check_phone(number)


def test_a_place_lies_on_earth() -> None:
    assert petitions.check_location(-180, 90, 5.0) == Location(-180, 90, 5.0)
    for lon, lat in ((181, 0), (0, -91), (float("nan"), 0), (0, float("inf"))):
        with pytest.raises(BadInput):
            petitions.check_location(lon, lat)


def test_there_are_nine_photos_at_the_most() -> None:
    nine = tuple(str(n) for n in range(PHOTOS_MAX))
    assert petitions.check_photos(nine) == nine
    with pytest.raises(BadInput):
        petitions.check_photos((*nine, "9"))


def test_three_of_the_five_grades_count_as_satisfied() -> None:
    assert set(Grade) - petitions.SATISFIED == {Grade.POOR, Grade.VERY_POOR}
