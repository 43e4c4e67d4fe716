"""The screens, one per file, and the frame that declares them."""
