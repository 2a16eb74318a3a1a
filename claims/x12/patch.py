"""Changed claims written into the X12 file that they came from, byte-true.

Only the segments that a change touches become other bytes, and SE01 where a segment comes or
goes; delimiters, line breaks, padding and everything else stay as they were.
"""

import io
from collections.abc import Iterable, Mapping, Sequence

from claims.claim import Claim, Provider, ServiceLine, Submission
from claims.problem import ClaimwrightError
from claims.x12.fields import element
from claims.x12.segments import Segment, cut

BEFORE_CLAIM_REFERENCE = ("CLM", "DTP", "PWK", "CN1", "AMT", "REF")
BEFORE_LINE_REFERENCE = (
    "LX", "SV1", "SV5", "PWK", "CR1", "CR3", "CRC", "DTP", "QTY", "MEA", "CN1", "REF",
)  # fmt: skip
AFTER_RENDERING = ("77", "DQ", "PW", "45")
"""NM1 roles of a claim that come after its rendering provider."""
COPIED = ("SV5", "PWK", "CRC", "DTP", "MEA", "CN1", "REF", "NTE", "HCP")
"""Segments of a line that a part split off from it needs too."""


class _Loop:
    """The segments of one claim, and what becomes of each."""

    def __init__(self, segments: Sequence[Segment]) -> None:
        self.segments = list(segments)
        self.changed: dict[int, list[str]] = {}
        """New elements by the segment's number."""
        self.after: dict[int, list[list[str]]] = {}
        """Segments to come after one, by its number."""
        first = next((i for i, s in enumerate(segments) if s.id == "LX"), len(segments))
        self.head = self.segments[:first]
        self.others = next((i for i, s in enumerate(self.head) if s.id == "SBR"), len(self.head))
        self.lines: list[list[Segment]] = []
        for segment in self.segments[first:]:
            if segment.id == "LX":
                self.lines.append([])
            self.lines[-1].append(segment)

    def set(self, segment: Segment, number: int, value: str) -> None:
        """Another value for one element."""
        elements = self.changed.setdefault(segment.number, list(segment.elements))
        elements += [""] * (number + 1 - len(elements))
        elements[number] = value

    def add(self, after: Segment, elements: list[str]) -> None:
        """A new segment behind one that is there."""
        self.after.setdefault(after.number, []).append(elements)

    @property
    def own(self) -> list[Segment]:
        """The claim's segments before other payers' loops and lines."""
        return self.head[: self.others]


def patch(content: bytes, submissions: Iterable[Submission], changed: Mapping[int, Claim]) -> bytes:
    """The file with some of its claims changed.

    submissions: as read from this very content. changed: the new claims by position.
    Raises ClaimwrightError for a change that has no place in the file.
    """
    segments = list(cut(io.BytesIO(content)))
    by_number = {segment.number: segment for segment in segments if segment.id}
    rewritten: dict[int, bytes] = {}
    more: dict[int, int] = {}
    for one in submissions:
        claim = changed.get(one.source.position)
        if claim is None or one.source.first_segment is None or one.source.last_segment is None:
            continue
        first, last = one.source.first_segment, one.source.last_segment
        loop = _Loop([by_number[n] for n in range(first, last + 1) if n in by_number])
        _change(loop, one.claim, claim)
        for segment in loop.segments:
            new = _written(segment, content, loop)
            if new is not None:
                rewritten[segment.number] = new
        added = sum(map(len, loop.after.values()))
        if added:
            more[last] = added
    _count(segments, more, rewritten, content)
    parts = []
    for segment in segments:
        new = rewritten.get(segment.number) if segment.id else None
        parts.append(content[segment.start : segment.end] if new is None else new)
    return b"".join(parts)


def _written(segment: Segment, content: bytes, loop: _Loop) -> bytes | None:
    """The segment's new bytes with those of what comes after it; None where nothing changes."""
    elements = loop.changed.get(segment.number)
    added = loop.after.get(segment.number, ())
    if elements is None and not added:
        return None
    blanks = content[segment.start : segment.begin]
    end = content[segment.end - 1 : segment.end]
    old = content[segment.start : segment.end]
    done = old if elements is None else blanks + _bytes(elements, segment, end)
    return done + b"".join(blanks + _bytes(one, segment, end) for one in added)


