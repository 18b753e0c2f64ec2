"""English vocabulary of cautions and emergencies."""

from __future__ import annotations

from typing import Final

from ..consultation.questionnaire import Caution
from .vocabulary import SafetyVocabulary

_RECENTLY: Final = (
    "(?:(?:since|from|this|last|on|only) (?:yesterday|today|this morning|last night|last week|"
    "morning|night|monday|tuesday|wednesday|thursday|friday|saturday|sunday)|(?:the day before )?yesterday|"
    "(?:two|three|four|a few|a couple of|\\d) days ago|this week|the other day|out of the blue|out of nowhere|all of a sudden|ever since)"
)

_LIST: Final = (
    "(?:(?:the|your|these|those) (?:\\w+ )?(?:cautions?|conditions?|points?|things|items|ones|questions|lists?|"
    "contraindications?|exclusions?|warnings?|reasons?|issues|problems|(?:tick ?)?boxes|criteria|ailments|illnesses|complaints|diseases|statements)"
    "(?: (?:listed|mentioned|above|named|there|you (?:just )?(?:mentioned|listed|named|read|said|asked)))?"
    "|(?:that|the|your|this) (?:whole |entire )?(?:stuff|lot|kind|sort|list)|your (?:stuff|things)|it all|all (?:that|this|of it|of them|of those|of these)|these|those|them|em|that|this|it|the above|the (?:sort|kind))"
)
_APPLY: Final = "(?:apply|applies|is true|are true|concerns?|fits?|affects?|(?:is|are|describes?|sounds? like)(?= me\\b))(?: (?:to |for )?(?:me|us|myself))?"

