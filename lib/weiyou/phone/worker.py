"""The pages of those who have matters in hand: the list, one matter, its files. 网格员"""

from __future__ import annotations

import secrets
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from weiyou.domain import timelimits
from weiyou.domain.petitions import AttachmentKind
from weiyou.domain.workflow import ESCALATE, OPEN
from weiyou.errors import NotFound, NotPermitted
from weiyou.phone import files, sessions
from weiyou.phone.door import door_of
from weiyou.reports import queue
from weiyou.services import cases

ID_MAX: Final = 2**31 - 1
DONE: Final = {
    "recorded": "处置记录已保存，群众能看到",
    "answered": "已答复，等群众确认",
    "escalated": "已上报，由上一级接着办",
    "returned": "已退回分拨，街道会重新派",
}
PURPOSES: Final = ("核实情况", "约定上门", "告知进展", "回访")
"""Why a resident is called; it is written into the audit trail."""


def hand(request: Request) -> Response:
    """Answer `GET /w/` (in hand) and `GET /w/done`. Raises: NotSignedIn."""
    door, token, actor = door_of(request), sessions.token_of(request), sessions.person(request)
    is_done = request.url.path.endswith("/done")
    page = None
    try:
        with door.office.look(token, door.clock()) as look:
            page = queue.in_hand(look, done=is_done)
    except NotPermitted:
        pass  # a duty without matters of its own: the page says so
    return door.pages.show(
        request,
        "hand.html",
        actor=actor,
        page=page,
        is_done=is_done,
        soon=door.clock() + queue.SOON,
        done=DONE.get(request.query_params.get("done", ""), ""),
        proof=sessions.proof(request),
    )


def matter(request: Request) -> Response:
    """Answer `GET /w/matters/{id}`. Raises: NotSignedIn, NotFound."""
    return page(request, done=DONE.get(request.query_params.get("done", ""), ""))


def page(request: Request, *, status: int = 200, **facts: Any) -> Response:
    """Return the page of one matter, with what was typed still in it."""
    door, token = door_of(request), sessions.token_of(request)
    actor, now = sessions.person(request), door.clock()
    with door.office.work(token, now) as work:
        case = cases.open_case(work, petition_id=identity(request))
    told = {number for event in case.events for number in event.attachments}
    filled: dict[str, Any] = {
        "done": "",
        "problem": "",
        "problem_at": "",
        "typed": "",
        "kept": [],
        "key": "",
        **facts,
    }
    filled["key"] = filled["key"] or secrets.token_hex(16)
    return door.pages.show(
        request,
        "matter.html",
        status=status,
        actor=actor,
        case=case,
        photo_ids={f.id for f in case.attachments if f.kind is AttachmentKind.PHOTO},
        first_files=[file.id for file in case.attachments if file.id not in told],
        may={step.value for step in case.steps},
        may_escalate=bool(case.steps & set(ESCALATE.values())),
        is_running=case.state in OPEN,
        time_left=timelimits.in_words(now, case.due_at),
        now=now,
        purposes=PURPOSES,
        proof=sessions.proof(request),
        **filled,
    )


def attachment(request: Request) -> Response:
    """Answer `GET /w/files/{id}`. Raises: NotSignedIn, NotFound."""
    door = door_of(request)
    with door.office.work(sessions.token_of(request), door.clock()) as work:
        data, media_type = cases.attachment(work, attachment_id=identity(request))
    return files.shown(request, data, media_type)


def identity(request: Request) -> int:
    """Return the id in the address. Raises: NotFound for one that no database could hold."""
    value = int(request.path_params["id"])
    if value > ID_MAX:
        raise NotFound("没有找到这件事项")
    return value
