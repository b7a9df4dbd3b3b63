"""The spaCy pipeline: characters, entities, relations, scores.

``tokenizer`` makes a Doc of characters that know their word. ``entities`` tags spans:
``encoder``, on ``gru``, reads the characters as they are and as LAC's network (``lac``)
sees them, ``crf`` decodes. ``linker`` relates the pairs of ``candidates`` by ``boosting``
and ``context``; ``own_linker`` does so for relations that a user adds. ``calibrator``
corrects the scores with ``calibration``. ``annotations`` keeps the result on the Doc,
``corpus`` makes training examples, ``scorer`` scores. ``unionie.factories`` registers the
components with spaCy.
"""
