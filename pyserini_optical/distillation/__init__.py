"""Distillation: from bitext to a student query encoder in a frozen teacher's space."""
