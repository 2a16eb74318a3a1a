"""Fetches what the scorer needs, and keeps what it said: behind command, API and pages alike."""

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from claims.claim import Submission
from claims.clock import today
from claims.edits.check import deadline
from claims.note import Note
from claims.store import Store
from claims.store.store import LineScore as KeptScore
from features.case import Case
from features.history import History
from models.judge import judge
from models.mend import Mender
from models.score import ClaimScore, ModelReference
from models.scorer import Scorer, Terms
from serving.kept import Kept
from serving.models import Champion, CodingChampion, registry_of
from serving.settings import Settings
from training.knowledge import likenesses, read_each

if TYPE_CHECKING:
    from models.denial import DenialModel


class Scoring:
    """One practice's scoring, open as long as it is needed."""

    def __init__(self, settings: Settings, store: Store | None = None) -> None:
        self.settings = settings
        self.store = store or Store.open(settings.database, settings.practice, settings.home)
        self.champion = Champion(registry_of(settings))
        self.coding = CodingChampion(self.champion.registry)
        self.kept = Kept(self.store, settings.policies)
        self._memory: dict[object, object] = {}

    def close(self) -> None:
        """Lets go of the database."""
        self.store.close()

    def model(self) -> ModelReference | None:
        """The promoted model; None where there is none."""
        return self.champion.current()[1]

    def score(
        self,
        submissions: Sequence[Submission],
        as_of: date | None = None,
        explain: int | None = 0,
        notes: Mapping[int, Sequence[Note]] | None = None,
    ) -> list[ClaimScore]:
        """The submissions judged and ranked; nothing of them is stored but their scores.

        as_of: the day whose knowledge is used; None takes each claim's day of submission.
        explain: how many claims get drivers; None for all. notes: of a submission (by its place),
        where the caller has them; else those in the store.
        """
        if not submissions:
            return []
        cases, deadlines, history = self.cases(submissions, as_of, notes or {})
        mend = Mender(self._context, self._providers, self._memory, self.coding.current())
        model, reference = self.champion.current()
        terms = Terms(self.settings.rework_cost, self.settings.recoverable_share)
        scorer = Scorer(model, reference, history, terms, mend)
        scores = scorer.score(cases, explain, deadlines)
        self._keep(cases, scores, model, reference)
        return scores

    def cases(
        self,
        submissions: Sequence[Submission],
        as_of: date | None,
        notes: Mapping[int, Sequence[Note]],
    ) -> tuple[list[Case], list[date | None], History]:
        """What is known of each submission, its filing deadline, and the practice's history."""
        days = [as_of or submission.submitted or today() for submission in submissions]
        last = max(days)
        keys = [self.store.members.of_claim(one.claim) for one in submissions]
        known = self.kept.on(last, submissions, {member for member, _ in keys})
        context, history, self._providers = known
        stored = self.store.notes_for(submissions, known_by=last)
        own = [tuple(notes.get(place, found)) for place, found in enumerate(stored)]
        self._context = context
        self._memory = {}
        coding = self.coding.current()
        cases: list[Case] = []
        # A claim is judged while other processes read the notes of those after it.
        with closing(read_each(self.store, [note for some in own for note in some])) as facts:
            for submission, day, (_, person), some in zip(
                submissions, days, keys, own, strict=True
            ):
                read = [(note, next(facts)) for note in some]
                cases.append(judge(submission, person, read, context, day, self._memory, coding))
        alike = likenesses(self.store, submissions, [case.facts for case in cases], last)
        cases = [replace(case, likeness=like) for case, like in zip(cases, alike, strict=True)]
        return cases, [deadline(one, context) for one in submissions], history

    def _keep(
        self,
        cases: Sequence[Case],
        scores: Sequence[ClaimScore],
        model: "DenialModel | None",
        reference: ModelReference | None,
    ) -> None:
        """Keeps what was said, under the model that said it: the alias may have moved since."""
        kept = []
        of_score = {case.submission.source.position: case.submission for case in cases}
        for score in scores:
            submission = of_score[score.position]
            loss = None if score.expected_loss is None else Decimal(str(score.expected_loss))
            reasons: dict[str, float] = {
                reason.category or "": reason.probability for reason in score.reasons
            }
            kept.append(KeptScore(submission, 0, score.risk, loss and round(loss, 2), reasons))
            for line in score.lines:
                of_line: dict[str, float] = {r.category or "": r.probability for r in line.reasons}
                kept.append(KeptScore(submission, line.line, line.risk, None, of_line))
        self.store.keep_scores(
            kept,
            as_of=max(case.as_of for case in cases),
            model=(reference.name, reference.version) if reference else None,
            versions={"schema": model.schema.digest} if model else {},
        )
