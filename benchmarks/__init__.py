"""Speed and memory, each as a ratio against a named alternative measured in the same run.

One module per area; `python -m benchmarks` (`make bench`) lists and runs them.
"""
