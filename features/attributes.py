"""What the claim, its note and its findings say, as columns: one entry a line."""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from claims.claim import Claim, Provider, ServiceLine
from claims.finding import Finding
from claims.note import ElementKey, Note, NoteFacts
from features.case import Case
from features.lines import CATEGORIES, Lines, kind_of
from features.notes.applies import applies
from features.standing import Standing

NAN = float("nan")

ELEMENTS: tuple[ElementKey, ...] = ElementKey.__args__  # type: ignore[attr-defined]
MODIFIERS = ("GN", "GO", "GP", "KX", "CQ", "CO", "59", "95", "93", "GT", "25", "76", "HO", "HN",
             "HM", "AJ", "AH", "SA", "HQ", "GA", "GY", "GZ", "U1", "U2", "U3")  # fmt: skip
"""Each has a column; others count in `claim.other_modifiers`."""
SEVERITY = {"info": 1.0, "warning": 2.0, "error": 3.0}
NUMBERS: dict[str, str] = {
    "line.units": "units or minutes billed",
    "line.charge": "charge in dollars",
    "line.charge_per_unit": "charge in dollars a unit",
    "line.days": "days that the line spans",
    "line.pointers": "diagnoses pointed to",
    "line.position": "place of the line on its claim, from 1",
    "line.same_code": "lines of this claim with the same code",
    "claim.lines": "lines on the claim",
    "claim.charge": "charge of the whole claim in dollars",
    "claim.timed_lines": "lines of this claim counted by time",
    "claim.days_to_submission": "days from service to submission",
    "claim.weekday": "day of the week of the service, Monday 0",
    "claim.diagnoses": "diagnoses on the claim",
    "claim.authorization": "whether an authorization number was sent",
    "claim.referral": "whether a referral number was sent",
    "claim.replacement": "whether it replaces or voids an earlier claim",
    "claim.other_payers": "other payers on the claim",
    "claim.dependent": "whether the patient is not the subscriber",
    "claim.supervised": "whether a supervisor is named",
    "claim.referred": "whether a referring provider is named",
    "claim.rendering": "whether a rendering provider apart from the billing one is named",
    "claim.facility": "whether a service facility is named",
    "claim.age": "patient's age in years on the day of service",
    "claim.remarks": "free-text remarks on claim and line",
    "claim.attachments": "attachments announced",
    "claim.accident": "whether an accident is named",
    "claim.other_modifiers": "modifiers without a column of their own",
    "claim.rendering_taxonomy": "whether the rendering provider's taxonomy was sent",
    "claim.billing_taxonomy": "whether the billing provider's taxonomy was sent",
    "ledger.authorization": "whether an authorization on record covers the line",
    "ledger.authorization_left": "visits left on it, or units where it counts no visits",
    "ledger.authorization_share": "the same as a share of what was granted",
    "ledger.authorization_days": "days from the service to the authorization's end",
    "ledger.benefit_left": "visits left of the benefit, or lines of this charge where in dollars",
    "ledger.benefit_used": "share of the benefit that is used",
    "policy.days": "days from the latest known change of the payer's policy for the code",
    "note.missing": "whether there is no note",
    "note.words": "words in the note",
    "note.completeness": "share of all elements present",
    "note.lacking": "share of the elements expected of this visit that are absent",
    "note.lacking_expected": "the same by how surely each is absent",
    "note.minutes": "session minutes stated",
    "note.minutes_for_code": "minutes stated for this code, else of the session",
    "note.minutes_over": "stated minutes less those that the billed code and units need",
    "note.conflict": "whether clock and stated total disagree",
    "note.telehealth": "telehealth by the note: 1 yes, 0 no, empty where it does not say",
    "note.participants": "people named as present",
    "note.not_a_visit": "whether the text speaks against a bill",
    "note.evaluation": "whether it reads as a first contact",
    "note.names_code": "whether the text names the billed code",
    "note.names_other": "whether the text names other codes only",
    "note.diagnosis_agrees": "whether a diagnosis code in the text stands on the claim",
    "note.signed_days": "days from service to signature",
    "note.likeness": "likeness to an earlier note, 0 to 1",
    "note.activities": "timed activities told",
}
CATEGORICAL: dict[str, str] = {
    "payer": "payer identifier",
    "plan": "payer and plan",
    "procedure": "procedure code",
    "family": "kind of service",
    "modifiers": "set of modifiers",
    "place": "place of service",
    "diagnosis": "category of the primary diagnosis",
    "taxonomy": "kind of clinician by taxonomy",
    "provider": "clinician who rendered",
    "filing": "claim filing indicator",
    "codes": "all codes of the claim",
    "format": "format of the note",
    "credential": "credential of who wrote the note",
    "diagnosis_code": "the diagnosis that the line points to first, as sent",
    "writer": "who wrote the note, as far as known: clinician, credential and way of writing",
    "first": "first code of the claim",
}


