"""The book's Sphinx configuration: ``make html`` builds ``docs`` with it."""

import os
import sys
from pathlib import Path
from urllib.parse import urlsplit

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE / "src"), str(HERE / "ext")]
os.environ["PYTHONPATH"] = os.pathsep.join(sys.path[:2])  # for the notebooks, which run in processes of their own

project = "残差与跳跃连接"
author = "eqtest contributors"
project_copyright = f"2026, {author}"
language = "zh_CN"

extensions = [
    "sphinx_eqtest",
    "katex_prerender",
    "page_language",
    "han_lines",
    "zh_search",
    "page_description",
    "page_weight",
    "page_bundles",
    "site_files",
    "myst_nb",
    "notebook_inputs",
    "notebook_cache",  # else the first build of notebooks with -j 2 crashes now and then
    "sphinx.ext.autodoc",
    "sphinx.ext.doctest",
    "sphinxcontrib.bibtex",
    "sphinx_copybutton",
    "sphinxext.opengraph",
]

# Numbers: figures, tables and equations are counted by chapter.
numfig = True
math_numfig = True
numfig_secnum_depth = 1

bibtex_bibfiles = ["docs/references.bib"]
bibtex_reference_style = "label"

# The experiments: run when a cell, or what cells import, has changed.
nb_execution_mode = "cache"  # "off" fails a strict build of notebooks: they then have no lexer
nb_execution_timeout, nb_execution_show_tb = 1800, True  # of a cell, on a busy machine
nb_output_stderr = "remove-warn"
nb_code_prompt_show, nb_code_prompt_hide = "展开代码", "收起代码"
notebook_inputs = ["docs/experiments/miniature.py", "src/eqtest/network/picture.py"]
notebook_packages = ["torch", "scikit-learn", "matplotlib"]
myst_enable_extensions = ["dollarmath"]

# Where the site is published, if anywhere: its sitemap, its 404 page and links to it from elsewhere need the address.
html_baseurl = os.environ.get("SITE_URL") or os.environ.get("READTHEDOCS_CANONICAL_URL", "")
html_baseurl = html_baseurl and html_baseurl.rstrip("/") + "/"
ogp_site_url = html_baseurl
site_zip = "book.zip"

html_theme = "furo"
html_title = project
html_math_renderer = "katex"
html_static_path = ["docs/_static"]
html_css_files = ["book.css"]
html_js_files = [("book.js", {"defer": "defer"})]
html_scaled_image_link = False  # an SVG by itself does not know the ink of the page
html_copy_source = False
html_show_sourcelink = False
html_additional_pages = {"404": "404.html"}
html_context = {"site_path": urlsplit(html_baseurl).path}
templates_path = ["docs/_templates"]
locale_dirs = [str(HERE / "ext" / "locale")]

# What is typed at a prompt is copied without the prompt and without what was answered.
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True

# The interface in Python: types of the standard library have no page to refer to, as the site asks no other site.
autodoc_typehints_format = "short"
python_use_unqualified_type_names = True
nitpick_ignore_regex = [
    ("py:.*", r"(typing|collections)\..*|(eqtest\.)?(options|span)\..*|Macro|Layout|Span|Mapping|Any|Literal.*"),
]

# `make latexpdf`: Sphinx takes XeLaTeX for Chinese of its own accord.
latex_documents = [("index", "book.tex", project, author, "manual")]
latex_use_xindy = False  # the index has no entry of a kind that needs it
latex_elements = {
    "preamble": r"""
\usepackage{bm}
\setCJKmainfont{Noto Serif CJK SC}
\setCJKsansfont{Noto Sans CJK SC}
\setCJKmonofont{Noto Sans Mono CJK SC}
""",
}
