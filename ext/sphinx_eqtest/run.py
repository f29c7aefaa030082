"""The tasks of a plan are done in other processes, unless their results are known; without tasks none is started."""

from __future__ import annotations

import textwrap
import time
from concurrent.futures import FIRST_COMPLETED, wait
from pathlib import Path
from typing import TYPE_CHECKING

from sphinx.util import logging
from sphinx.util.display import status_iterator

from eqtest.errors import EqtestError
from eqtest.execution.cache import Cache
from eqtest.execution.cluster import Cluster, ClusterError
from eqtest.execution.observe import Done, Refused, observe
from sphinx_eqtest.results import FROM_CACHE
from sphinx_eqtest.warn import warn_config
from sphinx_eqtest.work import Work

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from concurrent.futures import Executor, Future

    from sphinx.application import Sphinx

    from sphinx_eqtest.plan import Plan, Task
    from sphinx_eqtest.results import Answers

logger = logging.getLogger(__name__)

SLOW = 5.0
"""Seconds after which something that runs is named."""


def answer(plan: Plan, app: Sphinx) -> Answers:
    """Snippets come first: what needs a snippet that failed is not done, and has no answer."""
    cache = Cache(_cache_folder(app), Path(app.srcdir))
    work = Work(plan.tasks, cache, forced=app.config.eqtest_mode == "force")
    try:
        if not work.complete:
            with _executor(app.config.eqtest_workers, Path(app.srcdir)) as pool:
                _complete(work, plan, pool, app.verbosity)
    except ClusterError as error:
        warn_config(f"nothing is run, as {error}", app, "eqtest_workers")
    cache.trim()
    _tell(plan, work.answers, cache)
    return work.answers


def _cache_folder(app: Sphinx) -> Path:
    """By default beside the folder of the doctrees, which it outlives."""
    if app.config.eqtest_cache_dir:
        return Path(app.confdir, app.config.eqtest_cache_dir)
    return Path(app.doctreedir).parent / ".eqtest_cache"


def _executor(workers: int | str | None, folder: Path) -> Executor:
    if isinstance(workers, str):
        return Cluster(workers, folder)
    from eqtest.execution.pool import Pool  # a build in which nothing has to be run does without

    return Pool(workers, folder)


def _complete(work: Work, plan: Plan, pool: Executor, verbosity: int) -> None:
    """Do what is missing."""
    snippets = {id: plan.tasks[id] for id in work.missing_snippets()}
    for id, done in _perform(pool, snippets, "running snippets... ", verbosity):
        work.take_outcomes(id, done)
    others = {id: plan.tasks[id] for id in work.missing_others()}
    for id, done in _perform(pool, others, "checking equations... ", verbosity):
        work.take(id, done)


def _tell(plan: Plan, answers: Answers, cache: Cache) -> None:
    """Say where every result comes from, in builds with ``-v``, and once what is wrong with the cache."""
    for id, origin in answers.origins.items():
        how = "from the cache" if origin == FROM_CACHE else f"run ({origin})"
        logger.verbose("eqtest: %s: %s", _label(plan.tasks[id]), how)
    for trouble in cache.troubles[:1]:
        more = f" ({len(cache.troubles) - 1} more like this)" if len(cache.troubles) > 1 else ""
        logger.info("eqtest: %s%s", trouble, more)


def _perform(pool: Executor, tasks: Mapping[str, Task], summary: str, verbosity: int) -> Iterator[tuple[str, Done]]:
    """What each task comes to, in the order in which they are finished."""
    if not tasks:
        return
    futures = {pool.submit(observe, task.job): id for id, task in tasks.items()}
    labels = {future: _label(tasks[id]) for future, id in futures.items()}
    finished = _finished(labels)
    for future in status_iterator(finished, summary, "purple", len(futures), verbosity, labels.__getitem__):
        yield futures[future], _done(future)


def _finished(labels: Mapping[Future[Done], str]) -> Iterator[Future[Done]]:
    """The futures as they finish; in the meantime those that take long are named."""
    pending, since = set(labels), dict.fromkeys(labels, 0.0)
    while pending:
        done, pending = wait(pending, timeout=1, return_when=FIRST_COMPLETED)
        yield from done
        for future in pending:
            since[future] = since[future] or (time.monotonic() if future.running() else 0.0)
            if since[future] and time.monotonic() - since[future] > SLOW:
                since[future] = float("inf")
                logger.info("%s: still running after %g s", labels[future], SLOW)


def _done(future: Future[Done]) -> Done:
    """What a future came to; a process that did not live to say it leaves the bare result, or an error."""
    try:
        done = future.result()
    except EqtestError as error:
        return Done(Refused(str(error)), None)
    except Exception as error:  # a cluster has many ways to lose a job
        return Done(Refused(f"{type(error).__name__}: {error}"), None)
    return done if isinstance(done, Done) else Done(done, None)


def _label(task: Task) -> str:
    return textwrap.shorten(f"{task.docname}: {task.name}", 100, placeholder="...")