def rendering(claim: Claim, line: ServiceLine) -> Provider:
    """Who rendered the line: its own provider, else the claim's, else the billing one."""
    return line.rendering or claim.rendering or claim.billing


def _plan(claim: Claim) -> str:
    person = claim.subscriber
    return person.group_number or person.group_name or claim.filing_indicator or ""


def lines_of(cases: Sequence[Case]) -> Lines:
    """The cases' service lines as columns, in order."""
    rows = [(index, case, line) for index, case in enumerate(cases)
            for line in case.submission.claim.lines]  # fmt: skip
    claims = [case.submission.claim for _, case, _ in rows]
    lines = [line for _, _, line in rows]
    providers = [rendering(c, x) for c, x in zip(claims, lines, strict=True)]
    return Lines(
        claim=np.array([index for index, _, _ in rows], dtype=np.int64),
        payer=[claim.payer.payer_id for claim in claims],
        plan=[_plan(claim) for claim in claims],
        procedure=[line.procedure for line in lines],
        family=[kind_of(line.procedure, line.service_from)[0] for line in lines],
        modifiers=[" ".join(sorted(line.modifiers)) for line in lines],
        place=[
            line.place_of_service or c.place_of_service
            for c, line in zip(claims, lines, strict=True)
        ],
        diagnosis=[_diagnosis_code(c, line)[:3] for c, line in zip(claims, lines, strict=True)],
        provider=[provider.npi or "" for provider in providers],
        taxonomy=[(claim.rendering or claim.billing).taxonomy or "" for claim in claims],
        client=[case.client for _, case, _ in rows],
        service=np.array([line.service_from.toordinal() for line in lines], dtype=np.int64),
        submitted=np.array([case.as_of.toordinal() for _, case, _ in rows], dtype=np.int64),
        units=np.array([float(line.units) for line in lines]),
        charge=np.array([float(line.charge) for line in lines]),
    )


def _diagnosis_code(claim: Claim, line: ServiceLine) -> str:
    place = line.diagnosis_pointers[0] - 1 if line.diagnosis_pointers else 0
    return claim.diagnoses[place].code if place < len(claim.diagnoses) else ""


def attributes(
    cases: Sequence[Case], lines: Lines, edits: Sequence[str]
) -> tuple[tuple[str, ...], NDArray[np.float32], dict[str, list[str]]]:
    """Number columns, by name, and category columns of the cases' lines, history apart.

    edits: the ids that have a column, in the schema's order; other findings count by category.
    """
    rows: list[list[float]] = []
    words: dict[str, list[str]] = {
        name: getattr(lines, name) for name in CATEGORICAL if hasattr(lines, name)
    }
    words["plan"] = [f"{p} {q}" for p, q in zip(lines.payer, lines.plan, strict=True)]
    for name in ("filing", "codes", "format", "credential", "diagnosis_code", "writer", "first"):
        words[name] = []
    flags: list[tuple[float, ...]] = []
    elements: list[Sequence[float]] = []
    found = np.zeros((len(lines), len(edits) + len(FINDING_COUNTS)), dtype=np.float32)
    edit_at = {edit: place for place, edit in enumerate(edits)}
    at = 0
    for case in cases:
        claim, facts = case.submission.claim, case.facts
        shared = [*_claim_numbers(case), *_note_numbers(case)]
        present = _elements(facts, case.note)
        codes = _codes(tuple([line.procedure for line in claim.lines]))
        filing = claim.filing_indicator or ""
        form = facts.format if facts else ""
        credential = _credential(case)
        first = claim.lines[0].procedure
        if case.findings:
            by_line = _findings(case.findings, edit_at)
            for position, line in enumerate(claim.lines):
                found[at + position] = by_line.get(line.line) or by_line[0]
        for position, line in enumerate(claim.lines, 1):
            own = _line_numbers(claim, line, position)
            stands = case.standing[position - 1] if case.standing else Standing()
            rows.append([*own, *stands, *shared, *_note_for_line(case, line)])
            flags.append(_flags(line.modifiers))
            elements.append(present)
            words["filing"].append(filing)
            words["codes"].append(codes)
            words["format"].append(form)
            words["diagnosis_code"].append(_diagnosis_code(claim, line))
            words["credential"].append(credential)
            words["writer"].append(f"{rendering(claim, line).npi or ''} {credential} {form}")
            words["first"].append(first)
        at += len(claim.lines)
    matrix = np.empty((len(lines), len(PLAIN) + found.shape[1]), dtype=np.float32)
    start = 0
    for table in (rows, flags, elements, found):
        values = np.asarray(table, dtype=np.float32 if table is found else float)
        values = values.reshape(len(lines), -1) if len(lines) else values.reshape(0, 0)
        matrix[:, start : start + values.shape[1]] = values
        start += values.shape[1]
    return (*PLAIN, *(f"edit.{edit}" for edit in edits), *FINDING_COUNTS), matrix, words