def _bytes(elements: Sequence[str], segment: Segment, end: bytes) -> bytes:
    kept = list(elements)
    while kept and not kept[-1]:
        kept.pop()
    return segment.delimiters.element.join(kept).encode("latin-1") + end


def _count(
    segments: Sequence[Segment],
    more: Mapping[int, int],
    rewritten: dict[int, bytes],
    content: bytes,
) -> None:
    """SE01 of each transaction in which segments were added."""
    waiting = 0
    for segment in segments:
        waiting += more.get(segment.number, 0) if segment.id else 0
        if segment.id != "SE" or not waiting:
            continue
        told = element(segment, 1)
        if told.isdigit():
            elements = list(segment.elements)
            elements[1] = str(int(told) + waiting).zfill(len(told) if told[0] == "0" else 1)
            blanks = content[segment.start : segment.begin]
            end = content[segment.end - 1 : segment.end]
            rewritten[segment.number] = blanks + _bytes(elements, segment, end)
        waiting = 0


def _change(loop: _Loop, old: Claim, new: Claim) -> None:
    clm = loop.segments[0]
    if new.charge != old.charge:
        loop.set(clm, 2, f"{new.charge.normalize():f}")
    if new.place_of_service != old.place_of_service:
        _set_component(loop, clm, 5, 0, new.place_of_service)
    if new.diagnoses != old.diagnoses:
        _diagnoses(loop, old, new)
    if new.authorization_number != old.authorization_number:
        _reference(loop, loop.own, BEFORE_CLAIM_REFERENCE, new.authorization_number or "")
    if new.rendering != old.rendering and new.rendering is not None:
        _rendering(loop, loop.own, new.rendering)
    before = {line.line: (line, loop.lines[place]) for place, line in enumerate(old.lines)}
    for line in new.lines:
        held = before.get(line.line)
        if held is None:
            _new_line(loop, old, line)
        elif held[0] != line:
            _line(loop, held[1], held[0], line)


def _set_component(loop: _Loop, segment: Segment, number: int, place: int, value: str) -> None:
    separator = segment.delimiters.component
    elements = loop.changed.get(segment.number, segment.elements)
    parts = elements[number].split(separator) if number < len(elements) else [""]
    parts += [""] * (place + 1 - len(parts))
    parts[place] = value
    loop.set(segment, number, separator.join(parts))


def _find(segments: Sequence[Segment], name: str, qualifier: str = "") -> Segment | None:
    return next(
        (s for s in segments if s.id == name and (not qualifier or element(s, 1) == qualifier)),
        None,
    )


def _line(loop: _Loop, segments: Sequence[Segment], old: ServiceLine, new: ServiceLine) -> None:
    sv1 = _find(segments, "SV1")
    if sv1 is None:
        raise ClaimwrightError(f"line {old.line} has no SV1 segment to change")
    if new.procedure != old.procedure or new.modifiers != old.modifiers:
        loop.set(sv1, 1, _procedure(sv1, new))
    if new.charge != old.charge:
        loop.set(sv1, 2, f"{new.charge.normalize():f}")
    if new.units != old.units:
        loop.set(sv1, 4, f"{new.units.normalize():f}")
    if new.place_of_service != old.place_of_service:
        loop.set(sv1, 5, new.place_of_service or "")
    if new.authorization_number != old.authorization_number:
        _reference(loop, _own_part(segments), BEFORE_LINE_REFERENCE, new.authorization_number or "")
    if new.rendering != old.rendering and new.rendering is not None:
        _rendering(loop, segments, new.rendering)


def _own_part(segments: Sequence[Segment]) -> list[Segment]:
    """A line's segments before its providers' and other payers' loops."""
    end = next((i for i, s in enumerate(segments) if s.id in ("NM1", "SVD")), len(segments))
    return list(segments[:end])


def _procedure(sv1: Segment, line: ServiceLine) -> str:
    """SV101 with the line's code and modifiers; a description stays in its place."""
    separator = sv1.delimiters.component
    parts = sv1.elements[1].split(separator)
    rest = parts[6:]
    modifiers = list(line.modifiers)
    if rest:
        modifiers += [""] * (4 - len(modifiers))
    return separator.join([parts[0], line.procedure, *modifiers, *rest])


