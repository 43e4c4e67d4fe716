"""The introduction of the first visit to the Trade-off screen: a question at a time, each answered by doing."""
