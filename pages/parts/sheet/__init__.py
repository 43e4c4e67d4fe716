"""The sheet for paper: what the instrument holds, with the code that prints the numbers, and lines to write on."""
