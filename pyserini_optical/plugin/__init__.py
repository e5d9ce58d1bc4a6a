"""All that touches Pyserini's inside: the start-up hook, registration, finding a JDK."""
