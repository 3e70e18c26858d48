"""What the timer does: closing what nobody objects to, forgetting what has had its time. 定时"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from weiyou.domain.workflow import REOPEN_WITHIN
from weiyou.services import closure
from weiyou.services.office import CLOCK, Office
from weiyou.store import upkeep

KEYS_KEPT: Final = timedelta(days=30)
TRACES_KEPT: Final = timedelta(days=180)
"""Sign-in attempts and ended sessions. Source: 网络安全法 第二十一条（三）, six months."""

CONTACT_KEPT: Final = REOPEN_WITHIN + timedelta(days=90)
"""So long after its end a matter keeps the resident's name and number, as the notice promises."""


def tick(office: Office, now: datetime) -> dict[str, int]:
    """Do what is due, each in its own transaction, and return how much of it there was."""
    done: dict[str, int] = {}
    with office.work(CLOCK, now) as work:
        answered_before = now - timedelta(days=office.settings.confirm_days)
        done["closed"] = closure.close_unanswered(work, answered_before=answered_before)
    with office.work(CLOCK, now) as work:
        done["keys"] = upkeep.forget_submissions(work.session, now - KEYS_KEPT)
        done["attempts"] = upkeep.forget_attempts(work.session, now - TRACES_KEPT)
        done["codes"] = upkeep.forget_codes(work.session, now - TRACES_KEPT)
        done["sessions"] = upkeep.forget_sessions(work.session, now - TRACES_KEPT)
    done["contacts"] = _forget_contacts(office, now)
    done["uploads"] = _forget_uploads(office, now)
    office.store.refresh_statistics()
    return done


def _forget_contacts(office: Office, now: datetime) -> int:
    """Forget names and numbers of residents whose matters ended long ago, and leave a trace."""
    with office.work(CLOCK, now) as work:
        gone = upkeep.forget_contacts(work.session, now - CONTACT_KEPT)
        for petition_id in gone:
            work.remember("forget", "petition", petition_id, reason="期满删除称呼和电话")
    return len(gone)


def _forget_uploads(office: Office, now: datetime) -> int:
    """Remove files whose matter never came; the row goes first, so that none points nowhere."""
    with office.work(CLOCK, now) as work:
        names = upkeep.forget_uploads(work.session, now - KEYS_KEPT)
    for name in names:
        office.files.remove(name)
    return len(names)
