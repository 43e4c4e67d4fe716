"""Presenting to a class: large type without chrome, and a set list of prepared states."""
