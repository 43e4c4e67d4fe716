"""What stands between the network and the app: who may ask, how much, and what every answer carries."""
