# Home Assistant puts probatio in the place of voluptuous when it is imported.
from probatio import *  # noqa: F403
