"""What a resident's phone hands in, checked where it enters. 提交内容"""

from __future__ import annotations

from typing import Annotated, Any, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from weiyou.domain import petitions
from weiyou.domain.petitions import Draft, Location
from weiyou.errors import BadInput
from weiyou.phone.forms import printable

CHARS_MAX: Final = 20_000
"""Far more than is accepted, so that whoever writes too much is told by the rule itself."""

UNCLEAR: Final = "提交的内容无法识别，请刷新页面后重新提交（内容不会丢失）"
MESSAGES: Final = {
    "text": f"内容太长（最多 {petitions.TEXT_MAX_CHARS} 字），请精简后再提交",
    "category": "没有这个类别，请重新选择，或选“说不清”",
    "name": "称呼太长（最多 40 字），请改短",
    "phone": "电话号码不对，请检查；不想留电话可以不填",
    "place": "地点太长（最多 120 字），请改短",
    "location": "位置无效，请重新定位，或不附位置直接提交",
    "photos": f"照片无法识别，或超过 {petitions.PHOTOS_MAX} 张，请去掉几张再试",
    "voice": "语音无法识别，请重新录一段，或直接写字",
}

Words = Annotated[str, AfterValidator(printable)]
Hash = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class LocationIn(BaseModel):
    """A place as the browser tells it, WGS-84."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)

    lon: float
    lat: float
    accuracy_m: Annotated[float, Field(ge=0, le=1e7)] | None = None


class PetitionIn(BaseModel):
    """The body of a submission."""

    model_config = ConfigDict(extra="forbid", strict=True)

    text: Annotated[Words, Field(max_length=CHARS_MAX)] = ""
    category: Annotated[Words, Field(max_length=3)] | None = None
    name: Annotated[Words, Field(max_length=40)] | None = None
    phone: Annotated[Words, Field(max_length=40)] | None = None
    place: Annotated[Words, Field(max_length=120)] | None = None
    location: LocationIn | None = None
    photos: Annotated[list[Hash], Field(max_length=petitions.PHOTOS_MAX)] = []
    voice: Hash | None = None
    notice_version: Annotated[Words, Field(max_length=20)] = petitions.NOTICE_VERSION

    def draft(self) -> Draft:
        """Return what is handed in. Raises: BadInput."""
        return Draft(
            text=petitions.check_text(self.text, voice=self.voice is not None),
            category=self.category or None,
            name=(self.name or "").strip() or None,
            phone=petitions.check_phone(self.phone),
            place=(self.place or "").strip() or None,
            location=self._location(),
            photos=petitions.check_photos(tuple(dict.fromkeys(self.photos))),
            voice=self.voice,
            notice_version=self.notice_version,
        )

    def _location(self) -> Location | None:
        where = self.location
        return petitions.check_location(where.lon, where.lat, where.accuracy_m) if where else None


def from_json(body: bytes) -> Draft:
    """Return the draft in a JSON body. Raises: BadInput."""
    try:
        return PetitionIn.model_validate_json(body).draft()
    except ValidationError as fault:
        raise _refusal(fault) from None


def from_fields(fields: dict[str, Any]) -> Draft:
    """Return the draft of a plain form. Raises: BadInput."""
    try:
        return PetitionIn.model_validate(fields).draft()
    except ValidationError as fault:
        raise _refusal(fault) from None


def _refusal(fault: ValidationError) -> BadInput:
    first = fault.errors(include_url=False, include_context=False, include_input=False)[0]
    field = str(first["loc"][0]) if first["loc"] else ""
    return BadInput(MESSAGES.get(field, UNCLEAR), field if field in MESSAGES else "")
