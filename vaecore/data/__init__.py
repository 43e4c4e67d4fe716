"""The pretrained models and their cards, the digits, and the files of MNIST."""
