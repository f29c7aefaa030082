"""Fixtures of the tests of the Sphinx extension."""

import pytest
from small_site import Site


@pytest.fixture(scope="module")
def make_site(tmp_path_factory, repository):
    return lambda: Site(tmp_path_factory.mktemp("site"), repository)
