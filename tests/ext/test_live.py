"""``make livehtml``: a formula that is saved is checked and shown again, once, and nothing else sets a build off."""

import os
import queue
import re
import signal
import socket
import subprocess
import sys
import threading

import pytest
from bs4 import BeautifulSoup
from small_site import CONF, FALSE, NET, TRUE

from processes import gone

BUILT = re.compile(r"The HTML pages are in|build succeeded|build finished")
PATIENCE = 240
QUIET = 6
"""Seconds without a build after which there is none under way: sphinx-autobuild looks for changes twice a second."""


@pytest.fixture
def command(repository):
    """What the Makefile starts."""
    lines = (repository / "Makefile").read_text(encoding="utf-8").splitlines()
    (line,) = [line for line in lines if line.startswith("\t") and "sphinx_eqtest.live" in line]
    return line.split()[1:]


class Server:
    """sphinx-autobuild; ``line(words)`` waits until it prints them."""

    def __init__(self, arguments, folder, environment):
        self.lines = queue.Queue()
        self.process = subprocess.Popen(
            [sys.executable, "-u", *arguments],
            cwd=folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
        )
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.process.stdout:
            self.lines.put(line)

    def until(self, words):
        seen = []
        while not seen or words not in seen[-1]:
            seen.append(self.lines.get(timeout=PATIENCE))
        return "".join(seen)

    def quiet(self):
        """Everything that is printed until nothing is for a while."""
        seen = []
        while True:
            try:
                seen.append(self.lines.get(timeout=QUIET))
            except queue.Empty:
                return "".join(seen)

    def stop(self, number):
        self.process.send_signal(number)
        self.process.wait(60)


@pytest.fixture
def serve(repository, command):
    """Serves a site until the test is over."""
    servers = []

    def start(site):
        (site.root / "conf.py").write_text((site.docs / "conf.py").read_text(encoding="utf-8"), encoding="utf-8")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        values = {"$(SPHINXOPTS)": "", "$(BUILD)": "build"}
        arguments = [re.sub(r"\$\(\w+\)", lambda found: values[found[0]], part) for part in command]
        path = os.pathsep.join([str(repository / "src"), str(repository / "ext")])
        environment = os.environ | {"PYTHONPATH": path, "NO_COLOR": "1"}
        servers.append(Server([*filter(None, arguments), "--port", str(port)], site.root, environment))
        return servers[-1]

    yield start
    for server in servers:
        server.stop(signal.SIGTERM)


def test_one_save_is_one_build(make_site, serve):
    site = make_site()
    page = f".. math:: {TRUE}\n   :label: a\n\n.. eqtest:: a\n   :snippet: net\n"
    site.write("index.rst", "Home\n====\n", NET.format(name="net"), page)
    server = serve(site)
    first = server.until("Serving on")
    assert first.count("build succeeded") == 1
    assert not BUILT.search(server.quiet())  # what the build wrote sets no other off
    site.replace("index.rst", TRUE, FALSE)
    second = server.until("build succeeded") + server.quiet()
    assert second.count("build succeeded") == 1
    line = site.line("index.rst", FALSE)
    assert f"index.rst:{line}: WARNING: equation a fails: with " in second


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_builds_share_a_worker_that_is_gone_at_the_end(make_site, serve, number):
    site = make_site()
    site.write("helper.py", "VALUE = 1")
    site.write("conf.py", f"import sys\nsys.path.insert(0, {str(site.docs)!r})\n", CONF)
    site.write("index.rst", "Home\n====\n", ".. torch:: ask\n\n   import os, helper\n   [os.getppid(), helper.VALUE]\n")
    server = serve(site)

    def shown():
        server.until("Serving on")
        page = site.root / "build" / "html" / "index.html"
        return re.search(r"\[(\d+), (\d)\]", BeautifulSoup(page.read_text("utf-8"), "html.parser").text).groups()

    before = shown()
    server.quiet()
    site.write("helper.py", "VALUE = 2")
    site.replace("index.rst", "Home", "Work")
    after = shown()
    assert (before, after) == ((before[0], "1"), (before[0], "2"))
    assert not gone(int(after[0]), 0.2)
    server.stop(number)
    assert gone(int(after[0]))
