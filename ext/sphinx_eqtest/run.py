"""The jobs of a plan are done in worker processes, unless their results are known; without jobs none is started."""

from __future__ import annotations

import functools
from concurrent.futures import Future, as_completed
from typing import TYPE_CHECKING, Any

from sphinx.util.display import status_iterator

from eqtest.errors import EqtestError
from eqtest.execution.fault import JobError
from eqtest.execution.jobs import DrawNetwork, RunCells, perform
from eqtest.execution.pool import Pool
from sphinx_eqtest.results import Refused, failed, key, lasting

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sphinx.config import Config

    from eqtest.execution.cell import Outcome
    from eqtest.execution.jobs import Job
    from sphinx_eqtest.plan import Plan
    from sphinx_eqtest.results import Result


def answer(plan: Plan, known: Mapping[str, Result], config: Config) -> tuple[dict[str, str], dict[str, Result]]:
    """The keys of the plan's jobs by id, and the results of these jobs by key.

    Snippets come first: what needs a snippet that failed is not done, and has no key.
    """
    limit = config.eqtest_memory_limit
    jobs: dict[str, Job] = {**plan.runs, **plan.checks, **plan.drawings}
    keys = {id: key(job, str(limit)) for id, job in jobs.items()}
    results = {name: known[name] for name in keys.values() if name in known and lasting(known[name])}
    with Pool(config.eqtest_workers, **({"memory_limit": limit} if limit else {})) as pool:
        for job, outcomes in _perform(pool, _missing_runs(plan, keys, results), "running snippets... "):
            results |= _outcomes(job, outcomes, str(limit))
        failures = _failures(plan, keys, results)
        keys = {id: name for id, name in keys.items() if not failures & _needs(jobs[id])}
        missing = {name: jobs[id] for id, name in keys.items() if name not in results}
        for job, result in _perform(pool, list(missing.values()), "checking equations... "):
            results[key(job, str(limit))] = result
    return keys, {name: results[name] for name in keys.values()}


def _missing_runs(plan: Plan, keys: Mapping[str, str], results: Mapping[str, Result]) -> list[RunCells]:
    """The snippets without a result, each with those before it; a chain that another begins with runs with that."""
    failures = _failures(plan, keys, results)
    chains = [job.cells for id, job in plan.runs.items() if keys[id] not in results and not failures & _needs(job)]
    longer = [(chain, [other[: len(chain)] for other in chains if len(other) > len(chain)]) for chain in chains]
    return [RunCells(chain) for chain, beginnings in longer if chain not in beginnings]


def _failures(plan: Plan, keys: Mapping[str, str], results: Mapping[str, Result]) -> set[str]:
    """Names of the snippets that are known not to run to their end."""
    found = ((job.cells[-1].name, results.get(keys[id])) for id, job in plan.runs.items())
    return {name for name, result in found if result is not None and failed(result)}


def _perform(pool: Pool, jobs: list[Any], summary: str) -> Iterator[tuple[Any, Any]]:
    """The jobs with what they come to, in the order in which they are finished."""
    if not jobs:
        return
    futures: dict[Future[Any], Job] = {pool.submit(perform, job): job for job in jobs}
    say = functools.partial(_say, futures)
    for future in status_iterator(as_completed(futures), summary, "purple", len(futures), stringify_func=say):
        try:
            yield futures[future], future.result()
        except EqtestError as error:
            yield futures[future], Refused(str(error), lasting=not isinstance(error, JobError))


def _outcomes(job: RunCells, outcomes: tuple[Outcome, ...] | Refused, salt: str) -> dict[str, Result]:
    """The outcome of each cell of a chain under the key of the chain that ends with it, up to the first failure."""
    found: dict[str, Result] = {}
    for end in range(1, len(job.cells) + 1):
        outcome = outcomes if isinstance(outcomes, Refused) else outcomes[end - 1]
        found[key(RunCells(job.cells[:end]), salt)] = outcome
        if failed(outcome):
            break
    return found


def _needs(job: Job) -> set[str]:
    """Names of the snippets that must have run to their end before the job makes sense."""
    match job:
        case RunCells():
            return {cell.name for cell in job.cells[:-1]}
        case DrawNetwork():
            return {cell.name for panel in job.panels for cell in panel}
        case _:
            return {cell.name for cell in job.cells}


def _say(jobs: Mapping[Future[Any], Job], future: Future[Any]) -> str:
    job = jobs[future]
    return ", ".join(sorted(_needs(job) | ({job.cells[-1].name} if isinstance(job, RunCells) else set())))
