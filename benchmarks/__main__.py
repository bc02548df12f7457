"""`python -m benchmarks [AREA...]`: run benchmarks and print ratios.

Every module of this package that has a `run(scratch, small)` is an area. `run` yields lines of text
as it goes, the comparisons of `measure.Comparison` among them.
"""

from __future__ import annotations

import argparse
import importlib
import pkgutil
import sys
import tempfile
from pathlib import Path
from types import ModuleType

import benchmarks


def areas() -> dict[str, ModuleType]:
    """The modules of this package that can be run, by name."""
    names = sorted(module.name for module in pkgutil.iter_modules(benchmarks.__path__))
    modules = {
        name: importlib.import_module(f"benchmarks.{name}") for name in names if name != "__main__"
    }
    return {name: module for name, module in modules.items() if hasattr(module, "run")}


def parse(arguments: list[str], known: dict[str, ModuleType]) -> argparse.Namespace:
    """The command line."""
    described = "\n".join(
        f"  {name:12}{(module.__doc__ or '').strip().splitlines()[0]}"
        for name, module in known.items()
    )
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Speed and memory as ratios against a named alternative, measured in one run.",
        epilog=f"areas:\n{described}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("area", nargs="*", help="default: all of them")
    parser.add_argument("--small", action="store_true", help="sizes that take minutes, not hours")
    parser.add_argument("--scratch", type=Path, help="folder for generated data")
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> int:
    """Run the asked-for areas one after the other."""
    known = areas()
    asked = parse(sys.argv[1:] if arguments is None else arguments, known)
    if unknown := set(asked.area) - set(known):
        print(f"no such area: {', '.join(sorted(unknown))}; there are {', '.join(known)}")
        return 2
    with tempfile.TemporaryDirectory(prefix="bench_") as temporary:
        scratch = asked.scratch or Path(temporary)
        for name in asked.area or known:
            print(f"== {name}", flush=True)
            folder = scratch / name
            folder.mkdir(parents=True, exist_ok=True)
            for line in known[name].run(folder, asked.small):
                print(line, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
