"""Instant answers for the exercises, one module a lesson."""