ENGLISH_SAFETY: Final = SafetyVocabulary(
    cautions={
        Caution.PREGNANCY: (
            "pregnan*",
            "(?:expecting|having|carrying)(?: a| our| my)? (?:\\w+ )?(?:baby|child|twins)",
            "(?:in my |the )?(?:\\w+ )?(?:trimester|months? along|weeks? along|weeks? gone)",
            "im expecting",
            "(?:baby|little one|bump|bun|twins|child)(?: (?:number )?\\w+)? (?:is |are |thats )?(?:on the way|in the oven|due)",
            "(?:im|i am|were|we are) due (?:in|on|next|this|any)",
            "(?:family way|eating for two|with child|baby bump|unborn|(?:mum|mom|mother) to be|morning sickness|trimester)",
            "due date|my due|(?:baby|bairn|wee one) (?:coming|due|arrives|arriving)|up the duff|embarazada|months? pregnant|knocked up|expecting (?:in|next|this)",
            "months? gone|having (?:a |our |another )?(?:\\w+ )?(?:girl|boy|little one)|(?:baby|little one) (?:comes|is coming|arrives|is arriving)",
        ),
        Caution.PACEMAKER: (
            "pacemaker*",
            "pace maker|pacer",
            "(?:defib*|icd|heart (?:implant|device)|(?:cardiac|heart) (?:device|implant)|loop recorder)",
            "(?:device|box|boxes|gadget|implant|thing|things|machine|battery|unit)s? (?:\\w+ ){0,3}(?:in|under|by|near|below) (?:my|the|his|her) (?:\\w+ )?(?:chest|heart|collar ?bone|ribs)",
            "marcapasos|battery (?:\\w+ ){0,2}(?:chest|heart)",
            "(?:keeps?|keeping|helps?|regulates?|controls?|paces?|makes?) (?:my|the|his|her|this) (?:old )?(?:heart|ticker|heartbeat|heart rate)",
        ),
        Caution.BACK_CONDITION: (
            "(?:back|spine|spinal|disc|disk) (?:condition|disease|disorder|surgery|operation|fusion|injur*|stenosis|fracture)",
            "(?:slipped|herniated|bulging|prolapsed|ruptured) (?:disc|disk|discs|disks)",
            "discs?|disks?",
            "fused (?:\\w+ ){0,3}l ?\\d|bones? (?:, )?(?:theyre |they are |are |is )?(?:a bit |quite |very |rather |a wee bit )?(?:thin|brittle|weak)",
            "(?:crooked|curved|bent|fused) (?:spine|back)|curv\\w+ (?:of|in) (?:my|the) (?:spine|back)|curvature",
            "condition (?:of|with|in) (?:the|my) (?:back|spine)",
            "(?:herniat*|scolio*|osteo\\w*|spondyl*|arthrit*|stenosis|fractur*|lumbago|tumou?r|kyphosis|rheumat*)",
            "(?:broken|cracked) (?:vertebra*|back|rib|ribs|spine)",
            "(?:operation|operated|surgery) on (?:my|the) (?:back|spine)",
            "(?:my )?back (?:was|has been|got) operated",
            "(?:fus(?:ed|ion|ing)|removed|replaced|broke|cracked|crushed|fractured) (?:\\w+ ){0,5}(?:vertebra*|spine|my back|backbone)",
            "(?:vertebra*|spines?|backbones?) (?:\\w+ ){0,3}(?:shaped|fused|fusion|broken|cracked|crushed|collapsed|worn|crumbling|porous|crooked|curved|bent|twisted)",
            "(?:screw|rod|plate|cage|metal|pin|bolt)s? (?:\\w+ ){0,4}(?:back|spine|vertebra*|backbone)",
            "(?:back|spine|vertebra*) (?:\\w+ ){0,3}(?:screws|rods|plates|metal|pins|bolts)",
            "(?:worn|crumbling|collapsed|fused|cracked|crushed|broken|porous) (?:\\w+ )?(?:vertebra*|spine|backbone)",
            "(?:brittle|thin|thinning|porous|crumbling) bones?|bones? (?:\\w+ ){0,2}(?:brittle|thinning|porous|crumbl*)",
            "(?:laminectomy|discectomy|microdiscectomy|scheuermann*|ankylosing|degenerative|spina bifida|whiplash|hunchback|(?:trapped|pinched) nerve)",
            "(?:wear and tear|degenerat*) (?:of|in|to) (?:my|the) (?:\\w+ )?(?:spine|back|joints)",
            "(?:surgery|operation|op|operated) (?:\\w+ ){0,3}(?:back|spine)|back op|(?:pills|tablets|injections?) (?:\\w+ ){0,2}(?:for|in) my (?:spine|back|bones)",
        ),
        Caution.UNDER_18: (
            "(?:under|younger than|not yet|below) (?:18|eighteen)",
            "(?:im|i am|its for|for) (?:a|my) (?:child|kid|minor|teenager)",
            "underage|sophomore|freshman|(?:fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth|\\d+ ?th) grade(?:r)?",
            "(?:turn|turning|be) (?:18|eighteen) (?:next|in|this|soon|tomorrow|on)",
            "(?:not|arent|isnt) (?:\\w+ ){0,2}(?:18|eighteen|an adult|of age|old enough to (?:vote|drink|drive))(?! stone)",
            "(?:schoolboy|schoolgirl|still (?:at|in) school|high school|in (?:year|grade) (?:\\d+|\\w+)(?=  |(?: [,.;!?])|\\s*$))",
        ),
        Caution.HEIGHT: (
            "(?:shorter|smaller|less) than (?:150|1_50|1_5)",
            "(?:taller|more) than (?:198|1_98)",
            "under (?:150|1_50|1_5)",
            "over (?:198|1_98)",
            "(?:over|taller than|more than) (?:two|2) met(?:re|er)s",
            "(?:under|below|not (?:even|quite)|just short of) (?:five|5) (?:foot|feet|ft)",
            "dwarf*",
        ),
        Caution.WEIGHT: ("(?:heavier|more) than 165", "over 165"),
        Caution.NEW_PAIN: (
            "new (?:back )?pain*",
            "pain* (?:is|are|thats|that is|which is) (?:quite |very |rather )?new",
            "(?:sudden*|sharp|acute|stabbing) (?:\\w+ )?(?:\\w+ )?(?:pain*|hurt*|ache*)",
            "(?:pain*|hurt*|ache*) (?:\\w+ ){0,4}(?:sudden*|" + _RECENTLY + ")",
            _RECENTLY + " (?:\\w+ ){0,5}(?:pain*|hurt*|aches?|aching)",
            "(?:pain*|hurt*) (?:\\w+ ){0,3}(?:started|began) (?:\\w+ )?(?:yesterday|today|recently|this|last)",
            "(?:fell (?:down|off|over)|had a fall|fallen (?:down|off|over)|(?:had an|car|in an) accident|car crash)",
            "(?:began|begun|started|came|come|came on|come on|appeared) (?:\\w+ ){0,3}"
            + _RECENTLY,
            "(?:back|neck|shoulder|something) (?:\\w+ ){0,3}(?:went|popped|snapped|pinged|gave (?:out|way)|locked up)(?= (?:on|this|last|yesterday|when|while|out|as|and|[,.;!?]))",
            "(?:put|threw|did) my (?:back|neck|shoulder) (?:out|in)\\b|pulled (?:a muscle|something|my (?:back|neck|shoulder))|(?:tweaked|twisted|wrenched|strained) my (?:back|neck|shoulder)",
            "never happened(?: to me)? before",
            "(?:pain*|hurt*|ache*|aching) (?:\\w+ ){0,2}(?:since|for) (?:only |just )?(?:a |one|two|three|1|2|3|few|couple|couple of|a few) ?(?:\\w+ )?(?:days?|nights?)",
            _RECENTLY
            + " (?:\\w+ ){0,4}(?:cant|cannot|hardly|barely|unable to) (?:bend|turn|walk|stand|sit|straighten)",
        ),
        Caution.RADIATING_PAIN: (
            "radiat*",
            "(?:shoots|shooting) (?:pain*|down|into|up)",
            "(?:pain*|hurt*|ache*|pull*|goes|going|runs|running|travels|spreads) (?:\\w+ ){0,4}(?:down|into|along|to) (?:my |the |both |one )?(?:left |right )?(?:leg|arm|legs|arms|foot|hand|buttock|hip)s?",
            "(?:down|into) (?:my|the|one|both) (?:left |right )?(?:leg|arm|legs|arms|foot|hand)",
            "sciatic*",
            "(?:shoot*|pain*|hurt*|ache*|pull*|goes|going|runs|running|travels|spreads|zings?) (?:\\w+ ){0,6}(?:down|into|along|to) (?:\\w+ ){0,3}(?:calf|calves|thigh|knee|ankle|heel|shin|foot|feet|toes?|hands?|fingers?|elbow|bum|buttocks?|legs?|arms?)",
            "electric (?:shocks?|jolts?)",
        ),
        Caution.NUMBNESS: (
            "(?:numb|numbness|numbed|numbs|tingl*|pins and needles)",
            "(?:cant|cannot|can not|dont|barely|hardly) feel (?:my|the) (?:\\w+ )?(?:leg|arm|foot|feet|hand|toe|finger|back)s?",
            "no feeling in (?:my|the|one) *",
            "fall* asleep|(?:legs?|arms?|foot|feet|hands?) (?:is|are|keeps?|goes) (?:\\w+ )?sleeping",
            "(?:cant|cannot|can not|dont|barely|hardly|lost|losing|no|little)(?: \\w+){0,2} (?:feel|feeling|sensation)(?: \\w+){0,5} (?:legs?|arms?|foot|feet|hands?|toes?|fingers?|thighs?|calf|calves|skin)",
            "(?:legs?|arms?|foot|feet|hands?|toes?|fingers?|thighs?|calf|calves) (?:\\w+ ){0,3}(?:dead|asleep|to sleep|fuzzy|woolly|prickl*|pins)",
            "neuropath*|prickling|pricking",
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
        r"\b(\d+) ?years? old\b(?! (?:injur|pain|accident|problem|back|mattress|bed|scar|fracture|operation|thing|disc|knee|wound|condition|slipped))",
        r"\b(?:hes|shes|he is|she is) (?:only |just |still )?(\d+)\b(?! (?:\d|min|st\b|stone|kg|pound|lb|weeks?|months?))",
        (
            r"\b(?:im|i am|aged?|i turn|i only turn|turning|only turn|ill be) (?:(?:only|just|still|barely|turning|about to be|actually|almost|nearly) )*(\d+)\b"
            r"(?! (?:\d|min|sec|hour|percent|week|month|day|f(?:oo|ee)?t\b|c?m\b|cent|met|inch|stone|st\b|ki?lo|kg|pound|lb|out\b|of\b|to\b|times|on\b|minus|stops))"
        ),
    ),
    relatives=(
        (
            "(?:my|our) (?:late )?(?:wife|husband|partner|girlfriend|boyfriend|sister|brother|mother|mum|mom|father|dad|daughter|son|aunt|uncle|cousin|friend|mate|neighbour|neighbor|"
            "grandmother|grandfather|gran|grandma|grandpa|granny|grandad|granddaughter|grandson|colleague|boss|flatmate|ex|niece|nephew|other half|missus)s?(?! (?:says?|said|thinks?|thought|tells|told|reckons|found|noticed|suspects))"
        ),
    ),
    for_others=(
        "for (?:her|him|them|my|our)|(?:may|can|could|should) (?:she|he|they)|(?:shes|hes|she is|he is|she will be|he will be) (?:the one )?(?:lying|using|going|on it|here)(?! at home)|(?:wants|wanted|would like|like) to (?:use|try|lie)",
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
        "(?:but(?! (?:what|why|how|where)\\b| me ,| of the things you)|unless|except|apart|wait|hold on|hang on|scratch that|besides|though|although|however|other than)",
    ),
    denials=(
        (
            f"(?:none|nothing|neither|zero|nil|nada|zilch|nowt|not (?:any|one|even one|a single (?:one|thing|point)|a thing))(?: at all| whatsoever| there)?(?: (?:on|in) (?:there|{_LIST}))?(?: whatsoever| at all)?(?: (?:of|from|like|on) (?:all )?(?:of )?{_LIST})?"
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
        f"no to (?:everything|(?:each|every) (?:single )?\\w+|all|each|the lot)(?: of {_LIST})?",
        f"(?:never (?:had|have had|been)|i(?:ve)? never had) (?:any(?:thing)?|one)(?: (?:of|like) {_LIST})?|{_APPLY} to me , any of (?:it|them|that|those|these)",
        f"(?:doesnt|dont|does not|do not) apply(?: to me)? ,? ?(?:any|none) of {_LIST}",
        f"(?:just |you can |you may )?(?:put|write|tick|enter) (?:down |in )?(?:a )?no (?:next to|for|to|beside|by|on|against) (?:all|everything|(?:every|each) (?:single )?(?:one|thing)|each)(?: (?:of )?{_LIST})?|nos? all (?:the way )?(?:round|through|down)",
        f"(?:ive |i have |i )?(?:aint|havent|have not|dont have)(?: got)? (?:none|any|anything)(?: (?:of|like) {_LIST})?",
        f"nothing (?:on|in) (?:there|{_LIST})|nothing there(?: that)? (?:fits|concerns|is|applies to) me|nothing there|nothing of the (?:kind|sort)|nothing else (?:on|from) {_LIST} either",
        "(?:im |i am )?(?:not pregnant|no pacemaker)(?: any ?more| now)? and none of the (?:others?|rest)(?: apply| applies)?(?: either)?",
        f"neither (?:\\w+ ){{1,6}}nor (?:\\w+ )?(?:anything|any)(?: else)? (?:on|from|of) {_LIST}",
        "no to all (?:of )?the (?:rest|others) (?:too|as well)|nothing (?:is )?wrong with me",
        f"(?:but )?(?:of|from) {_LIST} ,? (?:none|nothing)(?: {_APPLY})?",
        f"(?:not|aint) (?:any|one|a single|even one)(?: single)? (?:one|thing|point|item)(?: (?:on|in|of|from) {_LIST})?(?: {_APPLY})?",
        f"(?:i )?(?:dont|do not) (?:tick|meet|match|fit|have) (?:any|one|a single one)(?: of)? {_LIST}|(?:i )?(?:cant|cannot|couldnt) say (?:any|one) of {_LIST} {_APPLY}",
        f"(?:im |i am |all )?clear on (?:all )?(?:of )?{_LIST}|(?:its|thats|that is|it is) a (?:big |clear |firm )?no(?: from me| to me)?(?: (?:on|to|for) (?:everything|all|all of {_LIST}|{_LIST}))",
        "not guilty(?: on all counts)?|nothing to declare",
        "(?:not at all|all (?:no|noes|negative)|negative|not me|nothing to report|nothing here)",
        "all (?:fine|good|clear|ok|okay)(?: (?:here|with me))?",
        f"(?:i can )?(?:rule|say no to|deny) (?:all|everything)(?: of {_LIST})?(?: out)?|i can rule (?:all of )?{_LIST} out",
        f"(?:im |i am )?(?:free|clear) of (?:all )?(?:of )?{_LIST}",
    ),
    noes=(
        "(?:no thanks|no thank you|no|nope|nah|naw|nay|no siree|no sir|no way jose)",
    ),
    denial_words=(
        (
            "(?:as of (?:today|now)|at the moment|currently|right now|now|(?:ive|i have) had (?:it|this|the pain|that|my back pain|the aches?) for (?:years|ages|a long time|months|decades)|its not new|please|thanks|ta|cheers|honest|with confidence|thank (?:you|god|goodness|heavens)|luckily|fortunately|happily|well|um+|uh+|er|hmm?|oh|ah|so|ok|okay|hi|hello|hey|"
            "good (?:morning|evening|afternoon)|honestly|really|actually|truly|definitely|absolutely|certainly|(?:im |i am )?(?:quite |very )?sure|for sure|sorry|"
            "dear|mate|man|sir|madam|maam|just|and|or|yes|yeah|(?:as|like) i (?:already )?said|i (?:already )?(?:said|told you)|as (?:already )?(?:said|mentioned)|"
            "(?:for|with|to) me|here|(?:(?:im|i am|perfectly|completely|totally|very|fully|quite|and|all|really) )*(?:healthy|(?:healthy|fit|sound|strong|right|well) as (?:(?:a|an) )?(?:\\w+ )?(?:fiddle|horse|ox|flea|bell|rain|trout|bull|dog)|fit|in (?:very |perfectly )?(?:good|great|perfect|excellent|top|rude|tip top|fine) (?:health|shape|nick))|"
            "(?:(?:im |i am |its )?as )(?:healthy|fit|sound|strong|right) as (?:a|an) (?:\\w+ )?(?:fiddle|horse|ox|flea|bell|rain|trout|bull)|(?:im )?(?:the )?picture of health|(?:a )?clean bill of health|(?:im |i am )?(?:all )?(?:good to go|good|clear|fine and dandy)|never (?:been |felt )(?:better|fitter|healthier)|"
            "my (?:\\w+ )?(?:sister|brother|husband|wife|mother|mum|father|dad|friend)s?(?: has| had)?(?: got)? (?:the whole list|all of (?:it|that|them|those)|the lot|everything)|bless (?:her|him|them)|but me|i can (?:honestly |safely |happily )?(?:say|confirm|tell you)(?: that)?|"
            "ugh|jeez|gosh|blimey|(?:a )?healthy (?:man|woman|person|guy|girl|boy|lad|lass)|thank the lord|praise be|thankfully|(?:hand on|cross my) heart|(?:everythings|everything is|alls|all is) (?:tickety boo|hunky dory|peachy|well|good|fine|in order)|never better|(?:as )?healthy as can be|love|darling|sweetheart|pal|duck|hun|honey|luv|buddy|bro|dude|doc|of the things you (?:listed|mentioned|named|said)|(?:had|got) my (?:medical|check ?up|mot) (?:\\w+ ){1,2}|either|whatsoever|"
            "(?:happy|glad|pleased) to say|i can say|lol|haha|again|still|knock on wood|touch wood|(?:the|my) answer is|its|it is|thats|that is|just me|i was (?:joking|kidding)|go on|carry on|(?:id|i would) say|let me (?:think|see)(?: about (?:it|that))?|all of (?:them|those|these))"
        ),
    ),
    alarms=(
        (
            "(?:hearts?|chest|heads?|arms?|legs?|foot|feet|hands?|fingers?|toes?|knees?|spine|spinal|bones?|blood|nerves?|doctors?|surgeon|physician|physio*|hospital|"
            "surger*|operat*|implant*|screws?|metal|medic*|pills?|cancer|epilep*|diabet*|asthma|thrombo*|stroke|weak|weakness|dizz*|swollen|swelling|fever|accident)"
        ),
    ),
    health=(
        (
            "my heart(?! (?:desire|content))|palpitations|(?:open )?heart (?:surgery|operation|op|condition|disease|problems?|trouble|failure|valve)|bypass|stents?|arrhythmia|fibrillation|blood (?:pressure|thinners?|clots?)|thinners|warfarin|anticoagula*|"
            "cancer|chemo*|tumou?rs?|epilep*|diabet*|thrombo*|strokes?|fever*|temperature|flu|infect*|operated|operations?|surger*|(?:new|artificial|metal|replaced) (?:hips?|knees?)|(?:hips?|knees?|shoulders?|joints?) (?:replacement|done|operation|replaced|op)|(?:had|having|got) (?:a |my |the )?(?:hips?|knees?|shoulders?|joints?) (?:done|replaced|operated|fixed)|c section|ca?esa?rean|breast ?feed\\w*|implants?|high blood|knee (?:replacement|operation)|"
            "medications?|on (?:pills|tablets)|(?:take|takes|taking) (?:\\w+ )?(?:pills|tablets)|dialysis|hernia|hospital"
        ),
    ),
    recently=(
        (
            "(?:since|from) (?:yesterday|this morning|last night|last week|the weekend|monday|tuesday|wednesday|thursday|friday|saturday|sunday|(?:two|three|four|a few|a couple of|\\d) days)|"
            "for (?:only |just )?(?:two|three|four|a few|a couple of|\\d) days|(?:started|happened|came on|did it|got it) (?:yesterday|this morning|today|last night|last week)"
        ),
    ),
    denial_names=(
        "(?:cautions?|contraindications?|exclusions?|warnings?|(?:safety|health) questions?)",
    ),
    meanings=(
        "(?:what (?:do|did) you mean (?:by|with|when you say)|whats meant by|what is meant by|define|explain|what(?: is|s| are) (?:a |an |the )?(?:meaning|definition) of)(?: (?:a|an|the))? (?!my\\b|i\\b)\\w+(?: (?:pain|condition|problem|disc))?",
        "(?:(?<=^ )|(?<=[,;.!?] )|(?<=but )|(?<=and )|(?<=so ))what(?: is|s| are)(?: (?:a|an))? (?!my\\b|the\\b|wrong\\b|it\\b|that\\b|this\\b)\\w+(?: (?:pain|condition|disc))?(?= (?:[?]|[.]|exactly|anyway|supposed)|\\s*$)",
        "(?:(?<=no idea )|(?<=no clue )|(?<=know )|(?<=sure )|(?<=clue ))what (?:a |an |the )?(?!my\\b|i\\b)\\w+(?: \\w+)?(?: even)? (?:is|are|means?)",
        "(?:what|why)(?: (?:has|have|does|do|is|are|would|should))? (?:my (?:height|weight|age|size)|(?:a |an |the )?(?!my\\b|i\\b|it\\b)\\w+)(?: (?:have|got|be))?(?: anything)? (?:to do with (?:it|this|that|anything)|matter|important|relevant|a problem)",
        "if (?:somebody|someone|one|you|a person|people|anybody|anyone)(?: \\w+){1,6}(?= (?:[?]|[.])|\\s*$)",
        "(?:what|which)(?: \\w+)? (?:counts?|qualif\\w+|goes|falls) (?:as|under) (?:a |an |the )?(?!my\\b)\\w+(?: \\w+)?",
        "what does (?:(?:a|an|the) )?(?!my\\b)\\w+(?: (?:pain|condition|disc))? (?:mean|stand for)",
    ),
)
