"""GraphQL, as much of it as a review bot asks: a parser of its core and resolvers for a few types."""
