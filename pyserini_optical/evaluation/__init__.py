"""Measures, significance, rank distance, tables and plots.

The modules are imported where they are used, so that scoring a run loads neither scipy nor matplotlib.
"""
