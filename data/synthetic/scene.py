"""What the slots of the grammar stand for in one visit, as one voice would say it."""

from collections.abc import Callable
from datetime import timedelta
from random import Random

from claims.note import Participant
from data.synthetic.clock_words import clock_text, date_text, minutes_text, number_words
from data.synthetic.visit import Performed, Visit
from data.synthetic.voice import Voice

_PRONOUNS = {
    "she": ("she", "her", "her", "herself", "is", "was", "has", "does", "s"),
    "he": ("he", "him", "his", "himself", "is", "was", "has", "does", "s"),
    "they": ("they", "them", "their", "themself", "are", "were", "have", "do", ""),
}
_PRONOUN_SLOTS = ("he", "him", "his", "himself", "is", "was", "has", "does", "s")
_FAMILY_OF_CHILD = ("mother", "father", "grandmother", "aide")
_FAMILY_OF_ADULT = ("spouse", "sister", "daughter", "friend")
_TITLES = {"she": "Ms. ", "he": "Mr. ", "they": "Mx. "}
_PLACES = {
    "home": ("home", "own home", "residence", "apartment", "house"),
    "work": ("workplace", "office at work", "break room at work"),
    "school": ("school", "dorm room", "school counseling room"),
    "car": ("parked car", "car, parked", "parked vehicle"),
    "other": ("relative's home", "hotel room", "library study room"),
}
_STATES = (
    "Ohio", "Oregon", "Texas", "Maine", "Georgia", "Colorado", "Illinois", "Florida", "Michigan",
    "Virginia", "Washington", "New York", "Tennessee", "Arizona", "Minnesota", "Nevada",
)  # fmt: skip
_DOCTORS = (
    "Albers", "Ito", "Mbeki", "Farrow", "Szabo", "Quintero", "Ashby", "Lindholm", "Varga", "Osei",
    "Pelletier", "Nakamura", "Brandt", "Castellanos", "Dwyer", "Hossain", "Kirkland", "Moreau",
    "Nwosu", "Petrov", "Rahimi", "Sandoval", "Tran", "Underhill", "Weiss", "Yoder", "Zhang",
)  # fmt: skip
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_TIMES_A_WEEK = ("", "weekly", "twice a week", "three times a week", "four times a week",
                 "five days a week", "six days a week", "daily")  # fmt: skip


class Scene:
    """One visit and one note about it: what has been said, and what is still to be said."""

    def __init__(self, visit: Visit, voice: Voice, prose: Random, today: Random) -> None:
        self.visit = visit
        self.voice = voice
        self.prose = prose
        self.today = today
        """Chance for what a copied note has of its own: times and dates."""
        self.random = prose.random
        self.activity: Performed | None = None
        self.total = visit.minutes
        """The stated total of minutes, stale where the voice miscounts."""
        self.named: set[Participant] = set()
        """Who, beside the client, occurs in the text."""
        self.used: set[tuple[str, str]] = set()
        episode = Random(visit.episode_seed)
        self.base = 5 * episode.randint(3, 9)
        self.target = 5 * episode.randint(15, 18)
        reach = self.base + visit.progress * (self.target - self.base)
        self.now = max(5, min(100, 5 * round((reach + prose.uniform(-8, 8)) / 5)))
        self.previous = max(0, self.now - 5 * int(prose.random() * 5 - 1))
        self.doctor = _DOCTORS[int(episode.random() * len(_DOCTORS))]
        self.state = _STATES[int(episode.random() * len(_STATES))]
        self.clock = self._one_today(voice.clock)
        self.dates = self._one_today(voice.dates)
        self.minutes = self._one_today(voice.minutes)
        if self.clock == "words" and self.minutes != "words":
            self.minutes = "n minutes"
        self.span = self._one_today(voice.range)

    def pick(self, of: tuple[str, ...]) -> str:
        """One of them."""
        return of[int(self.random() * len(of))]

    def _one_today(self, of: tuple[str, ...]) -> str:
        return of[int(self.today.random() * len(of))]

    def client(self) -> str:
        """The client, as this voice calls a client in this place."""
        person = self.visit.client
        form = self.pick(self.voice.client)
        if "{" not in form:
            return form
        title = (
            person.name
            if person.age < 18 or not person.surname
            else (f"{_TITLES[person.pronoun]}{person.surname}")
        )
        return form.format(
            name=person.name, initial=person.name[:1], title=title, he=person.pronoun
        )

    def day(self, low: int, high: int) -> str:
        """A day so many days from the visit, never a Sunday."""
        days = low + int(self.random() * (high - low + 1))
        when = self.visit.date_of_service + timedelta(days=days)
        if when.weekday() == 6:
            when += timedelta(days=1)
        return date_text(when, self.dates)

    def other_clock(self) -> str:
        """A clock time that has nothing to do with the session."""
        hour = 6 + int(self.random() * 15)
        return clock_text(f"{hour:02d}:{5 * int(self.random() * 12):02d}", self.clock)

    def others(self) -> tuple[Participant, ...]:
        """Everybody but the client."""
        return tuple(one for one in self.visit.participants if one != "client")

    def other(self) -> str:
        """Somebody beside the client who is there."""
        there = [one for one in self.others() if one not in ("group", "interpreter", "other")]
        if not there:
            young = self.visit.client.age < 18 or self.visit.discipline == "ABA"
            return self.pick(_FAMILY_OF_CHILD if young else _FAMILY_OF_ADULT)
        self.named.add(there[0])
        return there[0]

    def company(self) -> str:
        """All beside the client, as a list."""
        names = [one for one in self.others() if one not in ("group", "other")]
        self.named.update(self.others())
        return " and ".join(names) or "caregiver"


