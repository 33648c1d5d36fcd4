"""English: every list of words, and every rule of spelling, that the code relies on.

Words are in lower case and, unless a docstring says otherwise, as `NormalizedText` writes them ("ok" for "okay", "i am"
for "I'm").
"""

# Normalisation

HESITATIONS = frozenset(
    ["um", "umm", "uh", "uhh", "uhm", "er", "err", "erm", "erhm", "ehm", "mm", "mmm", "hm", "hmm", "ah", "eh"]
)
"""Sounds that carry no words; they are left out of phrases and of the text that is searched alike."""

WRITTEN_FORMS = {
    "won't": "will not", "can't": "can not", "cannot": "can not", "shan't": "shall not", "ain't": "is not",
    "wont": "will not", "cant": "can not", "let's": "let us", "lets": "let us", "y'all": "you all",
    "im": "i am", "ive": "i have", "youre": "you are", "youve": "you have", "youll": "you will",
    "theyre": "they are", "theyve": "they have", "weve": "we have", "thats": "that 's", "whats": "what 's",
    "theres": "there 's", "heres": "here 's", "hows": "how 's", "gonna": "going to", "wanna": "want to",
    "gotta": "got to", "gimme": "give me", "lemme": "let me", "dunno": "do not know", "kinda": "kind of",
    "okay": "ok", "thankyou": "thank you", "goodbye": "good bye", "alright": "all right", "cos": "because",
    "coz": "because", "cuz": "because", "'cause": "because", "yous": "you", "ya": "you", "o'clock": "o'clock",
    "ma'am": "madam", "maam": "madam",
    "dont": "do not", "didnt": "did not", "doesnt": "does not", "isnt": "is not", "wasnt": "was not",
    "werent": "were not", "wouldnt": "would not", "couldnt": "could not", "shouldnt": "should not",
    "havent": "have not", "hasnt": "has not", "hadnt": "had not", "arent": "are not", "neednt": "need not",
    "mustnt": "must not", "mightnt": "might not",
}  # fmt: skip
"""Word as written → normalised words, separated by spaces. Only spellings with one meaning are listed: "its", "ill" and
"were" stay as they are."""

ENDINGS = {"n't": "not", "'m": "am", "'re": "are", "'ve": "have", "'ll": "will"}
"""Ending of a contraction → the word it stands for."""

AMBIGUOUS_ENDINGS = ("'s", "'d")
"""Endings that stand for one of several words: is or has, would or had. They become tokens of their own."""

SPELLINGS = (
    (r"^(\w{3,})is(e|ed|es|ing|er|ers|ation|ations)$", r"\1iz\2"),
    (r"^(\w{3,})our(s|ed|ing|able|ite|ites)?$", r"\1or\2"),
)
"""British spelling → American spelling: regular expressions with their replacements, applied to each word in turn."""

DISCOURSE_MARKERS = ("you know", "i mean", "you see", "sort of", "kind of", "like")
"""Texts, as written, that mean nothing between commas; elsewhere ("did you know", "I mean it") they do."""

RESTARTED_WORDS = frozenset({
    "a", "am", "an", "and", "are", "as", "at", "be", "because", "but", "can", "could", "did", "do", "does", "for",
    "from", "have", "he", "i", "if", "in", "is", "it", "let", "my", "not", "of", "on", "or", "our", "'s", "she", "the",
    "their", "they", "this", "to", "was", "we", "were", "what", "when", "where", "will", "with", "would", "you", "your",
})  # fmt: skip
"""Words that are said twice only when somebody begins again: "I I think", "the the order"."""

CLAUSE_STARTS = frozenset({
    "and", "are", "because", "but", "can", "could", "did", "do", "does", "he", "how", "i", "if", "is", "it", "let",
    "my", "our", "she", "that", "the", "there", "they", "this", "was", "we", "were", "what", "when", "where", "will",
    "would", "you", "your",
})  # fmt: skip
"""First words of short runs that are said twice only when somebody begins again: "it was it was", "can you can you"."""

SMALL_NUMBERS = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
"""The numbers from 0."""

TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
"""The tens from 20."""

ORDINAL_ENDINGS = frozenset(["st", "nd", "rd", "th"])

ORDINALS = {
    "one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth", "nine": "ninth",
    "twelve": "twelfth", **{ten: f"{ten[:-1]}ieth" for ten in TENS},
}  # fmt: skip
"""Number → ordinal, where it is not formed with "th"."""

NUMBER_WORDS = frozenset([*SMALL_NUMBERS, *TENS, "hundred", "thousand", "million", "dozen"])

ORDINAL_WORDS = frozenset(ORDINALS.get(word, f"{word}th") for word in (*SMALL_NUMBERS[1:], *TENS))

CURRENCIES = {"£": "pounds", "$": "dollars", "€": "euros", "₹": "rupees"}
"""Symbol before a number → the word that is spoken after it."""

# Phrases

