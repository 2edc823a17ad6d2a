"""The parts of the model writer; its public face is `microinfer.build`."""