def _gross(scene: Scene) -> int:
    start, stop = scene.visit.start or "00:00", scene.visit.stop or "00:00"
    return (60 * (int(stop[:2]) - int(start[:2])) + int(stop[3:]) - int(start[3:])) % 1440


def _length(scene: Scene, minutes: int) -> str:
    return minutes_text(minutes, scene.minutes)


def _time_span(scene: Scene) -> str:
    start, stop = scene.visit.start or "", scene.visit.stop or ""
    first = clock_text(start, scene.clock)
    if (
        scene.clock in ("1:05 PM", "1:05pm")
        and scene.span == "-"
        and ((start < "12:00") == (stop < "12:00"))
    ):
        # 1:05-1:50 PM: the half of the day stands once.
        first = clock_text(start, "1:05")
    return f"{first}{scene.span}{clock_text(stop, scene.clock)}"


def _age(scene: Scene) -> str:
    return str(scene.visit.client.age)


def _code(scene: Scene) -> str:
    code = scene.visit.diagnosis.code
    return f"{code[:3]}.{code[3:]}" if len(code) > 3 else code


def _plan_day(which: str, low: int, high: int) -> Callable[[Scene], str]:
    def slot(scene: Scene) -> str:
        plan = scene.visit.plan_of_care
        day = getattr(plan, which) if plan else None
        return date_text(day, scene.dates) if day else scene.day(low, high)

    return slot


def _pronoun(index: int, capital: bool) -> Callable[[Scene], str]:
    def slot(scene: Scene) -> str:
        word = _PRONOUNS[scene.visit.client.pronoun][index]
        return word.capitalize() if capital else word

    return slot


def _activity_minutes(scene: Scene) -> str:
    return _length(scene, scene.activity.minutes if scene.activity else 0)


def _assistant_mark(scene: Scene) -> str:
    if scene.activity and scene.activity.by == "assistant":
        return scene.pick((" (by {0})", ", {0}", " - {0} alone", " [{0}]")).format(
            {"PT": "PTA", "OT": "COTA", "SLP": "SLPA"}.get(scene.visit.discipline, "asst")
        )
    return ""


def _timed(scene: Scene) -> int:
    return sum(one.minutes for one in scene.visit.activities if one.timed)


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]


def _member_of_staff(name: str, short: bool) -> str:
    parts = name.split()
    return f"{parts[0][0]}. {' '.join(parts[1:])}" if short and len(parts) > 1 else name


def _name(scene: Scene) -> str:
    return _member_of_staff(scene.visit.writer.name, len(scene.voice.name) % 3 == 0)


def _billed(scene: Scene) -> str:
    """Codes as somebody entered them, which may be wrong."""
    return (
        scene.pick(("; ", ", ", " ")).join(
            f"{code.code} x{max(1, code.units + (scene.random() < 0.25) - (scene.random() < 0.1))}"
            for code in scene.visit.codes
        )
        or "none"
    )


