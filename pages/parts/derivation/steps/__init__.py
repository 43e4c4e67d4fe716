"""The steps of the lesson, a module for each."""