def _credential(case: Case) -> str:
    """Of who wrote the note, as the record tells it, else as signed: assistants and associates
    write under another's NPI, and payers look at who writes."""
    if case.note and case.note.credential:
        return case.note.credential.upper()
    signed = case.facts.credentials if case.facts else ()
    return signed[0].upper() if signed else ""


@lru_cache(maxsize=4096)
def _flags(modifiers: tuple[str, ...]) -> tuple[float, ...]:
    return tuple(float(modifier in modifiers) for modifier in MODIFIERS)


@lru_cache(maxsize=4096)
def _other_modifiers(modifiers: tuple[str, ...]) -> float:
    return float(sum(modifier not in MODIFIERS for modifier in modifiers))


@lru_cache(maxsize=4096)
def _codes(procedures: tuple[str, ...]) -> str:
    return " ".join(sorted(set(procedures)))


LINE = ["line.units", "line.charge", "line.charge_per_unit", "line.days", "line.pointers",
        "line.position", "line.same_code", "claim.rendering_taxonomy",
        "claim.other_modifiers"]  # fmt: skip
CLAIM = [name for name in NUMBERS if name.startswith("claim.") and name not in LINE]
STANDING = [
    "policy.days" if name == "policy_days" else f"ledger.{name}" for name in Standing._fields
]
NOTE_LINE = ["note.minutes_for_code", "note.minutes_over", "note.names_code", "note.names_other"]
NOTE = [name for name in NUMBERS if name.startswith("note.") and name not in NOTE_LINE]
FINDING_COUNTS = [
    *(f"findings.{severity}" for severity in SEVERITY),
    *(f"findings.{category}" for category in CATEGORIES),
]
PLAIN = (
    *(LINE + STANDING + CLAIM + NOTE + NOTE_LINE),
    *(f"modifier.{modifier}" for modifier in MODIFIERS),
    *(f"{kind}.{key}" for kind in ("element", "lack") for key in ELEMENTS),
)
"""Columns of numbers in the order in which they are made, those of findings apart."""
NO_ELEMENTS = (NAN,) * (2 * len(ELEMENTS))
NO_NOTE = (1.0,) + (NAN,) * (len(NOTE) - 1)
NO_NOTE_LINE = (NAN,) * len(NOTE_LINE)


def _line_numbers(claim: Claim, line: ServiceLine, position: int) -> list[float]:
    units, charge = float(line.units), float(line.charge)
    return [
        units,
        charge,
        charge / units if units else charge,
        float((line.service_to - line.service_from).days + 1),
        float(len(line.diagnosis_pointers)),
        float(position),
        float(sum([other.procedure == line.procedure for other in claim.lines])),
        float(bool(rendering(claim, line).taxonomy)),
        _other_modifiers(line.modifiers),
    ]


