"""The private page of one matter: how it is coming along, and what its resident may do. 进度页"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from weiyou.domain import timelimits
from weiyou.domain.petitions import Grade
from weiyou.domain.workflow import HANDLING, OPEN, State, Step
from weiyou.errors import BadInput, NotFound, Refusal
from weiyou.phone import files
from weiyou.phone.door import door_of
from weiyou.phone.forms import Endpoint, Form, posted
from weiyou.phone.resident import offices
from weiyou.reports import progress as report
from weiyou.reports.progress import Progress
from weiyou.services import closure, intake
from weiyou.services.office import RESIDENT, Work

DONE: Final = {
    "sent": "已经收到您反映的事情",
    "message": "留言已经送到办理人员手上",
    "urged": "已催办，办理人员会看到；明天可以再催",
    "no_contact": "已记下没有人联系您，街道会督促",
    "rated": "评价已收到，谢谢您",
    "withdrawn": "这件事项已撤回",
}
HEADLINES: Final = {
    State.RECEIVED: "已收到，等待受理",
    State.WAITING: "请您补充一些情况",
    State.ACCEPTED: "已受理，正在分派",
    State.WITH_GRID: "正在办理",
    State.WITH_VILLAGE: "正在办理",
    State.WITH_STREET: "正在办理",
    State.WITH_DEPARTMENT: "正在办理",
    State.ANSWERED: "已答复，等您确认",
    State.CLOSED: "已办结",
    State.REFUSED: "不予受理",
    State.WITHDRAWN: "您已撤回",
}
EXTRAS: Final = frozenset({Step.URGE, Step.NO_CONTACT, Step.MESSAGE, Step.WITHDRAW})
SAID: Final = frozenset({Step.ASK.label, Step.ANSWER.label, Step.REFUSE.label})
STEPS: Final = ("提交", "受理", "办理", "答复", "办结")
"""The stations that every matter passes, as the resident counts them."""


def show(request: Request) -> Response:
    """Answer `GET /r/{token}`. Raises: NotFound."""
    return _page(request, done=DONE.get(request.query_params.get("done", ""), ""))


def photo(request: Request) -> Response:
    """Answer `GET /r/{token}/photos/{id}`: a photo or voice note of this matter only."""
    door = door_of(request)
    with door.office.look(RESIDENT, door.clock()) as look:
        name, media_type = report.photo(look, _token(request), request.path_params["id"])
    return files.shown(request, door.office.files.get(name), media_type)


def wrong(request: Request) -> Response:
    """Return the page for a link that opens nothing: the same for all of them."""
    door = door_of(request)
    return door.pages.show(request, "wrong_link.html", status=404, offices=offices(door))


def _token(request: Request) -> str:
    return str(request.path_params["token"])


def _page(request: Request, *, status: int = 200, **facts: Any) -> Response:
    door, now = door_of(request), door_of(request).clock()
    with door.office.look(RESIDENT, now) as look:
        seen = report.progress(look, _token(request))
    filled = {"done": "", "problem": "", "problem_at": "", "typed": "", **facts}
    return door.pages.show(
        request,
        "receipt.html",
        status=status,
        matter=seen,
        offered={step.value for step in seen.offered},
        has_extras=bool(EXTRAS & seen.offered),
        headline=HEADLINES[seen.state],
        is_open=seen.state in OPEN,
        last_words=_last_words(seen),
        overdue=timelimits.in_words(now, seen.due_at) if seen.late else "",
        confirm_days=door.office.settings.confirm_days,
        station=station(seen.state),
        stations=STEPS,
        **filled,
    )


def _last_words(seen: Progress) -> str:
    """Return what the office said last to the resident: its question, answer or refusal."""
    return next((stage.words for stage in reversed(seen.stages) if stage.label in SAID), "")


def station(state: State) -> int:
    """Return how far along `STEPS` a matter is."""
    if state in {State.RECEIVED, State.WAITING}:
        return 0
    if state is State.ACCEPTED:
        return 1
    if state in HANDLING:
        return 2
    return 3 if state is State.ANSWERED else 4


def _deed(place: str, done: str, act: Callable[[Work, str, Form], object]) -> Endpoint:
    """Return the endpoint of a resident's deed: do it, go back, say so; or say why not.

    Args:
        place: Which form of the page it is, so that a refusal is said there.
        done: What is said afterwards.
        act: The deed.
    """

    def answer(request: Request, form: Form) -> Response:
        door, token = door_of(request), _token(request)
        try:
            door.limits.write(request)
            with door.office.work(RESIDENT, door.clock()) as work:
                act(work, token, form)
        except NotFound:
            raise
        except Refusal as refusal:
            status = 422 if isinstance(refusal, BadInput) else 409
            return _page(
                request,
                status=status,
                problem=str(refusal),
                problem_at=place,
                typed=form.word("words"),
            )
        return RedirectResponse(f"/r/{token}?done={done}", 303)

    return posted(answer)


def _rate(work: Work, token: str, form: Form) -> None:
    chosen = form.word("grade")
    if chosen not in set(Grade):
        raise BadInput("请选一个满意程度", "grade")
    if form.word("solved") not in {"yes", "no"}:
        raise BadInput("请选“解决了”或“没有解决”", "solved")
    closure.rate(
        work,
        token=token,
        grade=Grade.of(chosen),
        solved=form.word("solved") == "yes",
        words=form.word("words"),
    )


add_message = _deed(
    "message",
    "message",
    lambda work, token, form: intake.add_message(work, token=token, words=form.word("words")),
)
withdraw = _deed(
    "withdraw",
    "withdrawn",
    lambda work, token, form: intake.withdraw(work, token=token, words=form.word("words")),
)
urge = _deed("urge", "urged", lambda work, token, _: intake.urge(work, token=token))
say_no_contact = _deed(
    "no_contact", "no_contact", lambda work, token, _: intake.say_no_contact(work, token=token)
)
rate = _deed("rate", "rated", _rate)
