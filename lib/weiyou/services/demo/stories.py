"""The life of a made-up matter: which steps, by whose hand, at which instants. 演示流程

Every step is looked up in the real table of steps (`domain.workflow`); a story that the rules do
not allow cannot be told. A story may be cut at any instant: what is left is the story so far.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from weiyou.domain import workflow
from weiyou.domain.areas import Level
from weiyou.domain.petitions import Grade
from weiyou.domain.words import Word
from weiyou.domain.workflow import State, Step
from weiyou.services.demo.dice import Dice


class Hand(Word):
    """Who takes a step. 经手"""

    WRITER = "writer", "提交人"
    RESIDENT = "resident", "居民"
    DESK = "desk", "分拨"
    GRID = "grid", "网格员"
    VILLAGE = "village", "村（社区）"
    DEPARTMENT = "department", "部门"
    CLOCK = "clock", "定时"


HOLDER: Final = {
    State.WITH_GRID: Hand.GRID,
    State.WITH_VILLAGE: Hand.VILLAGE,
    State.WITH_STREET: Hand.DESK,
    State.WITH_DEPARTMENT: Hand.DEPARTMENT,
}


@dataclass(frozen=True)
class Beat:
    """One step of a story.

    Attributes:
        state: After the step.
        department: Whom the matter is assigned to.
        grade: What the resident thinks, if he says so.
        classify: A note of the desk that sets the category.
    """

    step: Step
    state: State
    hand: Hand
    department: str = ""
    grade: Grade | None = None
    solved: bool = False
    classify: bool = False


@dataclass(frozen=True)
class Matter:
    """What a story depends on.

    Attributes:
        level: Who tries first.
        department: Whose field it is.
        others: Departments that it may be sent to by mistake.
        in_grid: The micro-grid is known, not only the village.
        classified: The resident has chosen the category himself.
        refused: How often such a matter is refused.
    """

    level: Level
    department: str
    others: tuple[str, ...]
    in_grid: bool
    classified: bool
    refused: float = 0.03


class Story:
    """The steps so far. Raises: WrongStep, from the table, where one does not lead on."""

    def __init__(self, dice: Dice, matter: Matter) -> None:
        self.dice, self.matter = dice, matter
        self.state = State.RECEIVED
        self.beats = [Beat(Step.SUBMIT, State.RECEIVED, Hand.WRITER)]

    def take(self, step: Step, hand: Hand, *, department: str = "", classify: bool = False) -> None:
        """Take one step."""
        self.state = workflow.after(self.state, step)
        self.beats.append(Beat(step, self.state, hand, department, classify=classify))

    def cut(self, count: int) -> None:
        """Keep the first `count` steps: the story so far."""
        self.beats = self.beats[:count]
        self.state = self.beats[-1].state

    def handled(self, step: Step) -> None:
        """Take a step by the hand that has the matter now."""
        self.take(step, HOLDER[self.state])

    def assign(self, level: Level, department: str = "") -> None:
        """Hand the matter on."""
        self.take(workflow.ASSIGN[level], Hand.DESK, department=department)

    def rate(self, grade: Grade, *, solved: bool) -> None:
        """Let the resident say what he thinks; of a waiting answer, also how it goes on."""
        waiting = self.state is State.ANSWERED
        self.state = workflow.after(self.state, Step.RATE)
        self.beats.append(Beat(Step.RATE, self.state, Hand.RESIDENT, grade=grade, solved=solved))
        if waiting:
            self.take(Step.CONFIRM if solved else Step.REDO, Hand.RESIDENT)


def tell(dice: Dice, matter: Matter) -> Story:
    """Return a whole story, from the resident's message to the end."""
    story = Story(dice, matter)
    if _open(story):
        _work(story, _first(story))
        _finish(story)
    return story


def tell_until(dice: Dice, matter: Matter, state: State) -> Story:
    """Return a story that has come to `state` and no further."""
    story = Story(dice, matter)
    _UNTIL[state](story)
    if story.state is not state:
        raise ValueError(f"the story ends at {story.state}, not at {state}")
    return story


def _open(story: Story) -> bool:
    """Take the desk's first steps; return False where the story ends with them."""
    dice = story.dice
    if dice.chance(story.matter.refused):
        story.take(Step.REFUSE, Hand.DESK)
        if dice.chance(0.06):
            story.take(Step.REOPEN, Hand.DESK)
        else:
            return False
    if dice.chance(0.05):
        story.take(Step.ASK, Hand.DESK)
        story.take(Step.SUPPLY, Hand.RESIDENT)
    if dice.chance(0.012):
        story.take(Step.WITHDRAW, Hand.RESIDENT)
        return False
    _accept(story)
    if dice.chance(0.01):
        story.take(Step.WITHDRAW, Hand.RESIDENT)
        return False
    return True


def _accept(story: Story) -> None:
    story.take(Step.ACCEPT, Hand.DESK)
    if not story.matter.classified:
        story.take(Step.NOTE, Hand.DESK, classify=True)


