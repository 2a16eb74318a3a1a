"""Diagnoses: valid on the day, to the last digit, pointed to, and ones that the payer takes."""

from claims.codes.diagnoses import diagnosis, is_covered, is_external_cause, is_factor, standing
from claims.edits.edit import Found, by_rule, change, claim_edit, hold, line_edit
from claims.edits.view import ClaimView, LineView
from claims.finding import Fix
from claims.policies.rules import DiagnosisRule
from claims.policies.selector import in_diagnoses

ICD = "ICD-10-CM Official Guidelines for Coding and Reporting"
GUIDE = "ASC X12N 005010X222A1"


def dotted(code: str) -> str:
    """A diagnosis code as people write it.

    >>> dotted("F411"), dotted("R62")
    ('F41.1', 'R62')
    """
    return f"{code[:3]}.{code[3:]}" if len(code) > 3 else code


def _look_up(code: str, needs: str) -> Fix:
    return change("set_diagnosis", 0, dotted(code), None, "code_set", needs)


@claim_edit("diagnosis.missing", "coding", "error", f"{GUIDE}, loop 2300 HI", "diagnosis")
def missing(claim: ClaimView) -> Found | None:
    """A professional claim has at least one diagnosis."""
    if claim.claim.diagnoses:
        return None
    return Found(
        "The claim has no diagnosis (HI).",
        change("set_diagnosis", 0, None, None, "note", "the diagnosis treated, from the note"),
    )


@claim_edit("diagnosis.invalid", "coding", "error", f"{ICD}, section I.B.2", "diagnosis")
def invalid(claim: ClaimView) -> list[Found]:
    """Each diagnosis is a code in force on the date of service, given to its last digit.

    Dates after our table's year are not judged.
    """
    found = []
    on = max(line.on for line in claim.lines)
    for place, one in enumerate(claim.claim.diagnoses, 1):
        code = one.code.upper()
        if one.system != "ICD-10-CM" or not is_covered(on):
            continue
        how = standing(code, on)
        if how == "billable" or any(
            standing(code, line.on) == "billable" for line in claim.lines if line.on != on
        ):
            continue
        if how == "incomplete":
            why = "is not given to its last digit"
        elif how == "not_in_force":
            why = f"is not in force on {on}"
        else:
            why = "is no ICD-10-CM code"
        found.append(
            Found(
                f"Diagnosis {place} ({dotted(code)}) {why}.",
                _look_up(code, "the complete code in force on the day, from the note"),
            )
        )
    return found


@claim_edit(
    "diagnosis.code_set",
    "coding",
    "error",
    "45 CFR 162.1002: ICD-10-CM from 2015-10-01",
    "diagnosis",
)
def code_set(claim: ClaimView) -> Found | None:
    """Services since October 2015 are billed with ICD-10-CM (ABK, ABF), not with ICD-9-CM."""
    old = [one for one in claim.claim.diagnoses if one.system == "ICD-9-CM"]
    if not old or max(line.on for line in claim.lines).toordinal() < 735_872:
        return None
    return Found(
        "A diagnosis is marked as ICD-9-CM (BK or BF); services since 2015-10-01 take ICD-10-CM.",
        _look_up(old[0].code, "the ICD-10-CM code"),
    )


@line_edit("diagnosis.pointer", "coding", "error", f"{GUIDE}, loop 2400 SV107", "odd")
def pointer(line: LineView) -> Found | None:
    """A line points to one to four of the claim's diagnoses, and to none that is not there."""
    every = line.claim.claim.diagnoses
    pointers = line.line.diagnosis_pointers
    if not every:
        return None
    fix = hold("which diagnosis the service treats", line.number, "note")
    if not pointers:
        return Found(f"Line {line.number} points to no diagnosis (SV107).", fix)
    beyond = [one for one in pointers if one > len(every)]
    if beyond:
        return Found(
            f"Line {line.number} points to diagnosis {beyond[0]}, and the claim has {len(every)}.",
            fix,
        )
    if len(pointers) > 4:
        return Found(f"Line {line.number} points to more than four diagnoses.", fix)
    return None


