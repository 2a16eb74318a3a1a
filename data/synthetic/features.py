"""What a payer's decision may depend on: named numbers of a claim, a line or a note.

A world file gives them weights. All are known to the practice on the morning of submission,
except those in HIDDEN, which the truth integrates out.
"""

from typing import get_args

from claims.note import ElementKey

HIDDEN = frozenset(["lapsed", "other_coverage", "benefit_exhausted"])
"""Facts about people that the practice cannot see."""

NOTE_FEATURES = frozenset(
    ["note_missing", "missing_share", "cloned", "signed_late", "short_note"]
    + [f"missing_{element}" for element in get_args(ElementKey)]
)
"""What a reviewer sees in the note as it was written."""

FEATURES: dict[str, str] = {
    # the claim
    "past_timely_filing": "submitted after the payer's limit",
    "months_to_submit": "months from service to submission, at most 6",
    "duplicate_of_earlier": "the same service was sent before under another number",
    "missing_taxonomy": "no taxonomy of the rendering provider",
    "referring_missing": "a referring provider is wanted and absent",
    "wrong_rendering": "a rendering provider whom the payer does not accept for this service",
    "newly_enrolled": "the rendering provider joined less than 60 days before",
    "authorization_missing": "one is required and none covers the day",
    "authorization_exhausted": "the authorization's pool is used up",
    "authorization_number_missing": "one covers the day, but its number is not on the claim",
    "visits_this_year": "visits of this year submitted so far, in tens, at most 6",
    "first_visits": "one of the client's first three visits",
    "child": "the client is under 18",
    # hidden facts
    "lapsed": "coverage had ended on the day of service",
    "other_coverage": "the payer believes that another pays first",
    "benefit_exhausted": "visits here and elsewhere are over the plan's limit",
    # the line
    "therapy_modifier_missing": "GP, GO or GN is wanted and absent",
    "assistant_modifier_missing": "CQ or CO is wanted and absent",
    "telehealth_modifier_wrong": "not the modifier that the payer wants for telehealth",
    "place_wrong": "place of service against the modifier or the payer's rule",
    "separate_service_missing": "second code of a bundled pair without modifier 59",
    "extra_unit": "more units than the session bears",
    "other_unit_rule": "units by the other unit rule, and more than the payer's own gives",
    "longer_code": "a longer code than the session bears",
    "unspecified_diagnosis": "the first diagnosis is unspecified",
    "units": "units beyond the first, at most 8",
    "long_session": "psychotherapy of 53 minutes and more",
    "telehealth": "by video or telephone",
    "audio_only": "by telephone",
    "later_line": "not the claim's first line",
    "group_session": "a group",
    "family_session": "a family or couple session",
    "evaluation": "an evaluation or re-evaluation",
    "assistant": "given by an assistant, associate or technician",
    "low_severity": "a mild diagnosis",
    # the note
    "note_missing": "no note",
    "missing_share": "share of the applicable elements that the note lacks",
    "cloned": "the note repeats an earlier one",
    "signed_late": "signed more than seven days after the service",
    "short_note": "fewer than 60 words",
    **{
        f"missing_{element}": f"the note lacks {element} where it applies"
        for element in get_args(ElementKey)
    },
}
