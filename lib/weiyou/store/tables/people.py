"""Accounts, sessions, sign-in attempts, and who opened which kernel."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from weiyou.domain.people import Role
from weiyou.store.tables.base import OPEN, Table, WordType, personal


class Account(Table):
    """A member of staff, a village cadre or a grid worker. 账号"""

    __tablename__ = "account"

    id: Mapped[int] = mapped_column(primary_key=True, info=OPEN)
    login: Mapped[str] = mapped_column(String(60), unique=True, info=OPEN)
    name: Mapped[str] = mapped_column(String(40), info=personal("联系网格员", "离任后 3 年"))
    role: Mapped[Role] = mapped_column(WordType(Role), info=OPEN)
    department_id: Mapped[int | None] = mapped_column(ForeignKey("department.id"), info=OPEN)
    telephone: Mapped[str | None] = mapped_column(
        String(30), info=personal("海报与来电", "离任后删除")
    )
    password_hash: Mapped[str | None] = mapped_column(
        String(200), info=personal("登录", "离任后删除")
    )
    active: Mapped[bool] = mapped_column(default=True, info=OPEN)
    demo: Mapped[bool] = mapped_column(default=False, info=OPEN)
    created_at: Mapped[datetime] = mapped_column(info=OPEN)
    posts: Mapped[list[Post]] = relationship(back_populates="account", lazy="selectin")


class Post(Table):
    """An area that an account answers for; a grid worker may have several. 任职"""

    __tablename__ = "post"
    __table_args__ = (UniqueConstraint("account_id", "area"),)

    id: Mapped[int] = mapped_column(primary_key=True, info=OPEN)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True, info=OPEN)
    area: Mapped[str] = mapped_column(String(15), index=True, info=OPEN)
    leads: Mapped[bool] = mapped_column(default=False, info=OPEN)  # named on the poster
    account: Mapped[Account] = relationship(back_populates="posts")


class Session(Table):
    """A signed-in browser. The cookie's secret is kept as a hash only. 会话"""

    __tablename__ = "session"

    id: Mapped[int] = mapped_column(primary_key=True, info=OPEN)
    token_hash: Mapped[str] = mapped_column(
        String(64), unique=True, info=personal("登录", "结束后 180 天")
    )
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True, info=OPEN)
    door: Mapped[str] = mapped_column(String(10), info=OPEN)  # desk, phone
    created_at: Mapped[datetime] = mapped_column(info=OPEN)
    seen_at: Mapped[datetime] = mapped_column(info=OPEN)
    expires_at: Mapped[datetime] = mapped_column(info=OPEN)
    ended_at: Mapped[datetime | None] = mapped_column(info=OPEN)
    device: Mapped[str] = mapped_column(
        String(60),
        default="",
        server_default=text("''"),
        info=personal("核对自己的登录", "结束后 180 天"),
    )


class Kernel(Table):
    """A desk kernel and the session that it acts for; its pass is kept as a hash only. 内核"""

    __tablename__ = "kernel"

    id: Mapped[str] = mapped_column(String(64), primary_key=True, info=OPEN)
    pass_hash: Mapped[str] = mapped_column(
        String(64), unique=True, info=personal("登录", "结束后删除")
    )
    session_id: Mapped[int] = mapped_column(ForeignKey("session.id"), index=True, info=OPEN)
    app: Mapped[str] = mapped_column(String(80), info=OPEN)
    started_at: Mapped[datetime] = mapped_column(info=OPEN)
    ended_at: Mapped[datetime | None] = mapped_column(info=OPEN)


class SignInAttempt(Table):
    """A try to sign in, for the throttle. 登录尝试"""

    __tablename__ = "sign_in_attempt"
    __table_args__ = (
        Index("ix_sign_in_attempt_login_at", "login", "at"),
        Index("ix_sign_in_attempt_address_at", "address", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, info=OPEN)
    login: Mapped[str] = mapped_column(String(60), info=personal("防止猜密码", "180 天"))
    address: Mapped[str] = mapped_column(String(45), info=personal("防止猜密码", "180 天"))
    at: Mapped[datetime] = mapped_column(index=True, info=OPEN)
    succeeded: Mapped[bool] = mapped_column(info=OPEN)


class HalfSignIn(Table):
    """A right password that waits for its code; it opens nothing by itself. 半登录"""

    __tablename__ = "half_sign_in"

    id: Mapped[int] = mapped_column(primary_key=True, info=OPEN)
    token_hash: Mapped[str] = mapped_column(
        String(64), unique=True, info=personal("登录", "结束后 180 天")
    )
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True, info=OPEN)
    door: Mapped[str] = mapped_column(String(10), info=OPEN)
    address: Mapped[str] = mapped_column(String(45), info=personal("防止猜密码", "180 天"))
    device: Mapped[str] = mapped_column(String(60), info=personal("核对自己的登录", "180 天"))
    created_at: Mapped[datetime] = mapped_column(info=OPEN)
    expires_at: Mapped[datetime] = mapped_column(index=True, info=OPEN)
    ended_at: Mapped[datetime | None] = mapped_column(info=OPEN)


class SecondFactor(Table):
    """What an account's authenticator app knows, sealed; it counts once confirmed. 两步登录"""

    __tablename__ = "second_factor"

    account_id: Mapped[int] = mapped_column(
        ForeignKey("account.id"), primary_key=True, autoincrement=False, info=OPEN
    )
    secret_sealed: Mapped[str] = mapped_column(String(200), info=personal("两步登录", "关闭后删除"))
    begun_at: Mapped[datetime] = mapped_column(info=OPEN)
    confirmed_at: Mapped[datetime | None] = mapped_column(info=OPEN)
    last_step: Mapped[int] = mapped_column(default=0, info=OPEN)


class RecoveryCode(Table):
    """A code for the day that the phone is lost: single use, kept as a hash only. 恢复码"""

    __tablename__ = "recovery_code"

    id: Mapped[int] = mapped_column(primary_key=True, info=OPEN)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True, info=OPEN)
    code_hash: Mapped[str] = mapped_column(String(64), info=personal("两步登录", "关闭后删除"))
    used_at: Mapped[datetime | None] = mapped_column(info=OPEN)


class WrongCode(Table):
    """A wrong code of the second step, for the throttle. 错误验证码"""

    __tablename__ = "wrong_code"
    __table_args__ = (Index("ix_wrong_code_account_id_at", "account_id", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True, info=OPEN)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), info=OPEN)
    at: Mapped[datetime] = mapped_column(index=True, info=OPEN)
