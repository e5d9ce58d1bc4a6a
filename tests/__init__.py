"""A package, so that one of that name which another distribution leaves in site-packages does not stand before it."""