def _diagnoses(loop: _Loop, old: Claim, new: Claim) -> None:
    """The codes that changed, each where it stood; a further one behind the last."""
    places = [
        (segment, number)
        for segment in loop.own
        if segment.id == "HI"
        for number in range(1, len(segment.elements))
        if segment.elements[number].split(segment.delimiters.component)[0]
        in ("ABK", "ABF", "BK", "BF")
    ]
    for place, one in enumerate(new.diagnoses):
        if place < len(old.diagnoses):
            if one != old.diagnoses[place] and place < len(places):
                segment, number = places[place]
                first = "ABK" if place == 0 else "ABF"
                _set_component(loop, segment, number, 0, first)
                _set_component(loop, segment, number, 1, one.code)
            continue
        qualifier = "ABK" if place == 0 else "ABF"
        if places:
            segment = places[-1][0]
            value = segment.delimiters.component.join((qualifier, one.code))
            elements = loop.changed.get(segment.number, segment.elements)
            loop.set(segment, len(elements), value)
        else:
            after = [
                s
                for s in loop.own
                if s.id in (*BEFORE_CLAIM_REFERENCE, "K3", "NTE", "CR1", "CR2", "CRC")
            ][-1]
            value = after.delimiters.component.join((qualifier, one.code))
            loop.add(after, ["HI", value])


def _reference(
    loop: _Loop, segments: Sequence[Segment], before: Sequence[str], number: str
) -> None:
    """REF*G1, changed or put in its place."""
    party = next((i for i, s in enumerate(segments) if s.id == "NM1"), len(segments))
    own = segments[:party]
    held = _find(own, "REF", "G1")
    if held is not None:
        loop.set(held, 2, number)
        return
    after = [segment for segment in own if segment.id in before][-1]
    loop.add(after, ["REF", "G1", number])


def _rendering(loop: _Loop, segments: Sequence[Segment], provider: Provider) -> None:
    """NM1*82 and its PRV, changed or put in their place."""
    entity = "1" if provider.entity == "person" else "2"
    names = ["NM1", "82", entity, provider.name, provider.first_name, provider.middle_name, "",
             provider.suffix, "XX", provider.npi or ""]  # fmt: skip
    # Names may be beyond ASCII; segments hold their bytes as Latin-1.
    names = [name.encode().decode("latin-1") for name in names]
    place = next(
        (i for i, s in enumerate(segments) if s.id == "NM1" and element(s, 1) == "82"), None
    )
    if place is not None:
        nm1 = segments[place]
        for number, value in enumerate(names[2:], 2):
            held = nm1.elements[number] if number < len(nm1.elements) else ""
            if held.strip() != value:
                loop.set(nm1, number, value)
        prv = segments[place + 1] if place + 1 < len(segments) else None
        if prv is not None and prv.id == "PRV":
            if provider.taxonomy and element(prv, 3) != provider.taxonomy:
                loop.set(prv, 3, provider.taxonomy)
        elif provider.taxonomy:
            loop.add(nm1, ["PRV", "PE", "PXC", provider.taxonomy])
        return
    if not provider.name:
        raise ClaimwrightError("a rendering provider cannot be written without a name")
    end = next(
        (
            i
            for i, s in enumerate(segments)
            if (s.id == "NM1" and element(s, 1) in AFTER_RENDERING) or s.id in ("SBR", "SVD")
        ),
        len(segments),
    )
    after = segments[end - 1]
    loop.add(after, names)
    if provider.taxonomy:
        loop.add(after, ["PRV", "PE", "PXC", provider.taxonomy])


def _new_line(loop: _Loop, old: Claim, line: ServiceLine) -> None:
    """A part split off: the segments of the line that it came from, with its own values."""
    for place, one in enumerate(old.lines):
        if (one.procedure, one.service_from) == (line.procedure, line.service_from):
            source = loop.lines[place]
            break
    else:
        raise ClaimwrightError(f"line {line.line} comes from no line of the file")
    sv1 = _find(source, "SV1")
    if sv1 is None:
        raise ClaimwrightError(f"line {line.line} has no SV1 segment to copy")
    last = loop.lines[-1][-1]
    loop.add(last, ["LX", str(line.line)])
    new = list(sv1.elements)
    new[1] = _procedure(sv1, line)
    new[2], new[4] = f"{line.charge.normalize():f}", f"{line.units.normalize():f}"
    loop.add(last, new)
    for segment in _own_part(source):
        if segment.id in COPIED and not (segment.id == "REF" and element(segment, 1) == "6R"):
            loop.add(last, list(segment.elements))
