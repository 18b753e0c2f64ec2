"""A household in which anything may happen, at any moment, in time that passes as fast as it can be computed."""
