"""What payers have announced, as policy files that the practice can read (docs/policies.md)."""

from datetime import date, timedelta
from typing import Any

import yaml

from data.synthetic.coding import ASSISTANT_MODIFIER
from data.synthetic.hidden import Hidden
from data.synthetic.tables import credentials
from data.synthetic.world import World
from data.synthetic.world_payers import PayerWorld

Rules = dict[str, dict[str, Any]]
TAKEN_BACK: dict[str, dict[str, Any]] = {
    "authorization": {"required": False},
    "pair": {"severity": "off"},
    "benefit_limit": {"severity": "off"},
}
"""How a rule that a payer gives up is written, by its kind."""
SEPARATE = ["59", "XE", "XS", "XP", "XU"]


class _Plain(yaml.CSafeDumper):
    """Writes a value out each time: policy files know no aliases."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def group_number(payer: PayerWorld, plan: str) -> str:
    """The group number (SBR03) that tells one of a payer's plans."""
    place = next(i for i, one in enumerate(payer.plans, 1) if one.name == plan)
    return f"G{payer.id}{place:02}"


def published(payer: PayerWorld) -> Rules:
    """The rules of a payer's world as rules of a policy file, by id."""
    remote = payer.telehealth
    found: Rules = {
        "units": {"rule": "unit_rule", "unit_rule": payer.unit_rule},
        "filing": {"rule": "timely_filing", "days": payer.timely_filing_days},
        "telehealth": {
            "rule": "telehealth",
            "video_modifiers": [] if remote.modifier == "none" else [remote.modifier],
            "audio_modifiers": [] if remote.audio_modifier == "none" else [remote.audio_modifier],
            "refused_modifiers": sorted({"95", "GT"} - {remote.modifier, remote.audio_modifier}),
            "places": list(remote.places),
        },
        "therapy": {
            "rule": "discipline_modifiers",
            "required": payer.therapy_modifiers,
            **({"scope": "all_therapy"} if payer.therapy_modifiers else {}),
        },
        "assistants": {
            "rule": "assistant_modifiers",
            "required": payer.therapy_modifiers and payer.assistant_modifiers,
            "paid_share": 0.85 if payer.assistant_modifiers else 1.0,
        },
        "supervision": {
            "rule": "supervision",
            "credentials": sorted(
                one.name
                for one in credentials().values()
                if not one.lead and one.name not in ASSISTANT_MODIFIER
            ),
            "render_as": "supervisor",
        },
        "taxonomy": {"rule": "taxonomy", "rendering": True},
        "records": {"rule": "records", "authorizations": True, "benefits": True, "notes": True},
    }
    if payer.referring:
        found["referring"] = {
            "rule": "referring_provider",
            "when": {"disciplines": list(payer.referring)},
        }
    for first, second in payer.separate_service_pairs:
        found[f"pair {first} {second}"] = {
            "rule": "pair",
            "column_one": [first],
            "column_two": [second],
            "modifiers": SEPARATE,
        }
    if not payer.authorization:
        found["authorization"] = {"rule": "authorization", "required": False}
    for rule in payer.authorization:
        when: dict[str, Any] = {"disciplines": list(rule.disciplines)}
        if rule.codes:
            when["codes"] = list(rule.codes)
        name = " ".join(["authorization", *rule.disciplines, *rule.codes])
        found[name] = {
            "rule": "authorization",
            "when": when,
            "required": True,
            "from_visit": rule.after_visits + 1,
            "covers": "units" if rule.units else "visits",
        }
    for plan in payer.plans:
        for discipline, limit in plan.visit_limit.items():
            found[f"limit {plan.name} {discipline}"] = {
                "rule": "benefit_limit",
                "when": {"disciplines": [discipline], "plans": [plan_key(plan.name)]},
                "benefit": discipline,
                "limit": limit,
            }
    return found


def plan_key(name: str) -> str:
    """A plan's name as policy files write it.

    >>> plan_key("Choice PPO")
    'choice-ppo'
    """
    return "-".join(name.lower().split())


def policy_files(world: World, seed: int) -> dict[str, str]:
    """File names and contents, a file for each payer."""
    hidden = Hidden(world, seed)
    begin = date(world.start.year - 1, 1, 1)
    files = {}
    for index, payer in enumerate(world.payers):
        written: list[dict[str, Any]] = []
        now = published(payer)
        written += [{"id": name, **rule} for name, rule in now.items()]
        for day in hidden.rule_days[index]:
            known = min(
                shown
                for change in world.changes
                if hidden.change_day[change.id] == day
                and change.payer == payer.id
                and (shown := hidden.change_known[change.id])
            )
            new = published(hidden.rules(index, day))
            dated = {"effective": day, "known": known, "source": f"{payer.name} bulletin"}
            for name, rule in new.items():
                if rule != now.get(name):
                    written.append({"id": name, **rule, **dated})
            for name, rule in now.items():
                if name not in new:
                    back = {**rule, **TAKEN_BACK.get(rule["rule"], {"severity": "off"})}
                    written.append({"id": name, **back, **dated})
            now = new
        head = {
            "payer_id": [payer.id],
            "name": payer.name,
            "line_of_business": payer.type,
            "source": f"{payer.name} provider manual",
            "known": begin - timedelta(days=30),
            "effective": begin,
            "plans": {
                plan_key(plan.name): [group_number(payer, plan.name)] for plan in payer.plans
            },
            "rules": written,
        }
        files[f"{payer.id}.yaml"] = yaml.dump(
            head, Dumper=_Plain, sort_keys=False, allow_unicode=True
        )
    return files
