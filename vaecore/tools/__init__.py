"""The command line that trains the pretrained models and writes the package's data files."""