@claim_edit(
    "diagnosis.external_cause_first", "coding", "error", f"{ICD}, section I.C.20.a.6", "diagnosis"
)
def external_cause_first(claim: ClaimView) -> list[Found]:
    """A code of V00 to Y99 tells how an injury came about and never stands first."""
    every = claim.claim.diagnoses
    if not every:
        return []
    found = []
    if every[0].system != "ICD-10-CM":
        return []
    if is_external_cause(every[0].code):
        found.append(
            Found(
                f"{dotted(every[0].code)} tells an external cause and cannot stand first.",
                _look_up(every[0].code, "the injury or condition treated, to stand first"),
            )
        )
        return found
    for line in claim.lines:
        first = line.first_diagnosis
        if first is not None and is_external_cause(first):
            found.append(
                Found(
                    f"Line {line.number} points first to {dotted(first)}, which tells an external "
                    "cause.",
                    hold("the condition treated", line.number, "note"),
                    line=line.number,
                )
            )
    return found


@claim_edit("diagnosis.repeated", "coding", "warning", f"{ICD}, section I.B.12", "diagnosis")
def repeated(claim: ClaimView) -> Found | None:
    """A diagnosis stands on a claim once."""
    codes = [one.code.upper() for one in claim.claim.diagnoses]
    twice = sorted({code for code in codes if codes.count(code) > 1})
    if not twice:
        return None
    return Found(f"Diagnosis {dotted(twice[0])} stands twice on the claim.")


@line_edit("diagnosis.z_first", "medical_necessity", "error", "the payer's policy", "kind")
def z_first(line: LineView) -> Found | None:
    """A Z code tells a reason for a contact, no illness; some payers do not pay for it alone."""
    first = line.first_diagnosis
    if first is None or not is_factor(first):
        return None
    for rule in line.rules(DiagnosisRule):
        if rule.z_first == "denied":
            return by_rule(
                rule,
                "error",
                f"Line {line.number}: {dotted(first)} stands first; this payer does not take a Z "
                "code as first diagnosis.",
                _look_up(first, "the condition treated, to stand first"),
            )
    return None


@line_edit("diagnosis.unspecified", "medical_necessity", "error", "the payer's policy", "kind")
def unspecified(line: LineView) -> Found | None:
    """The first diagnosis leaves open what a longer code would tell: kind, or side.

    An error where the payer's policy denies such codes, else a warning for therapy.
    """
    first = line.first_diagnosis
    if first is None:
        return None
    known = diagnosis(first)
    if known is None or not (known.is_unspecified or known.side == "unspecified"):
        return None
    what = "the side" if known.side == "unspecified" else "the kind"
    message = f"Line {line.number}: the first diagnosis, {dotted(first)}, leaves {what} open."
    fix = change(
        "set_diagnosis", 0, dotted(first), None, "note", "the specific diagnosis, from the note"
    )
    for rule in line.rules(DiagnosisRule):
        if rule.unspecified == "denied":
            return by_rule(rule, "error", f"{message} This payer denies such codes.", fix)
    if line.procedure is None:
        return None
    return Found(message, fix, "warning", f"{ICD}, section I.B.18")


@line_edit(
    "diagnosis.not_accepted",
    "medical_necessity",
    "error",
    "the payer's policy",
    only=lambda line: any(
        r.excluded or r.required or r.required_anywhere for r in line.rules(DiagnosisRule)
    ),
)
def not_accepted(line: LineView) -> list[Found]:
    """The payer's policy excludes the diagnosis for this service, or asks for one of a list."""
    first = line.first_diagnosis
    if first is None:
        return []
    found = []
    codes = [one.code.upper() for one in line.claim.claim.diagnoses]
    for rule in line.rules(DiagnosisRule):
        if rule.excluded and in_diagnoses(rule.excluded, first):
            why = f"does not cover {line.code} for {dotted(first)}"
        elif rule.required and not in_diagnoses(rule.required, first):
            why = f"covers {line.code} only with one of {', '.join(rule.required)} first"
        elif rule.required_anywhere and not any(
            in_diagnoses(rule.required_anywhere, code) for code in codes
        ):
            why = f"covers {line.code} only with one of {', '.join(rule.required_anywhere)}"
        else:
            continue
        one = by_rule(
            rule,
            "error",
            f"Line {line.number}: the payer {why}.",
            _look_up(first, "a diagnosis that the record bears and the payer takes"),
        )
        if one:
            found.append(one)
    return found