def _claim_numbers(case: Case) -> list[float]:
    claim = case.submission.claim
    lines = claim.lines
    day = lines[0].service_from if len(lines) == 1 else claim.date_of_service
    birth = claim.person.birth_date
    return [
        float(len(lines)),
        float(claim.charge),
        float(sum([kind_of(line.procedure, line.service_from)[1] for line in lines])),
        float((case.as_of - day).days),
        float(day.weekday()),
        float(len(claim.diagnoses)),
        float(bool(claim.authorization_number or lines[0].authorization_number)),
        float(bool(claim.referral_number)),
        float(claim.frequency_code != "1"),
        float(len(claim.other_payers)),
        float(claim.patient is not None),
        float(claim.supervising is not None),
        float(claim.referring is not None),
        float(claim.rendering is not None),
        float(claim.facility is not None),
        (day - birth).days / 365.25 if birth else NAN,
        float(len(claim.remarks) + sum([len(line.remarks) for line in lines])),
        float(len(claim.attachments)),
        float(claim.accident is not None),
        float(bool(claim.billing.taxonomy)),
    ]


def _elements(facts: NoteFacts | None, note: Note | None) -> Sequence[float]:
    """How sure each element is there, 1 to -1; then how sure it is wanted and absent, 0 to 1."""
    if facts is None:
        return NO_ELEMENTS
    sure, lacks = [], []
    for key in ELEMENTS:
        fact = facts.elements.get(key)
        if fact is None:
            sure.append(NAN)
            lacks.append(NAN)
        else:
            sure.append(2.0 * fact.probability - 1.0)
            lacks.append(1.0 - fact.probability if applies(key, facts, note) else 0.0)
    return sure + lacks


def _note_numbers(case: Case) -> Sequence[float]:
    facts, claim = case.facts, case.submission.claim
    if facts is None:
        return NO_NOTE
    session = facts.session
    present = [fact.present for fact in facts.elements.values()]
    billed = {diagnosis.code for diagnosis in claim.diagnoses}
    signed = case.note.signed_on if case.note else None
    return [
        0.0,
        float(facts.words),
        sum(present) / len(present) if present else 0.0,
        *_lacking(facts, case.note),
        NAN if session.minutes is None else float(session.minutes),
        float(session.conflict is not None),
        NAN if session.telehealth is None else float(session.telehealth),
        float(len(session.participants)),
        float(facts.not_a_visit is not None),
        float(facts.evaluation),
        float(bool(billed & set(facts.diagnoses))) if facts.diagnoses else NAN,
        float((signed - claim.date_of_service).days) if signed else NAN,
        NAN if case.likeness is None else case.likeness,
        float(len(facts.activities)),
    ]


def _lacking(facts: NoteFacts, note: Note | None) -> tuple[float, float]:
    """Share of the expected elements that are absent: as read, and by how surely."""
    wanted = [fact for key, fact in facts.elements.items() if applies(key, facts, note)]
    if not wanted:
        return 0.0, 0.0
    absent = sum(not fact.present for fact in wanted)
    return absent / len(wanted), sum(1.0 - fact.probability for fact in wanted) / len(wanted)


def _note_for_line(case: Case, line: ServiceLine) -> Sequence[float]:
    facts = case.facts
    if facts is None:
        return NO_NOTE_LINE
    session = facts.session
    stated = session.minutes_by_code.get(line.procedure)
    if stated is None and session.psychotherapy_minutes is not None:
        stated = session.psychotherapy_minutes
    if stated is None:
        stated = session.minutes
    _, _, first, further = kind_of(line.procedure, line.service_from)
    needed = first + further * max(float(line.units) - 1.0, 0.0)
    names = line.procedure in facts.codes_stated
    return [
        NAN if stated is None else float(stated),
        NAN if stated is None or not first else stated - needed,
        float(names),
        float(bool(facts.codes_stated) and not names),
    ]


def _findings(findings: Sequence[Finding], edit_at: dict[str, int]) -> dict[int, list[float]]:
    """Each line's severities by edit, then counts; under 0 what concerns the whole claim.

    A finding on the whole claim counts for each of its lines.
    """
    width = len(edit_at) + len(FINDING_COUNTS)
    by_line: dict[int, list[float]] = {0: [0.0] * width}
    for finding in sorted(findings, key=lambda finding: finding.line):
        if finding.line not in by_line:
            by_line[finding.line] = list(by_line[0])
        row = by_line[finding.line]
        place = edit_at.get(finding.edit)
        if place is not None:
            row[place] = max(row[place], SEVERITY[finding.severity])
        counts = len(edit_at)
        row[counts + list(SEVERITY).index(finding.severity)] += 1
        row[counts + len(SEVERITY) + CATEGORIES.index(finding.category)] += 1
    return by_line
