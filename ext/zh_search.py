"""Full-text search for Chinese pages: Han text is indexed by its characters and their pairs.

Sphinx 9.0 asks for a stemmer ``ChineseStemmer`` that it does not ship, so that every query throws, and segments
pages into words but queries not, so that phrases find nothing. Pairs of neighbouring characters (bigrams) need
no dictionary and are the same on both sides; single characters are indexed for queries of one character.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sphinx.search.en import SearchEnglish

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.util.typing import ExtensionMetadata

HAN = r"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
HAN_RUN = re.compile(f"[{HAN}]+")
OTHER_WORD = re.compile(rf"[^\W{HAN}]+")

SPLIT_QUERY = rf"""
function splitQuery(query) {{
  const terms = new Set();
  for (const run of query.match(/[{HAN}]+|(?:(?![{HAN}])[\p{{L}}\p{{N}}_])+/gu) ?? []) {{
    if (!/^[{HAN}]{{2,}}$/.test(run)) terms.add(run);
    else for (let i = 0; i + 1 < run.length; i++) terms.add(run.slice(i, i + 2));
  }}
  return [...terms];
}}
"""


class HanSearch(SearchEnglish):
    """Han bigrams and single characters; words in Latin letters as in English."""

    lang = "zh"
    js_splitter_code = SPLIT_QUERY

    def split(self, text: str) -> list[str]:
        terms = OTHER_WORD.findall(text)
        for run in HAN_RUN.findall(text):
            terms += run
            terms += (run[i : i + 2] for i in range(len(run) - 1))
        return terms


def setup(app: Sphinx) -> ExtensionMetadata:
    app.add_search_language(HanSearch)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
