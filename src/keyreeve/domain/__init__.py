"""What is true: the nouns of Keyreeve and the one rule. Nothing here does IO or reads a clock."""
