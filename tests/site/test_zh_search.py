"""The index and the query cut Han text in the same way, so that what a page says can be found."""

from __future__ import annotations

import json

import pytest
import quickjs

from zh_search import HanSearch

TEXT = "利用链式求导法则, 残差单元 ResNet-v2 的梯度传播过程 (h2 与 Hölder σ) 可以表示为: 层."


def split_query(query: str) -> list[str]:
    """What the search page makes of a query."""
    context = quickjs.Context()
    context.eval(HanSearch.js_splitter_code)
    return json.loads(context.eval(f"JSON.stringify(splitQuery({json.dumps(query)}))"))


@pytest.mark.parametrize(
    "query",
    [
        "残差",
        "梯度传播",
        "链式求导法则",
        "差",
        "层",
        "残差单元 ResNet",
        "ResNet-v2",
        "h2",
        "Hölder",
        "σ",
        "残差单元ResNet",
    ],
)
def test_what_the_text_says_is_found(query):
    terms = split_query(query)
    assert terms
    assert set(terms) <= set(HanSearch({}).split(TEXT))


@pytest.mark.parametrize("query", ["残元", "传播梯度", "池化", "h3"])
def test_what_the_text_does_not_say_is_not_found(query):
    assert not set(split_query(query)) <= set(HanSearch({}).split(TEXT))


@pytest.mark.parametrize("query", ["", "  ", "，。"])
def test_a_query_without_words_has_no_terms(query):
    assert split_query(query) == []


def test_latin_words_are_stemmed_as_in_english():
    assert HanSearch({}).stem("Connections") == HanSearch({}).stem("connection")
