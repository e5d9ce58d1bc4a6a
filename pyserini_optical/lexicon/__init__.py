"""The translation table: IBM Model 1 by EM; mixtures; fall-backs; save, load, look up."""
