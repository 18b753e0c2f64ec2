"""How fast the integration is, against what is beside it in the same process."""
