"""Results are kept: nothing runs twice, failures are repeated, and pages follow the checks of other pages.

Snippets write to a file whenever they run, so that the tests see every run, also those inside checks.
"""

import shutil

import pytest
from small_site import FALSE, NET, TRUE, Site


@pytest.fixture
def site(make_site):
    site = make_site()
    nets = [net(site, name) for name in ("one", "two")]
    site.write("index.rst", "Home\n====\n\n.. toctree::\n   :glob:\n\n   *\n\n", *nets)
    site.write("first.rst", f"First\n=====\n\n.. math:: {TRUE}\n   :label: equ-1\n")
    site.write("second.rst", f"Second\n======\n\n.. math:: {TRUE}\n   :label: equ-2\n")
    checks = ".. eqtest:: equ-1\n   :snippet: one\n\n.. eqtest:: equ-2\n   :snippet: two\n"
    site.write("checks.rst", f"Checks\n======\n\n{checks}")
    return site


def net(site, name):
    return NET.format(name=name) + f'   _ = open({str(site.root / "runs")!r}, "a").write("{name}\\n")\n'


def runs(site):
    """How often each snippet has run, as a sorted list of names."""
    path = site.root / "runs"
    return sorted(path.read_text().split()) if path.exists() else []


def written(site):
    pages = (path.stem for path in site.docs.glob("*.rst"))
    return {page: (site.out / "html" / f"{page}.html").stat().st_mtime_ns for page in pages}


def test_results_live_as_long_as_what_they_belong_to(site):
    assert (site.build("-W").returncode, site.build("-W").stderr) == (0, "")
    first = runs(site)
    assert {"one", "two"} == set(first)

    before = written(site)
    unchanged = site.build("-W")
    assert unchanged.returncode == 0
    assert "no targets are out of date" in unchanged.stdout
    assert (runs(site), written(site)) == (first, before)

    site.replace("first.rst", "First\n=====", "Foremost\n========\n\nMore prose, and the formula stands lower.")
    assert site.build("-W").returncode == 0
    assert runs(site) == first

    site.replace("first.rst", TRUE, FALSE)
    edited = site.build("-W", "--keep-going")
    assert edited.returncode == 1
    assert site.warning("first.rst", FALSE, "fails")(edited.stderr)
    after = runs(site)
    assert after.count("one") > first.count("one")
    assert after.count("two") == first.count("two")  # nothing but the edited formula was checked
    again = site.build("-W", "--keep-going")
    assert again.returncode == 1
    assert again.stderr.splitlines()[0] == edited.stderr.splitlines()[0]
    assert runs(site) == after


def test_an_equation_page_follows_the_checks_on_other_pages(site):
    site.build()
    assert site.html("first").find("details") is not None
    before = written(site)
    (site.docs / "checks.rst").unlink()
    assert site.build("-W").returncode == 0
    assert site.html("first").find("details") is None
    assert written(site)["first"] > before["first"]
    assert site.build("-W").returncode == 0


def test_the_mode_is_taken_at_its_word(site):
    off = site.build("-D", "eqtest_mode=off")
    assert (off.stderr, runs(site)) == ("", [])
    assert "eqtest_mode is 'off'" in off.stdout
    assert site.html("first").find("details") is None
    site.build()
    first = runs(site)
    assert site.html("first").find("details") is not None
    assert site.build("-D", "eqtest_mode=force").returncode == 0
    assert runs(site) == sorted(2 * first)
    site.build("-D", "eqtest_mode=off")
    assert site.html("first").find("details") is None


def test_a_snippet_that_others_continue_runs_once_with_them(site):
    more = "".join(f".. torch:: more-{number}\n   :after: one\n\n   print(L.shape)\n\n" for number in (1, 2))
    site.write("checks.rst", "More\n====\n\n", more)
    assert site.build("-W").returncode == 0
    assert runs(site) == ["one", "one", "two"]


def test_pages_that_another_version_has_read_are_read_again(tmp_path, repository):
    for folder in ("src", "ext"):
        shutil.copytree(repository / folder, tmp_path / "package" / folder)
    site = Site(tmp_path / "site", tmp_path / "package")
    site.write("index.rst", "Home\n====\n\n", NET.format(name="net"))
    assert site.build("-W").returncode == 0
    records = tmp_path / "package" / "ext" / "sphinx_eqtest" / "records.py"
    records.write_text(records.read_text().replace("    memory_limit:", "    memory:"))
    for user in records.parent.rglob("*.py"):
        user.write_text(user.read_text().replace("snippet.memory_limit", "snippet.memory"))
        user.write_text(user.read_text().replace("memory_limit=self.options", "memory=self.options"))
    after = site.build("-W")
    assert (after.returncode, after.stderr) == (0, "")
    assert "1 added, 0 changed" in after.stdout


def test_a_snippet_whose_process_was_killed_runs_again(site):
    flag = site.root / "flag"
    killed = f"import os, pathlib\n\n   if not pathlib.Path({str(flag)!r}).exists():\n       os.kill(os.getpid(), 9)\n"
    site.write("checks.rst", f"Killed\n======\n\n.. torch:: killed\n\n   {killed}")
    assert site.warning("checks.rst", "import os", "snippet")(site.build().stderr)
    flag.touch()
    before = runs(site)
    assert site.build("-W").returncode == 0
    assert runs(site) == before
