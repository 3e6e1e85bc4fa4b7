"""Keys, pseudonyms and linkage codes: nobody is named in the warehouse."""
