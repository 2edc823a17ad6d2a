"""Files of the user: arrays that are read, output that is written whole or not at all."""
