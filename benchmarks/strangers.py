"""Worlds whose payers nothing that is shipped has seen: a shipped world with its payers dealt anew.

Each payer has a new id and name, takes its rules (authorizations, telehealth, units, filing limit,
referrals) from another, and its harshness by cause is drawn. Dated changes are left out.
"""

import random
from pathlib import Path

from data.synthetic.world import World, load_world

RULES = ("unit_rule", "therapy_modifiers", "assistant_modifiers", "referring", "telehealth",
         "authorization", "timely_filing_days", "lags", "unanswered")  # fmt: skip
CAUSES = ("provider", "eligibility", "authorization", "non_covered", "bundling", "coding",
          "medical_necessity", "documentation", "review")  # fmt: skip
SPREAD = 0.6
"""Standard deviation of a payer's harshness by cause, in log odds."""


def stranger(base: str, seed: int) -> World:
    """A world with payers of its own."""
    draw = random.Random(f"{base} {seed}")  # noqa: S311 (invented payers)
    content = load_world(Path(base)).model_dump(mode="json", exclude_none=True)
    content["name"] = f"{base}-stranger"
    content["changes"] = []
    payers = content["payers"]
    rules = [{name: payer.get(name) for name in RULES} for payer in payers]
    draw.shuffle(rules)
    for number, (payer, own) in enumerate(zip(payers, rules, strict=True)):
        payer["id"] = f"S{seed:02d}{number:02d}"
        payer["name"] = f"Stranger {number + 1}"
        for name, value in own.items():
            if value is None:
                payer.pop(name, None)
            else:
                payer[name] = value
        payer["shift"] = {cause: round(draw.gauss(0, SPREAD), 2) for cause in CAUSES}
    return World.model_validate(content)