SHORT_FORMS = {
    "is": ("is", "'s"), "has": ("has", "'s"), "would": ("would", "'d"), "had": ("had", "'d"),
    "'s": ("'s", "is", "has"), "'d": ("'d", "would", "had"),
}  # fmt: skip
"""Token of a phrase → all the tokens that it matches: the full word accepts AMBIGUOUS_ENDINGS, and they accept it."""

STEM_SPELLINGS = (
    (r"^(\w{3,})our", r"\1ou?r"),
    (r"^(\w{3,})is(?=[aei]|$)", r"\1i[sz]"),
)
"""SPELLINGS for the beginning of a word (`realis*`, `favour*`): the replacements are patterns that match either one."""

STOP_WORDS = frozenset({
    "a", "an", "and", "are", "as", "at", "be", "but", "can", "do", "for", "have", "he", "i", "if", "in",
    "is", "it", "me", "my", "no", "not", "of", "oh", "ok", "on", "or", "our", "she", "so", "that", "the",
    "they", "this", "to", "us", "was", "we", "well", "what", "will", "with", "would", "yeah", "yes", "you", "your",
})  # fmt: skip
"""Words so common that a phrase of one of them alone shows nothing."""

_UNIT = "(second|seconds|minute|minutes|hour|hours|day|days|night|nights|week|weeks|month|months|year|years)"
_WEEKDAY = "(monday|tuesday|wednesday|thursday|friday|saturday|sunday)"
_MONTH = "(january|february|march|april|may|june|july|august|september|october|november|december)"
_PART_OF_DAY = "(morning|afternoon|evening|night|lunchtime|teatime)"

PHRASE_CLASSES = {
    "number": "<figures>",
    "money": "<figures> (pound|pounds|quid|p|pence|dollar|dollars|buck|bucks|cent|cents|euro|euros|rupee|rupees|grand)",
    "duration": (
        "(<figures>|a|an|half [a|an]|[a] few|several|[a] couple [of]) [and a half] [to|or] [<figures>] "
        f"[more|full|working|business|calendar] ({_UNIT}|{_UNIT}'s) [or (two|three|so)]"
    ),
    "time": (
        "([half|quarter] [past|to] <figures> (o'clock|am|pm|thirty|fifteen|forty five)"
        "|<figures> in the (morning|afternoon|evening)"
        "|[at|by|before|after|around|about|until] (half|quarter) (past|to) <figures>"
        "|(at|by|before|after|around|until) <figures> [thirty|fifteen|forty five]"
        "|noon|midday|midnight|lunchtime|teatime|close of (business|play)|[the] end of [the] (day|business|play)"
        f"|(this|tomorrow) {_PART_OF_DAY}|first thing)"
    ),
    "date": (
        f"([this|next|on|by] {_WEEKDAY} [{_PART_OF_DAY}]|today|tonight|tomorrow [{_PART_OF_DAY}]"
        f"|the day after tomorrow|(this|next|coming) (week|weekend|month|year)|[the] <ordinal> [of] {_MONTH}"
        f"|{_MONTH} [the] <ordinal>|the <ordinal>|[the] end of [the|this|next] (week|month|year))"
    ),
}  # fmt: skip
"""Name of a phrase class → the phrase it stands for. `<figures>` is a number in words or figures, `<ordinal>` its
ordinal."""

SPOKEN_SYMBOLS = {
    "%": "percent",
    "&": "and",
    "@": "at",
    "#": "hash or number",
    "£": "pounds",
    "€": "euros",
    "+": "plus",
}
"""Symbol → how it is spoken, as advice to the author of a phrase."""

# The behavior classifier

CLASSIFIER_STOP_WORDS = frozenset({
    "a", "about", "all", "am", "an", "and", "any", "are", "as", "at", "be", "been", "being", "but", "by", "can",
    "could", "'d", "did", "do", "does", "for", "from", "get", "getting", "got", "had", "has", "have", "having",
    "he", "her", "here", "him", "his", "how", "i", "if", "in", "into", "is", "it", "its", "just", "me", "mine",
    "my", "not", "now", "of", "on", "or", "our", "out", "over", "'s", "said", "say", "says", "she", "so",
    "some", "somebody", "someone", "tell", "telling", "that", "the", "their", "them", "then", "there", "these",
    "they", "thing", "things", "this", "those", "till", "to", "told", "up", "us", "was", "we", "were", "what",
    "when", "where", "which", "who", "why", "will", "with", "would", "you", "your",
})  # fmt: skip
"""Words that are no feature by themselves, only as part of an n-gram: anybody who tells a story of any kind says "I",
"me", "been" and "told". The shipped model was trained with exactly these."""

TITLES = frozenset(["mr", "mrs", "ms", "dr", "st"])
"""Abbreviations whose full stop does not end a sentence."""

REPETITION_STOP_WORDS = frozenset({
    "and", "are", "but", "can", "could", "for", "from", "had", "has", "have", "how", "its", "just", "like", "more",
    "not", "now", "please", "right", "said", "say", "sorry", "that", "the", "them", "then", "there", "they", "this",
    "was", "well", "were", "what", "when", "where", "which", "who", "will", "with", "would", "yeah", "yep", "yes",
    "you", "your",
})  # fmt: skip
"""Words of three letters and more that anybody's next utterance may contain: using them again repeats nothing."""

