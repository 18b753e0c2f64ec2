"""Proposals made from the traffic of one device."""
