"""Public interface to protocols described as data: their files, and the client's protocol."""

from .protocols.described.description import Description
from .protocols.described.document import DescriptionError
from .protocols.described.file import read_description
from .protocols.described.protocol import DescribedProtocol

__all__ = ["DescribedProtocol", "Description", "DescriptionError", "read_description"]
