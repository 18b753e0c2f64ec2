"""English vocabulary of cautions and emergencies."""

from __future__ import annotations

from typing import Final

from ..consultation.questionnaire import Caution
from .vocabulary import SafetyVocabulary

_RECENTLY: Final = (
    "(?:since|from|this|last) (?:yesterday|today|this morning|last night|last week|"
    "morning|night|monday|tuesday|wednesday|thursday|friday|saturday|sunday)"
)

_LIST: Final = (
    "(?:(?:the|your|these|those) (?:\\w+ )?(?:cautions?|conditions?|points?|things|items|ones|questions|lists?|"
    "contraindications?|exclusions?|warnings?|reasons?|issues|problems)"
    "(?: (?:listed|mentioned|above|named|there|you (?:just )?(?:mentioned|listed|named|read|said|asked)))?"
    "|that (?:stuff|lot|kind|sort)|these|those|them|that|this|it|the above|the (?:sort|kind))"
)
_APPLY: Final = "(?:apply|applies|is true|are true|concerns?|fits?|affects?)(?: (?:to |for )?(?:me|us|myself))?"

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
            "(?:crooked|curved|bent|fused) (?:spine|back)|curv\\w+ (?:of|in) (?:my|the) (?:spine|back)|curvature",
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
        "(?:but(?! (?:what|why|how|where)\\b)|unless|except|apart|wait|hold on|hang on|scratch that|besides|though|although|however|other than)",
    ),
    denials=(
        (
            f"(?:none|nothing|neither|not (?:any|one|a single one|a thing))(?: whatsoever| at all)?(?: (?:of|from|like|on) (?:all )?(?:of )?{_LIST})?"
            f"(?: whatsoever| at all)?(?: {_APPLY})?"
        ),
        f"(?:(?:i|we) )?(?:do not|dont|havent|have not|aint) (?:have |got |had )?(?:any|anything|one|a single one)(?: (?:of|like) {_LIST})?(?: at all)?",
        f"(?:(?:i|we) have|ive|ive got|i have got|have|got|i got) (?:none|nothing)(?: (?:of|like) {_LIST})?",
        f"(?:{_LIST}|they|it) (?:all )?(?:dont|do not|doesnt|does not)(?: apply(?: to me)?)?",
        "(?:dont|do not|doesnt|does not) apply(?: to me)?",
        f"(?:he|she|they) (?:(?:has|have)(?: got)? (?:none|nothing)|(?:hasnt|havent|doesnt have|dont have)(?: got)? (?:any|anything))(?: (?:of|like) {_LIST})?",
        "i (?:dont|do not|havent|have not)",
        f"no (?:such (?:problems|issues|things)|(?:such |medical |health )?(?:cautions?|contraindications?|conditions?)|(?:medical|health) (?:issues?|problems?|concerns?))(?: (?:of that kind|like {_LIST}|of {_LIST}))?",
        "(?:absolutely|definitely|certainly|of course|luckily|fortunately|thankfully|thank (?:god|goodness|heavens)|god|hell|heavens|good heavens) (?:no|not)(?: to all)?",
        f"no to (?:all|everything|each|every one|the lot)(?: of {_LIST})?",
        "(?:not at all|all (?:no|noes|negative)|negative|not me|nothing to report|nothing here)",
        "all (?:fine|good|clear|ok|okay)(?: (?:here|with me))?",
        f"(?:i can )?(?:rule|say no to|deny) (?:all|everything)(?: of {_LIST})?(?: out)?|i can rule (?:all of )?{_LIST} out",
        f"(?:im |i am )?(?:free|clear) of (?:all )?(?:of )?{_LIST}",
    ),
    noes=("(?:no thanks|no thank you|no|nope|nah|naw|nay)",),
    denial_words=(
        (
            "(?:please|thanks|ta|cheers|honest|with confidence|thank (?:you|god|goodness|heavens)|luckily|fortunately|happily|well|um+|uh+|er|hmm?|oh|ah|so|ok|okay|hi|hello|hey|"
            "good (?:morning|evening|afternoon)|honestly|really|actually|truly|definitely|absolutely|certainly|(?:im |i am )?(?:quite |very )?sure|for sure|sorry|"
            "dear|mate|man|sir|madam|maam|just|and|or|yes|yeah|(?:as|like) i (?:already )?said|i (?:already )?(?:said|told you)|as (?:already )?(?:said|mentioned)|"
            "(?:for|with|to) me|here|(?:(?:im|i am|perfectly|completely|totally|very|fully|quite|and|all|really) )*(?:healthy|fit as a fiddle|fit|in good (?:health|shape))|"
            "(?:happy|glad|pleased) to say|i can say|lol|haha|again|still|knock on wood|touch wood|(?:the|my) answer is|its|it is|thats|that is|just me|i was (?:joking|kidding)|go on|carry on|(?:id|i would) say|let me (?:think|see)(?: about (?:it|that))?|all of (?:them|those|these))"
        ),
    ),
    alarms=(
        (
            "(?:hearts?|chest|heads?|arms?|legs?|foot|feet|hands?|fingers?|toes?|knees?|spine|spinal|bones?|blood|nerves?|doctors?|surgeon|physician|physio*|hospital|"
            "surger*|operat*|implant*|screws?|metal|medic*|pills?|cancer|epilep*|diabet*|asthma|thrombo*|stroke|weak|weakness|dizz*|swollen|swelling|fever|accident)"
        ),
    ),
    denial_names=(
        "(?:cautions?|contraindications?|exclusions?|warnings?|(?:safety|health) questions?)",
    ),
    meanings=(
        "(?:what (?:do|did) you mean (?:by|with|when you say)|whats meant by|what is meant by|define|explain|what(?: is|s| are) (?:a |an |the )?(?:meaning|definition) of)(?: (?:a|an|the))? (?!my\\b|i\\b)\\w+(?: (?:pain|condition|problem|disc))?",
        "(?:(?<=^ )|(?<=[,;.!?] )|(?<=but )|(?<=and )|(?<=so ))what(?: is|s| are)(?: (?:a|an))? (?!my\\b|the\\b|wrong\\b|it\\b|that\\b|this\\b)\\w+(?: (?:pain|condition|disc))?(?= (?:[?]|[.]|exactly|anyway|supposed)|\\s*$)",
        "what does (?:(?:a|an|the) )?(?!my\\b)\\w+(?: (?:pain|condition|disc))? (?:mean|stand for)",
    ),
)
