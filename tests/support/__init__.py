"""What several tests share: oracles, networks, strategies, browsers."""
