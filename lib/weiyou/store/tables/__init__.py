"""All tables, so that the metadata is whole wherever one of them is imported."""

from weiyou.store.tables.areas import Area, Category, Department, QrCode, QrScan
from weiyou.store.tables.base import Table
from weiyou.store.tables.households import Household, Person
from weiyou.store.tables.people import (
    Account,
    HalfSignIn,
    Kernel,
    Post,
    RecoveryCode,
    SecondFactor,
    Session,
    SignInAttempt,
    WrongCode,
)
from weiyou.store.tables.petitions import (
    Attachment,
    Petition,
    PetitionEvent,
    Rating,
    Submission,
)
from weiyou.store.tables.traces import AuditEvent, AuditHead, OutboxMessage

__all__ = [
    "Account",
    "Area",
    "Attachment",
    "AuditEvent",
    "AuditHead",
    "Category",
    "Department",
    "HalfSignIn",
    "Household",
    "Kernel",
    "OutboxMessage",
    "Person",
    "Petition",
    "PetitionEvent",
    "Post",
    "QrCode",
    "QrScan",
    "Rating",
    "RecoveryCode",
    "SecondFactor",
    "Session",
    "SignInAttempt",
    "Submission",
    "Table",
    "WrongCode",
]
