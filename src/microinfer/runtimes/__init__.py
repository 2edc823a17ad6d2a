"""Other runtimes beside the device: LiteRT."""
