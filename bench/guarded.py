"""The barest ASGI application, which guards itself."""

import bare

import keyreeve

app = keyreeve.guard(bare.app)
