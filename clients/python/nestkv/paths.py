"""Paths of the tree, and keys of a mapping."""

from typing import List, Optional, Sequence, Tuple, Union
from urllib.parse import quote, unquote

#: A percent-encoded path as in a URL ("/ep1/a%2Fb"), or the names of its segments (["ep1", "a/b"]).
Path = Union[str, Sequence[str]]


def encoded(path: Path) -> str:
    """The percent-encoded path."""
    if isinstance(path, str):
        return "/" + path.strip("/")
    return "".join("/" + quote(name, safe="") for name in path)


def segments(path: str) -> List[str]:
    """The names of a percent-encoded path."""
    return [unquote(name) for name in path.strip("/").split("/") if name]


class KeyMapper:
    """Turns the keys of a mapping into names of segments and back.

    A string is split at the separator. A backslash before the separator or another backslash makes it part of a name.
    """

    def __init__(self, separator: Optional[str]):
        if separator is not None and (separator == "" or "\\" in separator):
            raise ValueError("sep must be a non-empty string without a backslash, or None")
        self.separator = separator

    def names(self, key: Union[str, Tuple[str, ...]]) -> List[str]:
        """The names that a key means. A tuple is taken as it is."""
        if isinstance(key, tuple):
            names = list(key)
        elif self.separator is None:
            names = [key]
        else:
            names = self._split(key)
        if not names or any(not isinstance(name, str) or not name for name in names):
            raise KeyError(key)
        return names

    def key(self, *names: str) -> str:
        """The key that means these names."""
        if self.separator is None:
            return names[0]
        separator = self.separator
        return separator.join(name.replace("\\", "\\\\").replace(separator, "\\" + separator) for name in names)

    def _split(self, key: str) -> List[str]:
        names, name, index = [], "", 0
        while index < len(key):
            if key.startswith(self.separator, index):
                names.append(name)
                name, index = "", index + len(self.separator)
                continue
            if key[index] == "\\":
                index += 1
                if key.startswith(self.separator, index):
                    name, index = name + self.separator, index + len(self.separator)
                    continue
            name += key[index:index + 1]
            index += 1
        return names + [name]
