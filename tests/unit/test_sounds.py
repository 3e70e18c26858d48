"""Voice notes: what is taken for a sound, and what is left of it."""

from __future__ import annotations

import hashlib
import io
import random
import wave

import pytest

from weiyou.adapters import sounds
from weiyou.errors import BadInput

EBML = b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82\x84webm\x42\x87\x81\x04"
WEBM = EBML + b"\x18\x53\x80\x67\x01" + b"\xff" * 7 + b"\x16\x54\xae\x6b\x86\x86A_OPUS" + b"." * 999
WEBM_FILM = WEBM.replace(b"A_OPUS", b"V_VP8 A_OPUS")
OGG = b"OggS\x00\x02" + bytes(20) + b"\x01\x13" + b"OpusHead\x01\x01" + b"." * 99
OGG_FILM = OGG.replace(b"OpusHead", b"\x80theora.")


def _box(kind: bytes, *inside: bytes) -> bytes:
    body = b"".join(inside)
    return (len(body) + 8).to_bytes(4, "big") + kind + body


def _track(kind: bytes) -> bytes:
    return _box(b"trak", _box(b"mdia", _box(b"hdlr", bytes(8), kind, bytes(13))))


def _mp4(*inside: bytes) -> bytes:
    kind = _box(b"ftyp", b"M4A \x00\x00\x00\x00")
    return kind + _box(b"moov", *inside) + _box(b"mdat", b"~" * 99)


def _wav() -> bytes:
    target = io.BytesIO()
    with wave.open(target, "wb") as note:
        note.setnchannels(1)
        note.setsampwidth(2)
        note.setframerate(16_000)
        note.writeframes(bytes(3_200))
    return target.getvalue()


@pytest.mark.parametrize(
    ("note", "media_type"),
    [
        pytest.param(WEBM, "audio/webm", id="Chrome"),
        pytest.param(OGG, "audio/ogg", id="Firefox"),
        pytest.param(_mp4(_track(b"soun")), "audio/mp4", id="Safari"),
        pytest.param(_wav(), "audio/wav", id="a recorder written in script"),
    ],
)
def test_a_voice_note_is_known_by_its_first_bytes(note: bytes, media_type: str) -> None:
    kept = sounds.check(note)
    assert kept.media_type == media_type
    assert kept.sha256 == hashlib.sha256(kept.data).hexdigest()
    assert len(kept.data) == len(note)


@pytest.mark.parametrize(
    "note",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"<html><script>", id="a page"),
        pytest.param(b"ID3\x04" + bytes(99), id="MP3"),
        pytest.param(WEBM_FILM, id="a film in WebM"),
        pytest.param(EBML.replace(b"webm", b"mkv!") + b"A_OPUS", id="Matroska"),
        pytest.param(OGG_FILM, id="a film in Ogg"),
        pytest.param(_mp4(_track(b"soun"), _track(b"vide")), id="a film in MP4"),
        pytest.param(_mp4(), id="an MP4 without tracks"),
        pytest.param(_mp4(_track(b"soun"))[:60], id="an MP4 cut before its tracks"),
        pytest.param(b"RIFF" + bytes(4) + b"AVI LIST", id="AVI"),
    ],
)
def test_what_is_no_voice_note_is_refused(note: bytes) -> None:
    with pytest.raises(BadInput, match="这段语音打不开") as refused:
        sounds.check(note)
    assert refused.value.field == "voice"


def test_more_than_five_megabytes_are_refused() -> None:
    assert sounds.check(WEBM + bytes(sounds.BYTES_MAX - len(WEBM)))
    with pytest.raises(BadInput, match="太长"):
        sounds.check(WEBM + bytes(sounds.BYTES_MAX))


@pytest.mark.parametrize("box", [b"udta", b"meta", b"uuid"])
def test_the_place_where_it_was_recorded_is_wiped(box: bytes) -> None:
    # Given a note with a place at every level that can hold one
    place = _box(box, "©xyz+34.31+118.01/".encode("latin-1"))
    track = _box(b"trak", place, _box(b"mdia", _box(b"hdlr", bytes(8), b"soun", bytes(13))))
    note = _mp4(place, track) + place

    # When it is taken in
    kept = sounds.check(note)

    # Then nothing of it is left, and the sound is where it was
    assert b"+34.31" not in kept.data
    assert kept.data.count(b"free") == 3
    assert kept.data.index(b"~" * 99) == note.index(b"~" * 99)


def test_sounds_of_long_and_open_sizes_are_walked() -> None:
    # Given sound data with a 64-bit size before the tracks, and a last box of no stated size
    long = (1).to_bytes(4, "big") + b"mdat" + (116).to_bytes(8, "big") + b"~" * 100
    note = _box(b"ftyp", b"M4A \x00\x00\x00\x00") + long + _box(b"moov", _track(b"soun"))
    last = bytes(4) + b"udta" + b"+34.31+118.01/"
    kept = sounds.check(note + last)
    assert b"+34.31" not in kept.data


def test_damaged_notes_are_taken_or_refused_and_nothing_else() -> None:
    chance = random.Random(20260302)
    samples = [WEBM, OGG, _mp4(_track(b"soun"), _box(b"udta", b"x" * 40)), _wav()[:500]]
    for _ in range(2_000):
        note = bytearray(chance.choice(samples))
        for _ in range(chance.randrange(1, 8)):
            note[chance.randrange(len(note))] = chance.randrange(256)
        try:
            sounds.check(bytes(note[: chance.randrange(1, len(note) + 1)]))
        except BadInput:
            continue
