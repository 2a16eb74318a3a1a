"""Candidate policy rules out of what payers were seen to do, for a person to accept.

A finding of `training.changes` becomes a rule of the practice's own policy format where one can
say it; what no rule can say (eligibility, say) stands there as a comment. Nothing is put in force
here: the file is for somebody to read, correct and move into the practice's policies folder.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from claims.codes.modifiers import in_group
from claims.codes.taxonomies import by_taxonomy
from claims.policies.book import line_of_business
from training.changes import Change
from training.drift import Knowledge, change_entry

LEAST_LINES = 30
"""Answered lines since the day below which a finding is not proposed as a rule."""
LEAST_RISE = 0.08
"""Rise of the denial rate below which it is not."""
LEAST_SURE_RISE, SURE = 0.05, 10.0
"""The same where the log likelihood ratio is so far beyond chance: a rule that few lines of a wide
scope fall foul of."""


@dataclass(frozen=True)
class Candidate:
    """A rule that the remittances suggest."""

    change: Change
    entry: Mapping[str, Any]
    """As the drift report tells it."""
    rule: Mapping[str, Any] | None
    """In the policy format, without what every rule has; None where no kind of rule says it."""
    plans: tuple[str, ...]
    """Plans that the rule names, for the head of its file."""
    known: date
    line_of_business: str

    def as_json(self) -> dict[str, Any]:
        """One line of `claimwright policies suggest --format json`."""
        change, entry = self.change, self.entry
        return {
            "payer": entry["payer"],
            "payer_name": entry["payer_name"],
            "procedures": list(change.scope.procedures),
            **{name: entry[name] for name in ("procedure", "modifier", "place")},
            "diagnosis": change.scope.value if change.scope.kind == "diagnosis" else None,
            "with": entry["with"],
            "reason": change.category,
            "support": change.lines,
            "rate": entry["after"],
            "before": entry["before"],
            "lift": round(change.after / max(change.before, 1 / (change.lines_before + 1)), 2),
            "interval": entry["interval"],
            "first_seen": entry["since"],
            "known": self.known.isoformat(),
            "rule": self.document() if self.rule is not None else None,
            "text": entry["text"],
        }

    def document(self) -> dict[str, Any]:
        """The whole rule, as a policy file holds it."""
        return {
            **(self.rule or {}),
            "effective": date.fromordinal(self.change.since),
            "known": self.known,
            "source": f"own remittances until {self.known}: {self.change.lines} answered lines",
            "certainty": "likely",
            "severity": "warning",
            "comment": str(self.entry["text"]),
        }


def candidates(knowledge: Knowledge) -> list[Candidate]:
    """What is worth proposing, by payer and day."""
    found = []
    for change in knowledge.changes:
        least = LEAST_SURE_RISE if change.evidence >= SURE else LEAST_RISE
        if change.lines < LEAST_LINES or change.after - change.before < least:
            continue
        when, plans = _when(change, knowledge)
        kind = _kind(change, when)
        rule = None if kind is None else {**kind, **({"when": when} if when else {})}
        entry = change_entry(change, knowledge)
        business = line_of_business(knowledge.indicators.get(change.scope.payer)) or "commercial"
        found.append(Candidate(change, entry, rule, plans, knowledge.as_of, business))
    return sorted(found, key=lambda one: (one.change.scope.payer, one.change.since))


def _when(change: Change, knowledge: Knowledge) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The rule's selector, and the plans that it names."""
    scope, lines = change.scope, knowledge.answered.lines
    rows = change.rows.tolist()
    when: dict[str, Any] = {}
    if scope.procedures:
        when["codes"] = list(scope.procedures)
    if scope.kind == "modifier":
        when["modifiers"] = [scope.value]
    elif scope.kind == "place":
        when["places"] = [scope.value]
    elif scope.kind == "diagnosis":
        when["diagnoses"] = [scope.value]
    elif scope.kind == "plan":
        when["plans"] = [scope.value]
        return when, (scope.value,)
    elif scope.kind == "credential":
        when["credentials"] = [scope.value]
    elif scope.kind == "role":
        standing = {by_taxonomy(lines.taxonomy[row]) for row in rows}
        when["credentials"] = sorted({one.credential for one in standing if one})
    elif scope.kind == "telehealth":
        remote = in_group("telehealth")
        worn = [remote & set(lines.modifiers[row].split()) for row in rows]
        if sum(map(bool, worn)) >= 0.9 * len(worn):
            when["modifiers"] = sorted(set().union(*worn))
        else:
            when["places"] = sorted({lines.place[row] for row in rows} & {"02", "10"})
    return when, ()


def _kind(change: Change, when: dict[str, Any]) -> dict[str, Any] | None:
    """The kind of rule that says a reason; takes out of `when` what the kind itself says."""
    reason, kind = change.category, change.scope.kind
    if reason == "authorization":
        return {"rule": "authorization", "required": True}
    if reason == "non_covered" and kind in ("telehealth", "modifier", "place"):
        remote = in_group("telehealth")
        if kind == "telehealth" or change.scope.value in {*remote, "02", "10"}:
            when.pop("modifiers", None)
            when.pop("places", None)
            return {"rule": "telehealth", "covered": False}
    if reason == "non_covered":
        return {"rule": "coverage", "covered": False, "reason": "non_covered"}
    if reason == "bundling":
        return {"rule": "coverage", "covered": False, "reason": "bundled"}
    if reason == "coding" and when.get("modifiers"):
        return {"rule": "modifier", "refuse": when.pop("modifiers")}
    if reason == "medical_necessity":
        return {"rule": "documentation", "elements": ["medical_necessity"]}
    if reason == "documentation":
        return {"rule": "documentation", "note_required": True}
    if reason == "provider" and when.get("credentials"):
        return {"rule": "credential", "refused": when.pop("credentials")}
    return None


def policy_text(found: Sequence[Candidate]) -> str:
    """The candidates as policy files, one YAML document a payer."""
    import yaml

    documents = []
    for payer in dict.fromkeys(one.change.scope.payer for one in found):
        own = [one for one in found if one.change.scope.payer == payer]
        name = str(own[0].entry["payer_name"])
        text = [
            f"# Candidates from remittances until {own[0].known}, for a person to check. Move what",
            "# holds into the policies folder of the practice's home.",
        ]
        head: dict[str, Any] = {
            "payer_id": payer,
            "name": name,
            "line_of_business": own[0].line_of_business,
        }
        plans = sorted({plan for one in own for plan in one.plans})
        if plans:
            head["plans"] = {plan: [plan] for plan in plans}
        head["rules"] = []
        for one in own:
            if one.rule is None:
                text.append(f"# No rule says this: {one.entry['text']}")
            else:
                head["rules"].append(one.document())
        body = yaml.safe_dump(head, sort_keys=False, allow_unicode=True, width=96)
        documents.append("\n".join(text) + "\n" + (body if head["rules"] else ""))
    return "---\n".join(documents)


def file_texts(found: Sequence[Candidate]) -> dict[str, str]:
    """The same as one file a payer, by file name; payers without a rule are left out."""
    files = {}
    for payer in dict.fromkeys(one.change.scope.payer for one in found):
        own = [one for one in found if one.change.scope.payer == payer]
        if any(one.rule is not None for one in own):
            safe = "".join(c if c.isalnum() else "-" for c in payer)
            files[f"{safe}-suggested.yaml"] = policy_text(own)
    return files
