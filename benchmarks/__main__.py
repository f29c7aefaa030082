"""``python -m benchmarks [NAME…]``: every benchmark of this package, or those that are named."""

import importlib
import pkgutil
import sys

import benchmarks

for name in sys.argv[1:] or [module.name for module in pkgutil.iter_modules(benchmarks.__path__)]:
    if name != "__main__":
        importlib.import_module(f"benchmarks.{name}").main()
