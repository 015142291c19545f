"""Sanctions and watch-list screening: lists in versions, matching of names, cases, re-screening."""
