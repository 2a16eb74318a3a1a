"""Whether a voice of somebody's own can be written in: its groups, its rules, its layout."""

from data.synthetic.bank import Bank
from data.synthetic.grammar import GrammarError
from data.synthetic.voice import Voice
from data.synthetic.writing import Speaker

_NEEDED: tuple[str, ...] = (
    "stamp", "signature", "supervision", "diagnosis", "telehealth_statement.video",
    "telehealth_statement.audio", "participants.with", "participants.absent",
    "participants.alone", "participants.group", "time.clock", "time.clock_total", "time.total",
    "time.break", "time.timed_total", "subjective", "response", "objective_measure",
    "goal_progress", "medical_necessity", "plan", "no_show", "cancelled", "not_skilled",
    "vague.session_time",
)  # fmt: skip
_NEEDED_IN_MENTAL_HEALTH = ("intervention", "risk", "mental_status")
_NEEDED_ELSEWHERE = (
    "plan_of_care", "home_program", "item.timed", "item.bare", "item_untimed", "item_vague",
    "item_vague.timed",
)  # fmt: skip


def check_voice(voice: Voice, bank: Bank) -> None:
    """Raises GrammarError where a voice names a group, a rule or a part that there is not."""
    for group in voice.groups:
        if group not in bank.groups():
            raise GrammarError(f"{voice.name}, groups: no fragments are of the group {group!r}")
    if key := Speaker(voice, bank).misplaced():
        raise GrammarError(f"{voice.name}, layout: {key!r} is nothing to put in a section")
    only = _NEEDED_IN_MENTAL_HEALTH if voice.discipline == "MH" else _NEEDED_ELSEWHERE
    for rule in (*_NEEDED, *only):
        if not any(
            name == rule or name.startswith(f"{rule}.")
            for name in bank.rules(voice.discipline, voice.groups)
        ):
            raise GrammarError(
                f"{voice.name}, groups: {', '.join(voice.groups)} have no rule {rule!r}"
            )
