"""An English book in MyST Markdown, with Sphinx's own mathematics and theme: nothing here but a list of extensions."""

project = "Gradients by hand"
extensions = ["myst_parser", "sphinx.ext.mathjax", "sphinx_eqtest"]
myst_enable_extensions = ["dollarmath"]
math_numfig = True
numfig = True
