"""Everything that touches Pyserini's internals: the start-up hook, registration, finding a JDK."""
