"""Measures the server side by side with others: ``python -m benchmarks``.

What it measures and how is in docs/performance.rst.
"""
