"""Every word that people read stands beside the word of the code, once, and in the glossary."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator

import pytest

from tests.house import tracked
from weiyou.domain.people import Action, Role, Subject
from weiyou.domain.words import Word
from weiyou.domain.workflow import State, Step
from weiyou.settings import REPOSITORY

CHINESE = re.compile(r"[\u4e00-\u9fff]")


def every(kind: type[Word]) -> Iterator[type[Word]]:
    for child in kind.__subclasses__():
        yield child
        yield from every(child)


def words() -> list[type[Word]]:
    """Return every enumeration of the package; only modules that define one are imported."""
    for path in tracked.python("lib"):
        if re.search(r"^class \w+\(Word\)", path.read_text(encoding="utf-8"), re.MULTILINE):
            name = ".".join(path.relative_to(REPOSITORY / "lib").with_suffix("").parts)
            importlib.import_module(name)
    return [kind for kind in every(Word) if kind.__module__.startswith("weiyou.")]


def test_every_member_has_a_chinese_label_of_its_own() -> None:
    kinds = words()
    assert {State, Step, Role, Subject, Action} <= set(kinds)
    for kind in kinds:
        labels = [member.label for member in kind]
        assert all(CHINESE.search(label) or "/" in label for label in labels), kind
        assert all(label == label.strip() for label in labels), kind
        assert len(set(labels)) == len(labels), f"{kind.__name__} says the same twice"


def test_every_value_is_an_english_identifier() -> None:
    for kind in words():
        for member in kind:
            assert re.fullmatch(r"[a-z][a-z0-9_]*", member.value), (kind, member)


@pytest.mark.parametrize("kind", [State, Step, Role, Subject, Action])
def test_every_word_of_the_rules_stands_in_the_glossary(kind: type[Word]) -> None:
    glossary = (REPOSITORY / "GLOSSARY.md").read_text(encoding="utf-8")
    missing = [
        member.value
        for member in kind
        if f"\n| {member.label} | `{member.value}` | " not in glossary
    ]
    assert missing == []


def test_the_glossary_has_meaning_and_source_in_every_row() -> None:
    for line in (REPOSITORY / "GLOSSARY.md").read_text(encoding="utf-8").splitlines():
        if line.startswith("| ") and not line.startswith("| 中文"):
            cells = [cell.strip() for cell in line.strip("|").split("|")]
            assert len(cells) == 4, line
            assert all(cells), line
