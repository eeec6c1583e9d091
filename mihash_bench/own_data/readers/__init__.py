"""One file for each format that can be imported. A reader returns the rows of a file as a ``RowSource``."""
