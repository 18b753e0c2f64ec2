"""Tests of the images of tension: content, words, and how often they write a state."""
