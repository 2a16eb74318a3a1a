"""The chances of a claim whose errors were put right before it was sent: what a fix is worth."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from data.synthetic.billing import SLIP_EDITS
from data.synthetic.coding import LONGER
from data.synthetic.coverage import states
from data.synthetic.hidden import Hidden
from data.synthetic.odds import ClaimCase, LineCase, table
from data.synthetic.replay import Judged
from data.synthetic.truth import Chances, chances

FEATURES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        SLIP_EDITS[slip]: features
        for slip, features in {
            "missing_taxonomy": ("missing_taxonomy",),
            "wrong_rendering": ("wrong_rendering",),
            "authorization_number_missing": ("authorization_number_missing",),
            "therapy_modifier_missing": ("therapy_modifier_missing",),
            "assistant_modifier_missing": ("assistant_modifier_missing",),
            "telehealth_modifier_wrong": ("telehealth_modifier_wrong",),
            "place_wrong": ("place_wrong",),
            "separate_service_missing": ("separate_service_missing",),
            "extra_unit": ("extra_unit",),
            "longer_code": ("longer_code", "long_session"),
        }.items()
    }
)
"""What an error leaves in a case, by the edit that finds it; of errors that a biller can put right
without another person."""
SHORTER = {longer: code for code, longer in LONGER.items()}


def mended(hidden: Hidden, one: Judged, edits: frozenset[str]) -> Chances:
    """The chances of a claim without the errors that these edits find.

    edits: of `FEATURES`. What the practice knew that morning is as it was.
    """
    order = states(one.levels)
    case = without(one.case, edits)
    return chances(hidden, case, table(hidden, case, order), one.posterior, order)


def without(case: ClaimCase, edits: frozenset[str]) -> ClaimCase:
    """The case as it is without these errors."""
    gone = {name for edit in edits for name in FEATURES[edit]}
    lines = tuple(_line(line, gone) for line in case.lines)
    x = {name: value for name, value in case.x.items() if name not in gone}
    return replace(case, x=x, lines=lines, features=[])


def _line(line: LineCase, gone: set[str]) -> LineCase:
    x = dict(line.x)
    code, keys, units = line.code, line.keys, line.units
    if "extra_unit" in gone and x.get("extra_unit"):
        units -= 1
        x.pop("units", None)
        if units > 1:
            x["units"] = float(min(8, units - 1))
    if "longer_code" in gone and x.get("longer_code"):
        code = SHORTER[line.code]
        cell = keys["cell"].split("|")
        keys = {**keys, "code": code, "cell": "|".join([cell[0], code, *cell[2:]])}
    else:
        gone = gone - {"long_session"}  # a long session that was one
    return replace(
        line,
        code=code,
        keys=keys,
        units=units,
        x={name: value for name, value in x.items() if name not in gone},
    )
