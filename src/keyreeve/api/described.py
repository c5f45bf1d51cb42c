"""Our own public API as explanations need it."""

from keyreeve.api import problems
from keyreeve.api.application import BASES, operations
from keyreeve.domain.catalogue import Catalogue
from keyreeve.services.explanations import OwnApi

OWN = OwnApi(Catalogue(operations, bases=BASES), BASES, problems.STATUS)
