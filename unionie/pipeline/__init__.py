"""The spaCy pipeline: characters, entities, relations.

``tokenizer`` makes a Doc of characters that know their word, ``crf`` and ``entities``
tag spans, ``candidates`` and ``linker`` relate them, ``relations`` keeps the result on
the Doc, ``scorer`` scores both. ``factories`` registers all of it with spaCy.
"""
