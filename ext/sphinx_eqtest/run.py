"""The jobs of a plan are done in worker processes, unless their results are known; without jobs none is started."""

from __future__ import annotations

import functools
from concurrent.futures import Future, as_completed
from typing import TYPE_CHECKING, Any

from sphinx.util.display import status_iterator

from eqtest.errors import EqtestError
from eqtest.execution.jobs import DrawNetwork, RunCells, perform
from eqtest.execution.pool import Pool
from sphinx_eqtest.results import Refused, Result, failed, key

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sphinx.config import Config

    from eqtest.execution.cell import Cell
    from eqtest.execution.jobs import Job
    from sphinx_eqtest.plan import Plan


def answer(plan: Plan, known: Mapping[str, Result], config: Config) -> tuple[dict[str, str], dict[str, Result]]:
    """The keys of the plan's jobs by id, and the results of these jobs by key.

    Snippets come first: what needs a snippet that failed is not done, and has no key.
    """
    salt = str(config.eqtest_memory_limit)
    jobs: dict[str, Job] = {**plan.runs, **plan.checks, **plan.drawings}
    keys = {id: key(job, salt) for id, job in jobs.items()}
    results = {name: known[name] for name in keys.values() if name in known}
    limit = config.eqtest_memory_limit
    with Pool(config.eqtest_workers, **({"memory_limit": limit} if limit else {})) as pool:
        chains = [job.cells for id, job in plan.runs.items() if keys[id] not in results]
        for job, outcomes in _perform(pool, [RunCells(chain) for chain in _longest(chains)], "running snippets... "):
            results |= _outcomes(job, outcomes, salt, wanted=keys)
        bad = {job.cells[-1].name for id, job in plan.runs.items() if failed(results.get(keys[id]))}
        keys = {id: name for id, name in keys.items() if id in plan.runs or not bad & _names(jobs[id])}
        missing = {name: jobs[id] for id, name in keys.items() if name not in results}
        for job, result in _perform(pool, list(missing.values()), "checking equations... "):
            results[key(job, salt)] = result
    return keys, {name: results[name] for name in keys.values()}


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
            yield futures[future], Refused(str(error))
        except Exception as error:  # a worker that broke, or a mistake of the engine's: the build goes on
            yield futures[future], Refused(f"{type(error).__name__}: {error}")


def _longest(chains: list[tuple[Cell, ...]]) -> list[tuple[Cell, ...]]:
    """The chains that are not the beginning of another: running those runs all."""
    return [chain for chain in chains if not any(len(chain) < len(o) and o[: len(chain)] == chain for o in chains)]


def _outcomes(job: RunCells, outcomes: Any, salt: str, wanted: Mapping[str, str]) -> dict[str, Result]:
    """The outcome of each cell of a chain under the key of the chain that ends with it."""
    cells = job.cells
    prefixes = [key(RunCells(cells[: end + 1]), salt) for end in range(len(cells))]
    each = [outcomes] * len(cells) if isinstance(outcomes, Refused) else outcomes
    return {name: outcome for name, outcome in zip(prefixes, each, strict=True) if name in wanted.values()}


def _names(job: Job) -> set[str]:
    panels = job.panels if isinstance(job, DrawNetwork) else (job.cells,)
    return {cell.name for cells in panels for cell in cells}


def _say(jobs: Mapping[Future[Any], Job], future: Future[Any]) -> str:
    return ", ".join(sorted(_names(jobs[future])))