SLOTS: dict[str, Callable[[Scene], str]] = {
    "cl": Scene.client,
    "Cl": lambda scene: _upper(scene.client()),
    "I": lambda scene: scene.voice.me,
    "other": Scene.other,
    "Other": lambda scene: _upper(scene.other()),
    "company": Scene.company,
    "Company": lambda scene: _upper(scene.company()),
    "lastdate": lambda scene: scene.day(-10, -3),
    "pastdate": lambda scene: scene.day(-90, -14),
    "nextdate": lambda scene: scene.day(3, 10),
    "laterdate": lambda scene: scene.day(14, 45),
    "visitdate": lambda scene: date_text(scene.visit.date_of_service, scene.dates),
    "weekday": lambda scene: scene.pick(_DAYS[:6]),
    "lastday": lambda scene: scene.pick(_DAYS),
    "clock": Scene.other_clock,
    "start": lambda scene: clock_text(scene.visit.start or "00:00", scene.clock),
    "stop": lambda scene: clock_text(scene.visit.stop or "00:00", scene.clock),
    "range": _time_span,
    "min": lambda scene: _length(scene, scene.total),
    "minwords": lambda scene: number_words(scene.total),
    "gross": lambda scene: _length(scene, _gross(scene)),
    "break": lambda scene: _length(scene, _gross(scene) - scene.visit.minutes),
    "pmin": lambda scene: _length(scene, scene.visit.psychotherapy_minutes or 0),
    "emin": lambda scene: _length(
        scene, scene.visit.minutes - (scene.visit.psychotherapy_minutes or 0)
    ),
    "amin": _activity_minutes,
    "acode": lambda scene: (scene.activity.code if scene.activity else None) or "",
    "by": _assistant_mark,
    "tmin": lambda scene: _length(scene, _timed(scene)),
    "billed": _billed,
    "dxname": lambda scene: scene.visit.diagnosis.name,
    "dxcode": _code,
    "age": _age,
    "visitno": lambda scene: str(scene.visit.visit_number),
    "size": lambda scene: str(scene.visit.group_size or 6),
    "freq": lambda scene: (
        _TIMES_A_WEEK[scene.visit.frequency]
        if scene.random() < 0.6 or scene.visit.frequency == 1
        else f"{scene.visit.frequency}x/week"
    ),
    "base": lambda scene: f"{scene.base}%",
    "now": lambda scene: f"{scene.now}%",
    "previous": lambda scene: f"{scene.previous}%",
    "target": lambda scene: f"{scene.target}%",
    "goalno": lambda scene: str(1 + int(scene.random() * 4)),
    "pocstart": _plan_day("start", -80, -10),
    "poccert": _plan_day("certified", -70, -8),
    "pocend": _plan_day("expires", 10, 80),
    "place": lambda scene: scene.pick(
        _PLACES[scene.visit.telehealth.client_location if scene.visit.telehealth else "home"]
    ),
    "state": lambda scene: scene.state,
    "doctor": lambda scene: f"Dr. {scene.doctor}",
    "name": _name,
    "fullname": lambda scene: scene.visit.writer.name,
    "initials": lambda scene: "".join(part[0] for part in scene.visit.writer.name.split()),
    "cred": lambda scene: scene.visit.writer.credential,
    "supname": lambda scene: scene.visit.supervisor.name if scene.visit.supervisor else "",
    "supcred": lambda scene: scene.visit.supervisor.credential if scene.visit.supervisor else "",
    "signclock": lambda scene: clock_text(
        f"{(int((scene.visit.stop or '15:00')[:2]) + 1 + int(scene.today.random() * 4)) % 24:02d}"
        f":{int(scene.today.random() * 60):02d}",
        scene.clock,
    ),
}
"""Every slot that is neither a rule nor a phrase of the bank."""
for _index, _word in enumerate(_PRONOUN_SLOTS):
    SLOTS[_word] = _pronoun(_index, capital=False)
    SLOTS[_word.capitalize()] = _pronoun(_index, capital=True)

ABOUT_TODAY = frozenset({"start", "stop", "range", "min", "signclock"})
