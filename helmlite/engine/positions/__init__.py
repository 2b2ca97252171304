"""Expressions written by where they stand in YAML: a scanner of positions, text with holes, a writer that fills them.

Nothing here knows Jinja2 or charts: pieces of text and holes go in, text comes out.
"""
