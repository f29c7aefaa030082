"""Where a site lies, what else is built at the same time and how many processes read it make no difference."""

import pytest
from small_site import NET, TRUE, Site

CHECK = f".. math:: {TRUE}\n   :label: equ-NUMBER\n\n.. eqtest:: equ-NUMBER\n   :snippet: net-NUMBER\n"


def fill(site):
    """Enough pages to be read in several processes."""
    site.write("index.rst", "Home\n====\n\n.. toctree::\n   :glob:\n\n   *\n")
    for number in range(8):
        title = f"Page {number}\n======\n\n"
        site.write(f"page{number}.rst", title, NET.format(name=f"net-{number}"), CHECK.replace("NUMBER", str(number)))
    return site


@pytest.fixture
def site(make_site):
    return fill(make_site())


def verified(site):
    pages = [path.stem for path in site.docs.glob("page*.rst")]
    assert len(pages) == 8
    return all("✓" in site.html(page).find("details").text for page in pages)


@pytest.mark.parametrize("jobs", ["2", "auto"])
def test_a_site_that_is_read_in_parallel_does_not_hang(site, jobs):
    process = site.start("-W", "-j", jobs)
    _, said = process.communicate(timeout=300)
    assert (process.returncode, said) == (0, "")
    assert verified(site)


def test_folders_may_have_any_name(tmp_path, repository):
    site = fill(Site(tmp_path / "第一章 – e̋ %20 'x'", repository))
    site.write("数据.csv", "1\n")
    page = "Fails\n=====\n\n.. torch:: 失败\n   :depends: 数据.csv\n\n   é = open('数据.csv').read()\n   1 / 0\n"
    site.write("残差.rst", page)
    for _ in range(2):  # run, and from the cache
        build = site.build()
        assert build.stderr.count("WARNING") == 1
        assert site.warning("残差.rst", "1 / 0", "snippet")(build.stderr)
        assert "snippet 失败: ZeroDivisionError" in build.stderr
    assert verified(site)


def test_files_that_a_snippet_writes_reach_no_other_snippet_and_no_later_build(site):
    for name in "leaves", "finds":
        code = "import os\n\n   print(os.listdir())\n   open('left.txt', 'w').write('here')"
        site.write(f"{name}.rst", f"Files\n=====\n\n.. torch:: {name}\n\n   {code}\n")
    before = sorted(path.name for path in site.docs.iterdir())
    for _ in range(2):
        assert site.build("-W", "-D", "eqtest_mode=force").returncode == 0
        outputs = [site.html(page).select_one(".eqtest-output").get_text() for page in ("leaves", "finds")]
        assert [output.splitlines()[0] for output in outputs] == ["[]", "[]"]
    assert sorted(path.name for path in site.docs.iterdir()) == before


def test_a_cache_that_cannot_be_written_is_said_once_and_everything_is_done(site):
    for _ in range(2):
        build = site.build("-W", "-D", "eqtest_cache_dir=conf.py/cache")
        assert build.returncode == 0
        assert build.stdout.count("a result cannot be kept") == 1
        assert "(15 more like this)" in build.stdout
    assert verified(site)


def test_two_builds_at_the_same_time_share_a_cache(site, repository):
    other = Site(site.root / "other", repository)
    fill(other)
    cache = ("-D", f"eqtest_cache_dir={site.root / 'shared'}")
    processes = [each.start("-W", *cache) for each in (site, other)]
    for process in processes:
        stdout, stderr = process.communicate(timeout=300)
        assert (process.returncode, stderr) == (0, "")
        assert "eqtest:" not in stdout
    assert verified(site)
    assert verified(other)
    for each in site, other:
        (each.docs / "page0.rst").touch()
        assert ": run (" not in each.build("-v", "-W", *cache).stdout
