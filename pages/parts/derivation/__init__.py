"""The lesson: nine steps from the refresher on KL to the training objective, each with something to move."""
