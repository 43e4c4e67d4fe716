"""Goals on the Trade-off screen, and whether q reaches them when a control is released."""
