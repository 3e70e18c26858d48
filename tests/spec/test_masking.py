"""How personal data is masked: the vectors of the privacy design, and what must hold for any text.

Numbers are put together from parts, so that none that could be somebody's stands in this file.
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weiyou.domain import masking

MOBILE = "138" + "1234" + "1234"
LANDLINE = "0516-" + "8888" + "1234"
ID_NUMBER = "320382" + "19900101" + "1234"
BANK_CARD = "6222" + "0212" + "3456" + "7890" + "123"

mobiles = st.builds("1{}{:09d}".format, st.sampled_from("3456789"), st.integers(0, 10**9 - 1))
id_numbers = st.builds(
    "{:06d}{:08d}{:03d}{}".format,
    st.integers(110101, 659999),
    st.integers(19200101, 20261231),
    st.integers(0, 999),
    st.sampled_from("0123456789Xx"),
)
bank_cards = st.integers(10**15, 10**19 - 1).map(str)
prose = st.text(alphabet="我家门口的路灯坏了请帮忙修 ，。\n", max_size=20)


@pytest.mark.parametrize(
    ("number", "masked"),
    [
        pytest.param(MOBILE, "138****1234", id="mobile"),
        pytest.param(f" {MOBILE} ", "138****1234", id="mobile with blanks"),
        pytest.param("138 1234 1234", "138****1234", id="mobile in groups"),
        pytest.param(LANDLINE, "0516-****1234", id="landline"),
        pytest.param("021" + "8888" + "1234", "021****1234", id="landline without a dash"),
        pytest.param("12345", "*****", id="a service number"),
        pytest.param("", "", id="none"),
    ],
)
def test_a_phone_number_keeps_head_and_tail_only(number: str, masked: str) -> None:
    assert masking.phone(number) == masked


@pytest.mark.parametrize(
    ("number", "masked"),
    [
        pytest.param(ID_NUMBER, "3" + "*" * 16 + "4", id="eighteen"),
        pytest.param("123", "1*3", id="three"),
        pytest.param("12", "*", id="two"),
        pytest.param("", "*", id="none"),
    ],
)
def test_an_id_number_keeps_its_first_and_last_character_only(number: str, masked: str) -> None:
    assert masking.id_number(number) == masked


@pytest.mark.parametrize(
    ("full", "masked"),
    [
        ("张三", "张*"),
        ("王小明", "王**"),
        ("欧阳建国", "欧***"),
        ("欧阳锋", "欧***"),
        ("古丽·阿依", "古***"),
        (" 李四 ", "李*"),
        ("赵", "赵"),
        ("", ""),
    ],
)
def test_a_name_keeps_its_first_character_only(full: str, masked: str) -> None:
    assert masking.name(full) == masked


@pytest.mark.parametrize(
    ("full", "masked"),
    [
        ("连渊村东刘庄自然村12号", "连渊村东刘庄自然村"),
        ("幸福小区3号楼2单元501室", "幸福小区"),
        ("幸福小区三号楼二单元", "幸福小区"),
        ("葡萄村十二组", "葡萄村"),
        ("王场村８号", "王场村"),
        ("村口老槐树旁", "村口老槐树旁"),
        ("第一排水沟", "第一排水沟"),
        ("", ""),
    ],
)
def test_an_address_ends_at_the_village_or_estate(full: str, masked: str) -> None:
    assert masking.address(full) == masked


@pytest.mark.parametrize(
    ("age", "band"),
    [
        (0, "<14"), (13, "<14"), (14, "14–17"), (17, "14–17"), (18, "18–59"),
        (59, "18–59"), (60, "60–79"), (79, "60–79"), (80, "80+"), (104, "80+"),
    ],
)  # fmt: skip
def test_an_age_becomes_a_band(age: int, band: str) -> None:
    assert masking.age_band(age) == band


def test_a_number_plate_keeps_province_letter_and_the_last_two() -> None:
    assert masking.plate("苏C" + "123" + "45") == "苏C***45"
    assert masking.plate("苏C1") == "***", "nothing is left to hide behind"


@pytest.mark.parametrize(
    ("words", "masked"),
    [
        pytest.param(f"打{MOBILE}找我", "打138****1234找我", id="mobile"),
        pytest.param(f"打+86{MOBILE}找我", "打+86138****1234找我", id="mobile with country code"),
        pytest.param("打138-1234-1234找我", "打138****1234找我", id="mobile with dashes"),
        pytest.param("打１３８１２３４１２３４找我", "打138****1234找我", id="mobile, full width"),
        pytest.param(f"座机{LANDLINE}。", "座机0516-****1234。", id="landline"),
        pytest.param(f"身份证{ID_NUMBER}", "身份证3" + "*" * 16 + "4", id="id number"),
        pytest.param(f"证{ID_NUMBER[:-1]}x，", "证3" + "*" * 16 + "x，", id="id number with x"),
        pytest.param(f"卡号{BANK_CARD}", "卡号6222****0123", id="bank card"),
        pytest.param("卡号6222 0212 3456 7890", "卡号6222****7890", id="bank card in groups"),
        pytest.param("编号 482 719 364", "编号 482 719 364", id="a matter's number stays"),
        pytest.param("网格320382003215001", "网格320382003215001", id="a grid's code stays"),
        pytest.param("修了3天，花了12000元", "修了3天，花了12000元", id="figures stay"),
    ],
)
def test_numbers_in_free_text_are_masked_and_nothing_else(words: str, masked: str) -> None:
    assert masking.text(words) == masked


@given(prose, st.one_of(mobiles, id_numbers, bank_cards), prose)
def test_no_planted_number_survives_in_any_text(before: str, number: str, after: str) -> None:
    assert number not in masking.text(f"{before}{number}{after}")


@given(st.text(max_size=200))
def test_masking_a_masked_text_changes_nothing(words: str) -> None:
    once = masking.text(words)
    assert masking.text(once) == once


@given(st.text(alphabet=st.characters(categories=["Lo"]), min_size=2, max_size=12))
def test_nothing_but_the_first_character_of_a_name_is_left(full: str) -> None:
    masked = masking.name(full)
    assert masked[0] == full[0]
    assert set(masked[1:]) == {"*"}
