"""Goals on the Trade-off screen, and whether what the hand let go of reaches them."""
