"""Makes the pages of the site that depend on the code: methods, verbs, and copies of pages outside of ``docs``."""