def _first(story: Story) -> Level:
    """Return the level that is asked first: the category's, or the next that knows the place."""
    level = story.matter.level
    if level is Level.GRID and not story.matter.in_grid:
        return Level.VILLAGE
    if level is Level.STREET and story.dice.chance(0.8):
        return Level.DEPARTMENT
    return level


def _assign(story: Story, level: Level) -> None:
    if level is not Level.DEPARTMENT:
        story.assign(level)
        return
    matter = story.matter
    wrong = story.dice.chance(0.06)
    story.assign(level, story.dice.pick(matter.others) if wrong else matter.department)
    if wrong:
        story.take(Step.RETURN, Hand.DEPARTMENT)
        story.assign(level, matter.department)


def _work(story: Story, level: Level) -> None:
    """Take the matter to its answer, through the levels that it needs."""
    dice = story.dice
    _assign(story, level)
    _interlude(story)
    if story.state is State.WITH_GRID and dice.chance(0.3):
        _try(story, Step.ESCALATE_VILLAGE)
    if story.state is State.WITH_VILLAGE and dice.chance(0.27):
        _try(story, Step.ESCALATE_STREET)
    if story.state is State.WITH_STREET and dice.chance(0.6):
        _assign(story, Level.DEPARTMENT)
    if story.state is State.WITH_GRID and dice.chance(0.03):
        story.handled(Step.RETURN)
        _assign(story, Level.VILLAGE)
    for share in (0.85, 0.35):
        if dice.chance(share):
            story.handled(Step.HANDLE)
    _interlude(story)
    story.handled(Step.ANSWER)


def _try(story: Story, step: Step) -> None:
    if story.dice.chance(0.6):
        story.handled(Step.HANDLE)
    story.handled(step)


def _interlude(story: Story) -> None:
    """Let somebody put in a word that changes no state."""
    dice = story.dice
    if dice.chance(0.05):
        story.take(Step.MESSAGE, Hand.RESIDENT)
    if dice.chance(0.025):
        story.take(Step.URGE, Hand.RESIDENT)
    if dice.chance(0.01):
        story.take(Step.NO_CONTACT, Hand.RESIDENT)
    if dice.chance(0.03):
        story.take(Step.NOTE, Hand.DESK)


def _finish(story: Story) -> None:
    """Close the answered matter: by the resident, the desk or the timer; some go round again."""
    dice = story.dice
    if dice.chance(0.05):
        story.rate(dice.weighed((Grade.POOR, Grade.VERY_POOR, Grade.FAIR), (6, 3, 1)), solved=False)
        _assign(story, _first(story))
        story.handled(Step.HANDLE)
        story.handled(Step.ANSWER)
    if dice.chance(0.5):
        story.rate(_grade(dice), solved=True)
        return
    story.take(Step.CLOSE, Hand.DESK if dice.chance(0.6) else Hand.CLOCK)
    if dice.chance(0.02):
        story.take(Step.REOPEN, Hand.DESK)
        _assign(story, _first(story))
        story.handled(Step.HANDLE)
        story.handled(Step.ANSWER)
        story.take(Step.CLOSE, Hand.DESK)
    elif dice.chance(0.12):
        story.rate(_grade(dice), solved=dice.chance(0.85))


def _grade(dice: Dice) -> Grade:
    return dice.weighed(tuple(Grade), (44, 36, 13, 5, 2))


def _to_accepted(story: Story) -> None:
    _accept(story)


def _to_waiting(story: Story) -> None:
    story.take(Step.ASK, Hand.DESK)


def _to_grid(story: Story) -> None:
    _accept(story)
    story.assign(Level.GRID)
    if story.dice.chance(0.5):
        story.handled(Step.HANDLE)


def _to_village(story: Story) -> None:
    _accept(story)
    if story.matter.level is Level.GRID and story.matter.in_grid:
        story.assign(Level.GRID)
        _try(story, Step.ESCALATE_VILLAGE)
    else:
        story.assign(Level.VILLAGE)
    if story.dice.chance(0.4):
        story.handled(Step.HANDLE)


def _to_street(story: Story) -> None:
    _accept(story)
    story.assign(Level.VILLAGE)
    _try(story, Step.ESCALATE_STREET)


def _to_department(story: Story) -> None:
    _accept(story)
    story.assign(Level.DEPARTMENT, story.matter.department)
    if story.dice.chance(0.5):
        story.handled(Step.HANDLE)


def _to_answered(story: Story) -> None:
    _to_village(story)
    story.handled(Step.ANSWER)


_UNTIL: Final[dict[State, Callable[[Story], None]]] = {
    State.RECEIVED: lambda _: None,
    State.WAITING: _to_waiting,
    State.ACCEPTED: _to_accepted,
    State.WITH_GRID: _to_grid,
    State.WITH_VILLAGE: _to_village,
    State.WITH_STREET: _to_street,
    State.WITH_DEPARTMENT: _to_department,
    State.ANSWERED: _to_answered,
}
