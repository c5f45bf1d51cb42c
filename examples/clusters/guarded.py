"""The clusters API with Keyreeve inside: nothing of it runs before the decision says Allow."""

import keyreeve
from clusters import app as bare

app = keyreeve.guard(bare, raw_paths=True)
