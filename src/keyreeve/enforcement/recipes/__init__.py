"""How must a proxy ask the gate about every request, so that none gets around it? Recipes tell."""
