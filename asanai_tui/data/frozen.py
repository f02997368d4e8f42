"""What the structs of the document have in common."""

import msgspec

Shape = tuple[int, ...]


class Frozen(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Base of the structs of the document: immutable, unknown fields refused."""
