"""The refusals of the house, by name.

A refusal is an answer, not a fault: its text is one Chinese sentence that tells the person what to
do next. Each door translates a refusal once. Everything else is a fault, and is logged.
"""


class Refusal(Exception):
    """The deed was not done, and the person can know why."""


class NotFound(Refusal):
    """There is no such thing, or not for this person (the two are never told apart)."""


class NotPermitted(Refusal):
    """The person's duty does not cover this."""


class NotSignedIn(Refusal):
    """No session, or a session that has ended."""


class CodeNeeded(Refusal):
    """The password is right, and the code of the second step is wanted now. No session is open.

    Attributes:
        token: The secret that the browser keeps until then, in a cookie.
        is_new: The account must have the second step and has none yet: it is set up first.
    """

    def __init__(self, token: str, *, is_new: bool) -> None:
        super().__init__("密码正确，请再输入手机上的 6 位验证码")
        self.token = token
        self.is_new = is_new


class WrongStep(Refusal):
    """The matter is in a state from which this step does not lead on."""


class Stale(Refusal):
    """Somebody else changed the matter since the person looked at it."""


class KeyReused(Refusal):
    """An idempotency key came back with another body."""


class Collision(Refusal):
    """Two writers met at a value that may be there once only; the deed may be tried again."""


class TooMany(Refusal):
    """Too often in too short a time: wait, nothing is lost."""


class BadInput(Refusal):
    """A field cannot be taken as it is.

    Attributes:
        field: The name of the field, so that a screen can point at it.
    """

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


class CalendarMissing(Refusal):
    """No working-day calendar has been published for that year."""