# Turn-taking

BACKCHANNELS = frozenset({
    "absolutely", "aha", "all", "course", "exactly", "fine", "good", "got", "great", "huh", "i", "indeed", "it", "mhm",
    "of", "oh", "ok", "really", "right", "see", "sure", "true", "understood", "well", "yeah", "yep", "yes", "yup",
})  # fmt: skip
"""Words that signs of listening consist of. "mm" and "uh" are among the HESITATIONS and never occur."""

QUESTIONS = (
    "(can|could|would|will|may|shall|did) (you|i|we|they|it)",
    "(do|are|were|have) you",
    "is (it|that|this|there) (a|an|the|for|with|on|in|right|all|ok|correct|you|your|still)",
    "what (is|are|was|were|do|does|did|can|would|kind|time|date|name)",
    "what's (your|the|it|that|this|wrong|happened)",
    "which (one|of|is|are|was|do|did)",
    "how (many|much|long|old|often|do|does|did|can|would|is|are|may)",
    "(when|where|who|why) (is|are|was|were|do|does|did|am)",
    "(tell|give|read|confirm|spell) [me|us] [out|again] (your|the|that|it|what|which|when)",
    "(need|want|like) [to] [have|take|get|know] your",
    "your [first|last|full|order|account|phone|reference] (name|number|address|postcode|email|reference) [please]",
)
"""Phrases that questions and requests begin with, for engines that write no question marks. They separate questions
from the rest of a call well enough: at worst a silence is attributed to the wrong party."""

HOLDING_THE_TURN = (
    "let me [just] (see|look|check|find|get|grab|think|have)",
    "(hang|hold) on",
    "(just|wait|give me|one|two) [a|one] (second|seconds|sec|moment|minute|minutes)",
    "bear with me",
    "i will [just] [go and] (see|look|check|find|get|grab)",
    "i am [just] (looking|checking|finding|getting|trying)",
)
"""Phrases with which somebody keeps the turn while doing something else."""

# Text that recognisers invent

COURTESIES = (
    "thank you", "thanks", "thank you very much", "thank you so much", "thanks a lot", "bye", "bye bye", "goodbye",
    "you", "so", "the", "okay", "oh", "yeah", "i am sorry", "sorry", "hello", "please", "have a good day", "see you",
    "see you next time", "see you later", "good night", "that is all",
)  # fmt: skip
"""Texts, as written, that recognisers produce from noise and that people also say: believed where there surely is
speech."""

VIDEO_PHRASES = (
    "thanks for watching", "thank you for watching",
    "please subscribe", "subscribe to my channel", "subscribe to the channel", "like and subscribe",
    "see you in the next video", "in this video", "subtitles by", "subtitled by", "captions by", "captioned by",
    "transcribed by", "transcript by", "translated by", "the amara org community",
)  # fmt: skip
"""Texts, as written, that recognisers produce from noise and that nobody says to a customer: never believed."""

# Identifying the language

COMMON_WORDS = frozenset({
    "a", "about", "all", "am", "an", "and", "any", "are", "as", "at", "be", "because", "been", "but", "by", "can",
    "could", "did", "do", "for", "from", "get", "going", "good", "had", "has", "have", "he", "hello", "her", "him",
    "his", "how", "i", "if", "in", "is", "it", "just", "know", "like", "me", "more", "my", "need", "no", "not",
    "now", "of", "ok", "on", "one", "or", "our", "out", "please", "right", "said", "she", "so", "some", "sorry",
    "thank", "that", "the", "their", "them", "then", "there", "they", "this", "to", "up", "very", "want", "was",
    "we", "well", "what", "when", "which", "who", "will", "with", "would", "yes", "you", "your",
})  # fmt: skip
"""The commonest words of spoken English: about half of all words in any English conversation."""

# Names of speakers in transcripts

AGENT_LABELS = frozenset({
    "adviser", "advisor", "agent", "assistant", "associate", "care", "csr", "employee", "operator", "rep",
    "representative", "service", "services", "staff", "success", "support",
})  # fmt: skip
"""Words, as written, in the label of a speaker that is the agent: "Agent 1", "Customer Service Rep"."""

CUSTOMER_LABELS = frozenset({"caller", "client", "consumer", "cust", "customer", "guest", "member", "patient", "user"})
"""The same for the customer."""

MACHINE_LABELS = frozenset({
    "ai", "automated", "autoattendant", "bot", "chatbot", "ivr", "recording", "robot", "system", "virtual", "voicebot",
})  # fmt: skip
"""Words in the label of a machine: "Virtual Assistant", "AUTOMATED_AGENT". It is neither party."""

UNNAMED_LABELS = frozenset({"unknown", "unknown speaker", "unidentified", "unidentified speaker", "speaker"})
"""Whole labels that name nobody."""

PARTY_LABELS = frozenset({"agent", "customer", "caller", "client", "operator", "rep", "representative", "speaker"})
"""First words of labels that make a text file of labelled lines a transcript, even if each label occurs only once."""
