"""The portal, as people and machines meet it."""
