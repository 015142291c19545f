"""Organisations: their businesses, who works where, and who looks after them. Of no mode."""
