"""Markdown tables."""


class Table:
    """Writes its head before its first line. Columns are pairs of a title and a format, as ".2f"; "" is text."""

    def __init__(self, write, *columns):
        self.write = write
        self.columns = columns
        self.is_empty = True

    def line(self, *cells, note=""):
        """Writes a line; what is not a number is written as it is. A note comes after its end."""
        if self.is_empty:
            self.write("| " + " | ".join(title for title, _ in self.columns) + " |")
            self.write("|" + "|".join("---:" if form else "---" for _, form in self.columns) + "|")
            self.is_empty = False
        texts = [cell if isinstance(cell, str) else format(cell, form) for cell, (_, form) in zip(cells, self.columns)]
        self.write("| " + " | ".join(texts) + " |" + (f" {note}" if note else ""))
