"""What a note's text supports: the codes of the visit for which it says what they need."""

from typing import Any

from claims.note import ElementKey, NotBillableReason, Participant
from data.synthetic.page import Spans
from data.synthetic.visit import Performed, SupportedCode, Visit

_ADDS_TO = {
    "90840": "90839",
    "96131": "96130",
    "96137": "96136",
    "96159": "96158",
    "97130": "97129",
    "97551": "97550",
}
"""What needs the minutes of the code that it is added to."""
_BY_SESSION_TIME = frozenset(["90832", "90834", "90837", "90839", "90846", "90847", "96158"])
_BY_PSYCHOTHERAPY_TIME = frozenset(["90833", "90836", "90838"])
_ADD_ONS = frozenset(["90785", "90840", "90833", "90836", "90838"])


class Said:
    """What the writer has told so far of times and minutes."""

    def __init__(self, visit: Visit) -> None:
        self._visit = visit
        self.minutes: int | None = None
        self.start: str | None = None
        self.stop: str | None = None
        self.conflict = False
        self.psychotherapy: int | None = None
        self.by_code: dict[str, int] = {}
        self.by_assistant: dict[str, int] = {}
        self.total_timed: int | None = None
        self.gloss: set[ElementKey] = set()

    def lost_minutes(self) -> int:
        """Minutes between start and stop that are no session."""
        start, stop = self._visit.start, self._visit.stop
        if start is None or stop is None:
            return 0
        whole = 60 * (int(stop[:2]) - int(start[:2])) + int(stop[3:]) - int(start[3:])
        return max(0, whole % 1440 - self._visit.minutes)

    def time(self, rule: str, conflict: bool) -> None:
        """The session's time has been told by this rule."""
        self.minutes = self._visit.minutes
        self.conflict = conflict
        if rule not in ("time.total", "time.medical_total"):
            self.start, self.stop = self._visit.start, self._visit.stop

    def activity(self, activity: Performed) -> None:
        """The minutes of one activity have been told."""
        if activity.code is None or not activity.timed:
            return
        code = activity.code
        self.by_code[code] = self.by_code.get(code, 0) + activity.minutes
        if activity.by == "assistant":
            self.by_assistant[code] = self.by_assistant.get(code, 0) + activity.minutes

    def timed_total(self) -> None:
        """The total of timed minutes has been told."""
        timed = [one for one in self._visit.activities if one.timed]
        self.total_timed = sum(one.minutes for one in timed)
        if len({one.code for one in timed}) == 1 and not self.by_code:
            for one in timed:
                self.activity(one)

    def written(self, element: ElementKey) -> None:
        """An element has been written."""
        self.gloss.discard(element)

    def glossed(self, element: ElementKey) -> None:
        """Something stands for an element, too vague to count."""
        self.gloss.add(element)


def supported(visit: Visit, said: Said, found: Spans, named: set[Participant]) -> dict[str, Any]:
    """The fields of a WrittenNote that follow from what was said."""
    codes = _codes(visit, said)
    reason: NotBillableReason | None = None
    if visit.status != "held" and visit.status != "time_missing":
        codes = ()
        reason = visit.status
    elif not codes:
        reason = "time_missing" if visit.codes else "not_skilled"
    there = visit.status not in ("no_show", "cancelled")
    telehealth: bool | None = False
    if visit.telehealth is not None:
        shown = "telehealth_statement" in found or "telehealth_statement" in said.gloss
        telehealth = True if shown else None
    told = "participants" in found
    participants = tuple(
        one for one in visit.participants if one == "client" or told or one in named
    )
    return {
        "minutes": said.minutes,
        "start": said.start,
        "stop": said.stop,
        "conflict": said.conflict,
        "minutes_by_code": said.by_code,
        "assistant_minutes_by_code": said.by_assistant,
        "timed_minutes": said.total_timed,
        "psychotherapy_minutes": said.psychotherapy,
        "participants": participants if there else (),
        "group_size": visit.group_size if told else None,
        "telehealth": telehealth if there else False,
        "modality": visit.telehealth.modality if visit.telehealth and telehealth else None,
        "billable": reason is None,
        "not_billable_because": reason,
        "codes": codes,
    }


def _codes(visit: Visit, said: Said) -> tuple[SupportedCode, ...]:
    timed = {one.code for one in visit.activities if one.timed}
    kept = []
    for code in visit.codes:
        rests_on = _ADDS_TO.get(code.code, code.code)
        if rests_on in _BY_SESSION_TIME:
            borne = said.minutes is not None
        elif rests_on in _BY_PSYCHOTHERAPY_TIME:
            borne = said.psychotherapy is not None
        elif rests_on in timed:
            borne = rests_on in said.by_code or (
                visit.discipline == "MH" and said.minutes is not None
            )
        else:
            borne = True
        if borne:
            kept.append(code)
    if all(code.code in _ADD_ONS for code in kept):
        return ()
    return tuple(kept)
