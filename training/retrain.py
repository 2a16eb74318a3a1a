"""The round without a person: new files taken in, and, when enough has settled, a new challenger.

Nothing is put in force: the challenger is compared with the champion and proposed, with what
speaks for and against it in the decision log, unless the caller asks for promotion by the same
rules.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from claims.problem import ClaimwrightError
from claims.store import Store
from claims.store.folders import files_of
from models.additive import AdditiveStage
from models.registry import CHALLENGER, CHAMPION, DENIAL, Registry
from training.challenger import answered_lines, train_challenger
from training.promotion import DECISION, promote_challenger
from training.train import Settings

LEAST_NEW = 200
"""Newly answered lines since the last training from which it is worth training again."""
Told = Callable[[str, int, int], None]


@dataclass
class Round:
    """What one pass did."""

    as_of: date | None = None
    taken: list[str] = field(default_factory=list)
    """Names of files that were new."""
    problems: list[str] = field(default_factory=list)
    newly_answered: int = 0
    trained: str | None = None
    """The challenger's version."""
    decision: dict[str, Any] | None = None
    why_not: str | None = None
    """Why nothing was trained."""

    def as_json(self) -> dict[str, Any]:
        """What `claimwright retrain --format json` prints."""
        return {
            "as_of": self.as_of.isoformat() if self.as_of else None,
            "taken": self.taken,
            "problems": self.problems,
            "newly_answered": self.newly_answered,
            "trained": self.trained,
            "decision": self.decision,
            "why_not": self.why_not,
        }


class Folder:
    """A folder in which files arrive: each is given once, when it has stopped growing."""

    def __init__(self, path: Path, home: Path) -> None:
        self.path = path
        self.home = home
        self._seen: dict[Path, tuple[int, int]] = {}
        self._given: dict[Path, tuple[int, int]] = {}

    def ready(self, at_once: bool = False) -> Iterator[Path]:
        """Files whose size and time are as at the last look, and that were not given yet.

        at_once: whatever is there now, for a single pass.
        """
        now: dict[Path, tuple[int, int]] = {}
        for file in files_of([self.path], self.home):
            try:
                stat = file.stat()
            except OSError:
                continue  # gone since it was listed
            now[file] = (stat.st_size, stat.st_mtime_ns)
            if self._given.get(file) == now[file]:
                continue
            if at_once or self._seen.get(file) == now[file]:
                self._given[file] = now[file]
                yield file
        self._seen = now


def newly_answered(store: Store, registry: Registry, as_of: date) -> int:
    """Lines with a first final answer more than when a model was last registered.

    Counted, not dated: a remittance may be taken in long after the day on which it came.
    """
    before = [
        int(version.tags.get("answered", 0))
        for alias in (CHALLENGER, CHAMPION)
        if (version := registry.version(DENIAL, alias)) is not None
    ]
    return answered_lines(store, as_of) - max(before, default=0)


def undecided(registry: Registry) -> str | None:
    """The challenger's version where nothing was decided about it: a round ended in between."""
    challenger = registry.version(DENIAL, CHALLENGER)
    champion = registry.version(DENIAL, CHAMPION)
    if challenger is None or DECISION in challenger.tags:
        return None
    return None if champion and champion.version == challenger.version else challenger.version


def one_round(
    store: Store,
    registry: Registry,
    own_policies: Path | None,
    files: Iterator[Path],
    log: Path,
    *,
    settings: Settings,
    least: int = LEAST_NEW,
    promote: bool = False,
    told: Told = lambda *_: None,
    prior: AdditiveStage | None = None,
) -> Round:
    """Takes the files in; trains and proposes where `least` lines were answered since last time.

    A file that cannot be read ends nothing; it is told of in `problems`.
    """
    done = Round()
    for file in files:
        try:
            report = store.ingest(file)
        except ClaimwrightError as error:
            done.problems.append(f"{file.name}: {error}")
            continue
        if not report.already_known:
            done.taken.append(report.name)
        done.problems += [str(problem) for problem in report.problems]
    done.as_of = store.newest_known_day()
    if done.as_of is None:
        done.why_not = "the store is empty"
        return done
    done.newly_answered = newly_answered(store, registry, done.as_of)
    waiting = undecided(registry)
    if done.newly_answered < least and waiting is None:
        done.why_not = (
            f"{done.newly_answered} lines answered since the last training, {least} wanted"
        )
        return done
    try:
        if done.newly_answered >= least:
            made = train_challenger(
                store, registry, own_policies, done.as_of, settings, told, prior
            )
            done.trained = made.version
        else:
            done.trained = waiting
        decided = promote_challenger(
            store, registry, own_policies, done.as_of, None, log, told, act=promote
        )
        done.decision = decided.as_json()
    except ClaimwrightError as error:
        done.why_not = str(error)
    return done
