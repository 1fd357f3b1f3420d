"""Evaluations: conversations written down with what is expected of their answers, asked of the
assistant before a change goes live.

    cases.py    a file of cases, read          rules.py     an answer held against its case
    running.py  all of them, several at once   figures.py   a set of results in a table
    results.py  runs, stored and read again    report.py    one run for a browser, junit.py for CI
"""
