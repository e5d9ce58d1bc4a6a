"""Questions over a network: an HTTP service, its page, and tools for models, all over one searcher."""
