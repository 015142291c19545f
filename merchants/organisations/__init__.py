"""Organisations: several businesses of the same people.

An organisation holds businesses, and its stewards look after it. It gives nobody a right within a
business: what a person may do there says their membership, as everywhere.
"""
