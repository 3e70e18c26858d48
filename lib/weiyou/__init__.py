"""圩您办 (weiyou): petitions, households, visits and supervision of a sub-district."""
