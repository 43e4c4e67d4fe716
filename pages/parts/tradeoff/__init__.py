"""The Trade-off screen: the controls of q and all that they change, as one element of the page."""
