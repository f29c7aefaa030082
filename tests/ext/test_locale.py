"""The Chinese catalogue: complete, compiled from what is in it, and of what the code says."""

import gettext
import string
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

import sphinx_eqtest

PACKAGE = Path(sphinx_eqtest.__file__).parent
CATALOGUE = PACKAGE / "locale" / "zh_CN" / "LC_MESSAGES" / "sphinx_eqtest.po"


@pytest.fixture(scope="module")
def messages():
    with CATALOGUE.open("rb") as file:
        return {message.id: message.string for message in read_po(file, locale="zh_CN") if message.id}


def test_the_catalogue_holds_exactly_what_the_code_says(messages):
    said = {
        found[2]
        for found in extract_from_dir(PACKAGE, method_map=[("**.py", "python")], keywords={"_": None, "N_": None})
    }
    assert said == set(messages)


def test_everything_is_translated_with_the_same_fields(messages):
    for original, translation in messages.items():
        assert translation
        fields = [
            {field for _, field, _, _ in string.Formatter().parse(text) if field} for text in (original, translation)
        ]
        assert fields[0] == fields[1]


def test_the_compiled_catalogue_agrees(messages):
    with CATALOGUE.with_suffix(".mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    assert {original: compiled.gettext(original) for original in messages} == messages
