"""The steps of the derivation, a module for each."""
