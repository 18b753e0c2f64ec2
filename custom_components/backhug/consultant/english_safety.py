"""English vocabulary of cautions and emergencies."""

from __future__ import annotations

from typing import Final

from ..consultation.questionnaire import Caution
from .vocabulary import SafetyVocabulary

_RECENTLY: Final = (
    "(?:since|from|this|last) (?:yesterday|today|this morning|last night|last week|"
    "morning|night|monday|tuesday|wednesday|thursday|friday|saturday|sunday)"
)


ENGLISH_SAFETY: Final = SafetyVocabulary(
    cautions={
        Caution.PREGNANCY: (
            "pregnan*",
            "(?:expecting|having|carrying)(?: a| our| my)? (?:\\w+ )?(?:baby|child|twins)",
            "(?:in my |the )?(?:\\w+ )?(?:trimester|months? along|weeks? along|weeks? gone)",
            "im expecting",
        ),
        Caution.PACEMAKER: (
            "pacemaker*",
            "pace maker",
            "defibrillator",
            "heart implant",
        ),
        Caution.BACK_CONDITION: (
            "(?:back|spine|spinal|disc|disk) (?:condition|disease|disorder|surgery|operation|fusion|injur*|stenosis|fracture)",
            "(?:slipped|herniated|bulging|prolapsed|ruptured) (?:disc|disk|discs|disks)",
            "discs?|disks?",
            "condition (?:of|with|in) (?:the|my) (?:back|spine)",
            "(?:herniat*|scolio*|osteopor*|spondyl*|arthrit*|stenosis|fractur*|lumbago|tumou?r|kyphosis|rheumat*)",
            "(?:broken|cracked) (?:vertebra*|back|rib|ribs|spine)",
            "(?:operation|operated|surgery) on (?:my|the) (?:back|spine)",
            "(?:my )?back (?:was|has been|got) operated",
        ),
        Caution.UNDER_18: (
            "(?:under|younger than|not yet|below) (?:18|eighteen)",
            "(?:im|i am|its for|for) (?:a|my) (?:child|kid|minor|teenager)",
            "underage",
        ),
        Caution.HEIGHT: (
            "(?:shorter|smaller|less) than (?:150|1_50|1_5)",
            "(?:taller|more) than (?:198|1_98)",
            "under (?:150|1_50|1_5)",
            "over (?:198|1_98)",
        ),
        Caution.WEIGHT: ("(?:heavier|more) than 165", "over 165"),
        Caution.NEW_PAIN: (
            "new (?:back )?pain*",
            "pain* (?:is|are|thats|that is|which is) (?:quite |very |rather )?new",
            "(?:sudden*|sharp|acute|stabbing) (?:\\w+ )?(?:\\w+ )?(?:pain*|hurt*|ache*)",
            "(?:pain*|hurt*|ache*) (?:\\w+ ){0,4}(?:sudden*|" + _RECENTLY + ")",
            _RECENTLY + " (?:\\w+ ){0,5}(?:pain*|hurt*|aches?|aching)",
            "(?:pain*|hurt*) (?:\\w+ ){0,3}(?:started|began) (?:\\w+ )?(?:yesterday|today|recently|this|last)",
            "(?:fell (?:down|off|over)|had a fall|(?:had an|car|in an) accident)",
        ),
        Caution.RADIATING_PAIN: (
            "radiat*",
            "(?:shoots|shooting) (?:pain*|down|into|up)",
            "(?:pain*|hurt*|ache*|pull*|goes|going|runs|running|travels|spreads) (?:\\w+ ){0,4}(?:down|into|along|to) (?:my |the |both |one )?(?:left |right )?(?:leg|arm|legs|arms|foot|hand|buttock|hip)s?",
            "(?:down|into) (?:my|the|one|both) (?:left |right )?(?:leg|arm|legs|arms|foot|hand)",
            "sciatic*",
        ),
        Caution.NUMBNESS: (
            "(?:numb*|tingl*|pins and needles)",
            "(?:cant|cannot|can not|dont|barely|hardly) feel (?:my|the) (?:\\w+ )?(?:leg|arm|foot|feet|hand|toe|finger|back)s?",
            "no feeling in (?:my|the|one) *",
            "fall* asleep",
        ),
    },
    caution_answers={
        Caution.HEIGHT: ("height", "too (?:tall|short|small)", "my size"),
        Caution.WEIGHT: ("weight", "too heavy"),
        Caution.UNDER_18: ("my age", "too young"),
        Caution.BACK_CONDITION: ("(?:a|the) condition", "condition"),
        Caution.NEW_PAIN: ("the pain is", "(?:it|thats|pain) (?:is )?new"),
    },
    emergencies=(
        "(?:chest|heart) (?:pain*|pressure|tight*|hurts|attack)",
        "(?:pain*|pressure|tight*|hurts|hurting|burning|stabbing) (?:\\w+ ){0,2}(?:in|on|around|across) (?:my |the )?(?:chest|heart)",
        "(?:cant|cannot|can not|can hardly|can barely|cant really|hard to|trouble|difficulty|struggling to) breath*",
        "(?:short(?:ness)? of breath|(?:having|had) a stroke|(?:passed|passing) out|fainted|fainting|unconscious)",
        "(?:cant|cannot|can not|can hardly) move (?:my|the|one|both) (?:\\w+ )?(?:leg|arm|hand|foot|toe|finger|face)s?",
        "(?:cant|cannot|can not|lost|losing) (?:hold|control)(?: of| over)? (?:my )?(?:bladder|bowel*|urine)",
        "(?:paraly*|incontinen*|ambulance|emergency)",
    ),
    too_young=(
        r"\b(\d+) years? old\b",
        r"\b(?:im|i am|aged?) (?:only )?(\d+)(?= (?:[,.;!?]|and|but|years|so)|\s*$)",
    ),
    negations=(
        "(?:not|dont|doesnt|havent|hasnt|isnt|arent|never|without|neither|nor|aint|wasnt)",
        "no(?= )(?! (?:i|im|ive|my|it|its|there|theres|but|the|she|he|we|just|only|actually|wait|sorry)\\b)",
        "(?:free of|nothing)",
    ),
    uncertain=(
        "(?:not (?:\\w+ )?(?:sure|certain)|unsure|dont know|do not know|not only|no idea|might|may|maybe|perhaps|possibly|could be|cant rule out|no doubt)",
    ),
    clause=r"[,;.!?]|\b(?:but|and|except|apart|only|however|although|i|im|ive|my|theres)\b",
    exceptions=(
        "(?:but(?! (?:what|why|how|where)\\b)|unless|except|apart|besides|though|although|however|other than)",
    ),
)
