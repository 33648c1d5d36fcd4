"""The language that callers speak: normalised text, the phrases searched for in it, and the word lists of English.

No other package holds words of a language: everything that depends on English is in `en`, and the modules that use a
list take it from there. A further language needs four things:

1. A module next to `en`, named by the ISO 639-1 code (`de`, `nl`), with the same names. A list that the language has no
   use for is empty: a language without contractions leaves WRITTEN_FORMS and ENDINGS empty, and nothing is replaced.
2. The choice of that module by the language of the rubric, in the modules that import `en`:
   `language.normalization` and `language.phrase_syntax`, `transcripts.formats.speaker_labels`, `recordings.sidecars`,
   `behaviors.context` and `behaviors.classifier.utterance_model`, `transcription.hallucinations` and
   `transcription.language_check`, `conversation.turn_taking`, `authoring.phrase_lint`. They keep their logic and their
   thresholds.
3. Phrases: `rubrics/_cues.yaml` (who is the agent, and answering machines) and one file per behavior in
   `rubrics/behaviors/`, each with the examples that test it.
4. Training data as in `training/`: lines, calls and kinds of words. `tools/train_behaviors.py` makes the model.

Whisper recognises the language already (`--language`), and texts in any script are normalised.
"""
