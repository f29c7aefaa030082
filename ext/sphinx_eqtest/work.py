"""What of a plan is known, what is to be done, and what has been."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from eqtest.execution.fingerprint import Fingerprint, fingerprint
from eqtest.execution.jobs import RunCells
from eqtest.execution.observe import lasting
from sphinx_eqtest.results import FROM_CACHE, Answers, failed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from eqtest.execution.cache import Cache
    from eqtest.execution.cell import Cell
    from eqtest.execution.observe import Done, Result
    from sphinx_eqtest.plan import Task


class Work:
    """The tasks of a plan: their answers, as far as the cache knows them, and the ids of those that are missing.

    ``forced`` takes nothing from the cache.
    """

    def __init__(self, tasks: Mapping[str, Task], cache: Cache, *, forced: bool) -> None:
        self.answers = Answers()
        self._tasks = tasks
        self._cache = cache
        self._runs = {task.job.cells: id for id, task in tasks.items() if isinstance(task.job, RunCells)}
        self._asked = {id: fingerprint(task.name, task.job) for id, task in tasks.items()}
        self._ids: defaultdict[Fingerprint, list[str]] = defaultdict(list)
        self._why: dict[str, str] = {}
        for id, asked in self._asked.items():
            self._ids[asked].append(id)
            self._look_up(id, forced)

    @property
    def complete(self) -> bool:
        """Whether every answer was known."""
        return not self._why

    def missing_snippets(self) -> list[str]:
        """Those that must be run; one that another one continues is run with that."""
        broken = self._broken()
        chains = [cells for cells, id in self._runs.items() if id in self._why and not broken & _names(cells[:-1])]
        begun = {cells[:end] for cells in chains for end in range(1, len(cells))}
        return [self._runs[cells] for cells in chains if cells not in begun]

    def take_outcomes(self, id: str, done: Done) -> None:
        """The result of a run of a chain: outcomes for each snippet in it, up to the first that failed."""
        cells = self._tasks[id].job.cells
        outcomes: Sequence[Result] = done.result if isinstance(done.result, tuple) else [done.result] * len(cells)
        for end, outcome in enumerate(outcomes, 1):
            snippet = self._runs.get(cells[:end])
            if snippet is not None:
                self._take(snippet, outcome, done, f"{self._tasks[id].name} continues it")
            if failed(outcome):
                if snippet is None:  # it fails only behind snippets that it does not continue itself
                    self._take(id, outcomes[-1], done)
                break

    def missing_others(self) -> list[str]:
        """Checks and figures that must be done, each once; what needs a snippet that failed has no answer."""
        broken = self._broken()
        others = [id for id, task in self._tasks.items() if not isinstance(task.job, RunCells)]
        blocked = {id for id in others if broken & _names(self._tasks[id].job.cells)}
        for id in blocked:
            self.answers.results.pop(id, None)
            self.answers.origins.pop(id, None)
        missing = [id for id in others if id in self._why and id not in blocked]
        return [id for id in missing if self._ids[self._asked[id]][0] == id]

    def take(self, id: str, done: Done) -> None:
        """The result of a check or a figure, for all that ask the same."""
        assert not isinstance(done.result, tuple)
        for same in self._ids[self._asked[id]]:
            self._take(same, done.result, done)

    def _look_up(self, id: str, forced: bool) -> None:
        if forced:
            self._why[id] = "eqtest_mode is 'force'"
            return
        found = self._cache.find(self._asked[id])
        if found.result is None:
            self._why[id] = found.why
        else:
            self.answers.results[id] = found.result
            self.answers.origins[id] = FROM_CACHE

    def _take(self, id: str, result: Result, done: Done, otherwise: str = "") -> None:
        self.answers.results[id] = result
        self.answers.origins[id] = self._why.get(id, otherwise)
        lasts = done.files is not None and lasting(result)
        self._cache.keep(self._asked[id], result, done.files or (), lasting=lasts)

    def _broken(self) -> set[str]:
        """Names of the snippets that are known not to run to their end."""
        return {cells[-1].name for cells, id in self._runs.items() if failed(self.answers.results.get(id))}


def _names(cells: Iterable[Cell]) -> set[str]:
    return {cell.name for cell in cells}
