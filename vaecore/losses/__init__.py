"""What the loss of a training script optimises."""
