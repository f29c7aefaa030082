"""The network of a snippet, drawn from its named tensors and the autograd graph between them.

1. ``naming``: a namespace's tensors by the names that the code gives them, and the symbols of those names;
2. ``tape``: the recorded operations, inputs first; ``weights``: which of the leaves are weights;
3. ``graph``: units and connections, read off the tape;
4. ``fold``: the same with letters for indices, long runs as dots;
5. ``place``, ``unroll``: where each unit stands, as plain numbers;
6. ``label``, ``panel``, ``draw``: the figure; ``picture``: any figure as SVG and PDF (they alone import matplotlib);
7. ``plots``: the figures that a snippet leaves open.
"""
