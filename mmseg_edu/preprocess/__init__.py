"""The first step of the pipeline: make pictures, sounds and films fit to be described by features."""
