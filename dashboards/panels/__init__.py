"""The parts of pages: each function is one card row, chart or table, and says what it answers.

A page names its panels in their order; a panel asks one question of the published build.
"""
