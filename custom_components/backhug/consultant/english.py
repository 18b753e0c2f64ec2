"""English vocabulary of the consultant."""

from __future__ import annotations

from typing import Final

from ..consultation.questionnaire import (
    DayTime,
    Experience,
    Feeling,
    Firmness,
)
from .english_safety import ENGLISH_SAFETY
from .vocabulary import Intent, Row, Side, Vocabulary

_ONES: Final = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
_TEENS: Final = [
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
_TENS: Final = [
    "twenty",
    "thirty",
    "forty",
    "fifty",
    "sixty",
    "seventy",
    "eighty",
    "ninety",
]
_HARD: Final = "(?:hard|firm|strong|rough|heavy|deep|intense|powerful)"
_SOFT: Final = "(?:soft|gentle|light|weak|mild|feeble)"

ENGLISH: Final = Vocabulary(
    stop=r"\b(?:stop|stopp|stopping(?! (?:me|us|you|her|him)\b)|halt|abort|thats enough|aufhoeren|hoere? (?:\w+ )?auf)\b|^ enough (?:please )?[.! ]*$",
    intents={
        Intent.YES: (
            "(?:yes|yeah|yep|yup|sure|ok|okay|of course|please do|go ahead|all right|alright|thats right)",
            "(?:sounds|looks|thats|that is|its) (?:good|great|fine|ok|okay|perfect)",
            "(?:perfect|great|correct|agreed|fine by me|i do(?! not)|it does(?! not))",
        ),
        Intent.NO: ("(?:no|nope|nah|no thanks|no thank you|not now)",),
        Intent.NONE: (
            "(?:none|nothing|neither)(?: (?:of|at) (?:these|those|them|that|this|it|the above|all))?",
            "(?:not any|nothing) (?:of (?:these|those|them|that)|applies)",
            "(?:do not|dont|doesnt|does not) (?:have )?(?:any )?(?:of (?:these|those|them|that)|apply)(?: apply)?",
            "(?:nowhere|no discomfort|no pain(?: anywhere)?|no problems?|no complaints?)",
        ),
        Intent.UNSURE: (
            "(?:i )?(?:dont|do not) (?:really )?(?:know|care|mind)(?: (?:exactly|really))?",
            "a (?:bit|little) of (?:everything|each|all|all of (?:it|them|those))|all (?:three|of (?:them|it|the above))",
            "(?:dunno|i dunno|which(?:ever)? (?:is|one is) best|(?:whats|what is) best|idk|beats me|search me|who knows|no preference|surprise me|any|either|i forget|i cant remember|(?:i )?(?:have )?(?:not|never) thought about it|i (?:wouldnt|would not) know|as you (?:like|wish|think best)|what(?:ever)? you (?:think|like|want|reckon|suggest|recommend)(?: best)?|(?:its )?all the same(?: to me)?|(?:im |i am )?not (?:fussed|bothered)|im easy|you tell me|what would you (?:say|pick|choose))",
            "(?:(?:the )?same as (?:always|usual|ever|before|last time)|(?:like|as) (?:always|usual|ever|before|last time)|as long as it takes|however long(?: (?:it takes|you (?:like|want|think)))?|the usual(?! (?:spots?|places?|areas?)))",
            "(?:(?:that|as far as) i know(?: of)?|i (?:think|guess|suppose|believe) not|probably(?: not| none| nothing)?)",
            "(?:im |i am )?(?:not (?:so |quite |really )?(?:sure|certain)|unsure)",
            "(?:(?:dont|do not) (?:think|believe) so|not that (?:i know|im aware)(?: of)?)",
            "(?:i )?(?:couldnt|cant|could not|cannot) (?:really |honestly )?tell(?: you)?(?: exactly| precisely| for sure)?|(?:i )?wish i knew|your guess is as good as mine|id like to know (?:that )?(?:myself|too)|(?:havent|not) (?:the foggiest|a clue|got a clue)|good question",
            "(?:no idea|no clue|(?:cant|cannot|couldnt|could not) (?:really )?say|hard to say|maybe|perhaps|whatever(?: you think(?: is| s)?(?: best)?)?|anything|any name)",
            "(?:you (?:choose|decide|pick)|up to you|(?:it )?(?:doesnt|does not) matter|no preference)",
        ),
        Intent.WHY: (
            "why(?: (?:do|would|should) (?:you|i|we) (?:ask|want to know|need to know|need that|answer|tell you)(?: me)?(?: that| this)?)?",
            "what (?:do|did) you mean(?: (?:by|with)(?: (?:the|a|an))? \\w+)?|(?:why )?does (?:that|it|this) matter|why (?:is|does|would) (?:that|it|this) (?:matter|important|relevant|needed|necessary)",
            "what does (?:(?:a|an|the|that|it|this) )?(?:\\w+ )?mean|what(?: is|s| are)(?: (?:a|an|the))? (?:cautions?|contraindications?|radiating(?: pain)?|numbness|pacemaker|firmness|strength|new pain)|(?:i )?(?:dont|do not) (?:get|understand)(?: (?:it|that|this|the question|what you mean))?|meaning",
            "(?:why|what) (?:s|is)? ?(?:that|this|it) (?:so )?(?:important|relevant|necessary)|whys (?:that|this|it) (?:\\w+ )?(?:important|relevant|necessary|needed|matter)|what difference does (?:that|it|this) make(?: to (?:a |the |you)?\\w*)?|what do you (?:want|need) (?:that|this|it|to know)(?: that| this| it)?(?: for)?|why do you (?:want|need) (?:that|this|it)",
            "(?:whats it to you|none of your business|is (?:that|this|it) (?:really )?necessary|do i have to (?:say|answer|tell you)|whats the point)",
            "(?:what for|how come|explain(?: (?:it|that|this|why))?|whats that for|what is that for|for what reason)",
        ),
        Intent.WHY_LENGTH: (
            "why (?:is it |is that |are they |is this )?(?:so|that|only|just|not|this) (?:short|long|brief|little|few|longer|shorter|\\d+ min*)(?: time)?",
            "why (?:only |just )?(?:\\d+|five|ten|fifteen|twenty|thirty) min*",
            "why (?:that|this) (?:length|duration)",
            "(?<=^ )(?:so|that|only|just) (?:short|long|\\d+ min*|(?:five|ten|fifteen|twenty) min*)(?= [?])",
        ),
        Intent.WHY_STRENGTH: (
            "why (?:is it |is that |is this )?(?:so|that|only|not|this) (?:gentle|weak|soft|light|strong|firm|hard|low|stronger|firmer|gentler)",
            "why (?:that|this) strength",
            "(?<=^ )(?:so|that|only) (?:gentle|weak|soft|light|strong|firm|hard)(?= [?])",
        ),
        Intent.SHOW: (
            "(?:show|tell|read) (?:me )?(?:the |my |your )?(?:programme|program|steps|details|it)(?: again)?",
            "(?:show me|let me see|i want to see|id like to see|tell me) what (?:its|it is|itll|it will|it does|youre|you are|you|it)(?: \\w+){0,4}|(?:can|could|may) i (?:have a )?(?:look|see)(?: at)? (?:it|that|the programme|them)(?: first)?",
            "(?:what are the steps|what does it do|what do you suggest|what would you (?:suggest|recommend|do)|repeat (?:that|it)|say (?:that|it) again)",
        ),
        Intent.PLAN: (
            "how (?:often|many times|many sessions)(?: a week| per week)?",
            "(?:the plan|what about the (?:next|coming) weeks|coming weeks|next weeks|how many weeks)",
        ),
        Intent.GENTLER: (
            "(?:a (?:bit|little) |much |even )?(?:gentler|softer|weaker|lighter|less (?:strong|firm|hard|strength|pressure|force|intense)|more (?:gentle|gently|softly))",
            "(?:too|less) (?:strong|hard|firm|intense|rough)",
            "(?:do |go |be )?(?:a (?:bit|little) )?(?:less|easier|gentler|lighter|softer) (?:on|at|around|for|in|up|down) (?:my |the |it on the )?(?:left|right|neck|shoulders?|lower|upper|middle|spine|top|bottom|sides?)(?: side)?",
            "(?:lower|reduce|drop|turn down|bring down) (?:it|that|this|(?:the )?(?:strength|pressure|intensity|force))(?: (?:down|a bit|a little))?|(?:turn|bring|tone|take) (?:it|that) down",
        ),
        Intent.FIRMER: (
            "(?:a (?:bit|little) |much |even )?(?:firmer|stronger|harder|more (?:strength|pressure|force|power|intense|firm))",
            "too (?:gentle|weak|soft|light)",
        ),
        Intent.SHORTER: (
            "(?:a (?:bit|little) |much )?shorter",
            "(?:too long|less time|(?:dont|do not|havent) (?:have|got) (?:long|much time|a lot of time)|not much time|in a (?:hurry|rush)|not (?:too|so|very|that) long|short|brief|quick(?: one)?)",
        ),
        Intent.LONGER: (
            "(?:a (?:bit|little) |much )?longer",
            "(?:too short|more time)",
        ),
        Intent.KEEP: (
            "(?:leave|keep) (?:it|that|this|everything)(?: just| exactly)? (?:as|like|the way|how) (?:it|that|they) (?:is|was|are|were)|(?:leave|keep) (?:it|that) (?:alone|unchanged|so)|dont change (?:it|that|anything)",
        ),
        Intent.OTHER_SIDE: (
            "(?:the )?other (?:side|one|shoulder|way round|way around)",
            "(?:opposite|wrong) side",
        ),
        Intent.SAVE: (
            "(?:save|store|keep|remember)(?: (?:it|this|that|the programme|the program|my programme))?(?: as| under)?",
            "(?:(?:call|name) (?:it|this|that)|(?:the|its) name is)",
        ),
        Intent.START: (
            "(?:start|begin|run|launch)(?: (?:it|this|that|now|the programme|the program|the session|the massage))?(?: (?:now|when i (?:lie|am lying|m lying|lay|have lain|ve lain|ve laid) down))?",
            "(?:when|as soon as|once) (?:i|im|i am|ive|i have) (?:lie|lying|lay|laid|lain|m lying) down",
            "lets (?:go|start|do it)",
        ),
        Intent.START_OVER: (
            "(?:its|it is|this is|thats|that is) (?:actually |really |not for me ,? (?:actually ,? )?(?:but )?(?:its |it is )?)?for (?:my|our|a|the) (?:\\w+ )?(?:wife|husband|partner|girlfriend|boyfriend|sister|brother|mother|mum|mom|father|dad|daughter|son|aunt|uncle|cousin|friend|mate|neighbour|neighbor|grandson|granddaughter|gran|grandma|grandad|roommate|flatmate|colleague|boss)",
            "(?:start|begin) (?:over|again|anew|afresh|from (?:the )?(?:beginning|start|scratch))",
            "(?:lets )?(?:restart|reset)",
        ),
        Intent.LEAVE: (
            "(?:(?:ill|i will|id better|i must) be (?:off|going)(?: now)?|im off(?: now)?|cheerio|ta ta|toodle ?oo|so long|see you|good ?bye|bye|bye bye|see you|thats all|that is all|never ?mind|cancel|forget it|quit|exit)",
        ),
        Intent.THANKS: ("(?:thanks|thank you)",),
        Intent.MEDICAL: (
            "(?:cure|heal|diagnos*|medical advice|medicine|medication|treat my|whats wrong with|what is wrong with)",
            "(?:will|does|can|would) (?:it|this|that|the massage) (?:help|work|hurt|harm)",
            "is (?:it|this|that) (?:really |actually |even )?(?:safe|dangerous|healthy|(?:anything |something )?serious|(?:from|because|due|caused)(?: \\w+){0,4})",
            "(?:(?:want|like|need) to know )?(?:why|where|what) (?:(?:does|do|is|causes?|has|makes) )?(?:it|that|this|the pain|my (?:\\w+ ){1,2})(?: \\w+)? ?(?:hurts?|aches?|comes? from|coming from)",
            "what (?:have i got|do i have|causes)",
        ),
    },
    safety=ENGLISH_SAFETY,
    feelings={
        Feeling.STIFF: (
            "(?:stiff*|tense*|tension|tight*|rigid|knot*|cramped|locked|rusty|seized|solid|wooden|wood|plank|board)",
        ),
        Feeling.SORE: ("(?:sore*|tender|achy|bruised|sensitive)",),
        Feeling.TIRED: (
            "(?:tired*|exhausted|weary|worn out|fatigue*|knackered|shattered|beat|run down|pooped|drained|sluggish|sleepy|heavy)",
        ),
    },
    hurts=("(?:hurt*|pain*|ache*|aching)",),
    sides={
        Side.LEFT: ("(?:left|left hand)",),
        Side.RIGHT: ("(?:right|right hand)",),
        Side.BOTH: (
            "both(?: sides)?",
            "left and right",
            "right and left",
            "either side",
        ),
    },
    rows={
        Row.UPPER: (
            "(?:between (?:the |my )?)?shoulder ?blades?",
            "(?:shoulders?|necks?|nape|tops|trap|traps|upper back|upper part|upper|top|up top|(?<=not )up(?= (?:[,.;!?])|\\s*$)|high up|base of (?:my|the) (?:neck|skull))",
        ),
        Row.MID: (
            "(?:middles|middle(?: (?:of (?:the|my) )?back)?|mid ?back|mid|center|centre|ribs?|thoracic)",
        ),
        Row.LOWER: (
            "(?:lower back|lower part|lower|low back|lumbar*|small of (?:the|my) back|loins?|tail ?bone|bottoms?|waist|hips?|down low|low down|down there|down below|down (?:in|on) (?:the|my) back|(?:only|just|all|is) down(?= (?:[,.;!?]|not|in|here)|\\s*$)|base of (?:my|the) (?:back|spine)|kidneys?|coccyx|sacrum|tailbone)",
        ),
        Row.WHOLE: (
            "(?:whole|entire|full|all of (?:the|my)) back",
            "(?:everywhere|all over)",
        ),
        Row.EVERYTHING: ("(?:everything|all of it|the (?:whole )?lot)",),
    },
    degrees={
        0: (
            "(?:skip|skipping|omit|drop|without|never mind|forget about|not the whole|i (?:didnt|never) (?:say|said|mention)|didnt say|dont (?:do|need|want|treat))|except(?: for)?",
            "(?:fine|ok|okay|good|great|comfortable|painless|relaxed|nothing|none|doesnt (?:hurt|bother me)|dont hurt|no (?:pain|discomfort|problems?)|not at all|zero)",
        ),
        1: (
            "(?:(?:very|really|ever so|only|just) (?:slight*|mild*|faint*|light(?:ly)?|a (?:little|bit))|(?:just |only )?a (?:little|bit|touch|tad)|a little bit|little|slight*|mild*|(?<!lower )(?<!upper )(?<!middle )(?<!top )(?<!bottom )(?<!of )bit|somewhat|light*|minor|(?:not|isnt|arent|doesnt|dont) (?:hurt )?(?:so|too|very|that|really|overly|particularly|terribly)(?! (?:good|great|well|comfortable|relaxed|ok|okay))(?: \\w+)?|(?:not worth|nothing (?:much|worth|to)) (?:mention*|speak* of)|nothing much|nothing (?:too|so|very|that|really) \\w+|hardly|barely)",
        ),
        2: (
            "(?:clear*|moderate*|medium|quite(?: a bit)?|fairly|rather|noticeabl*|pretty|considerabl*|definitely|(?:not|isnt|arent|doesnt feel|dont feel|never)(?: \\w+)? (?:good|great|fine|ok|okay|comfortable|relaxed|well|happy)|(?:doesnt|dont) feel right)",
        ),
        3: (
            "(?:(?:quite|pretty|rather|really|very|so|too) )?(?:bad|badly|worse|strong|strongly|severe*|terribl*|awful*|horribl*|worst|intense*|heavily|extreme*|unbearabl*)",
            "(?:dying|much pain|(?:a )?lots? of pain|kill|shot|in agony|a nightmare|a disaster|wrecked|killing me|quite a lot|a lot|lots|so much|very much|like hell|the most|agony|unbearable|excruciating|murder(?:ing me)?|(?:very|really|extremely|so) (?:sore|stiff|tight|tense|painful|achy|knotted|hurts?|aches?))",
            "(?<=^ )(?:very|really|extremely)(?: much)?(?= [.! ]*$)",
            "(?:very|extremely)(?= (?:[,;.!?]|and\\b)|\\s*$)",
        ),
    },
    firmness={
        Firmness.VERY_GENTLE: (
            "(?:very(?: very)?|really|extremely|super|ever so|as) (?:gentle|gently|soft|softly|light|lightly|careful|carefully|mild)(?: as (?:possible|you can|it (?:gets|goes)|a feather))?",
            "(?:softest|gentlest|lightest|barely any pressure|feather *|featherlight|feather|whisper *|barely touch*|as little pressure as possible|hardly any pressure)",
        ),
        Firmness.GENTLE: (
            "(?:(?:dont|do not|without) (?:hurt|break|kill|crush|squash)(?:ing)? me|(?:go |nice and |take it )?easy(?: on me)?|be (?:nice|kind|careful)|gentle|gently|soft|softly|light|lightly|careful|carefully|mild|weak|(?:not|nothing|never|isnt|without)(?: (?:so|too|very|that|all that|overly|really|anything))* (?:firm|strong|hard|heavy|vigorous|intense|deep|rough|powerful|brutal|forceful))",
        ),
        Firmness.MEDIUM: (
            f"(?:neither|not|nor)(?: (?:too|so|very|really|that))* (?:{_HARD} ?,? (?:and|nor|or|but|not)?(?: (?:not|too|so|very|that))* {_SOFT}|{_SOFT} ?,? (?:and|nor|or|but|not)?(?: (?:not|too|so|very|that))* {_HARD})(?: either)?",
            f"(?:not|isnt|never) (?:too|so|overly) {_SOFT}",
            "(?:halfway|mid way|midway|middle of the road|somewhere between|medium|middle|moderate*|normal|average|in between|balanced|quite gentle)",
        ),
        Firmness.FIRM: (
            "(?<=^ )firm ?,? but not (?:the )?(?:\\w+ )?(?:top|hardest|strongest|highest|maximum|full)(?: \\w+)?",
            "(?:(?:quite |rather |pretty |fairly )?(?:firm|firmly|strong|hard|powerful|vigorous|intense|deep|welly|oomph))",
        ),
        Firmness.VERY_FIRM: (
            "(?:very|really|extremely|super|as) (?:firm|firmly|strong|hard|powerful|intense|deep)(?: as (?:possible|you can|it (?:gets|goes|can)))?",
            "(?:firmest|strongest|hardest|full (?:power|blast|throttle|strength|on|whack)|maximum|max|give it (?:all|everything) (?:you|it)(?: have| has| ve)?(?: got)?)",
        ),
    },
    likes=(
        "as (?:firm|strong|hard|powerful|gentle|soft|light)(?:ly)? as (?:possible|you can|it (?:gets|goes|can))|full power|full strength|not too (?:hard|firm)|(?:gentle|soft|light|firm|strong|hard|medium|moderate) (?:massage|pressure)",
        "(?:(?<=[,;.!?] )|(?<=^ ))(?:(?:and|but|rather|quite|pretty|very|nice and) )*(?:firm|firmly|gentle|gently|soft|softly)(?: (?:please|though))?(?= (?:[,;.!?]|and\\b)|\\s*$)",
        "(?:like|want|prefer|love|massage|pressure|strength|treatment|make it|id like|need it|should be|(?:firm|firmly|hard|gentle|gently|soft|softly) please)",
    ),
    uses=("(?:use|used|using|session|sessions|backhug)",),
    experience={
        Experience.FIRST_TIME: (
            "(?:(?:very )?(?:first|second|third|2nd|3rd) (?:time|session|go|try|one)|(?<=^ )new(?= [.! ]{0,9}$)|never(?! (?:better|happened|been operated|hard|firm|strong|too|so|very))(?: (?:used|tried|done|have|had)(?: (?:it|that|this|one))?)?|new to (?:me|it|this)|brand new|beginner|newbie|newcomer|(?:only |just )?(?:a few|few|a couple of|once or twice|two|three) times|once|twice)",
            "(?:(?:havent|have not|hasnt) (?:really |ever )?(?:tried|used|done|had)(?: (?:it|this|one|that))?(?: (?:yet|before))?|a handful of times|(?:a )?couple of times)",
            "(?:im|i am|its|it is) new",
            "(?:just got it|(?:got|had|bought) it (?:only )?(?:yesterday|today|recently|last week|a few days ago))",
        ),
        Experience.OCCASIONAL: (
            "(?:(?:a )?(?:few|couple of) times (?:a|per|every) (?:month|year)|(?:once|twice|three times) (?:a|per|every) (?:month|year)|on and off|off and on|hardly ever|a time or two|(?:not|dont|do not|havent|hasnt) (?:been )?(?:used?|done) (?:it |this )?(?:\\w+ )?much|(?<=^ )not (?:very |that |too |so |really )?much|several times|many a time|when i (?:remember|feel like it|need it|have time)|(?:at|on) weekends|every (?:few|couple of|other) (?:weeks?|months?)|(?:once|twice) (?:a|per|every) (?:fortnight|quarter|blue moon)|every fortnight|fortnightly)",
            "(?:now and then|now and again|from time to time|sometimes|occasional*|every now and then|once (?:a|per|every) month|once in a while|irregular*|rarely|seldom)",
        ),
        Experience.REGULAR: (
            "(?:used|use|using|been on|done|had) (?:it|this|that|one|them) (?:loads|lots|a lot|plenty|heaps|tons|many times|all the time|often|for (?:ages|years))(?: of times)?",
            "(?:(?:loads|lots|plenty|heaps|tons) of times|countless times|many times|(?:i )?know (?:it|this|the backhug) (?:well|very well|inside out)|old hand|most (?:days|nights|evenings|mornings|weeks)|(?:nearly|almost) every \\w+|(?:a )?(?:few|couple of) times (?:a|per|every) (?:week|day)|(?:\\w+ )?times (?:a|per|every) (?:week|day)|for ages|(?:every|each) (?:mon|tues|wednes|thurs|fri|satur|sun)day|each (?:day|week|evening|night|morning))",
            "(?:every (?:week|day|evening|morning|night|other day)|regular*|daily|weekly|for (?:\\w+ )?(?:months|years|a year)|often|all the time|(?:once|twice|several times|\\w+ times) (?:a|per) week|a lot of experience|experienced)",
        ),
    },
    day_times={
        DayTime.MORNING: (
            "(?:(?:in|for) the morning|after (?:getting|waking) up|before work|mornings)",
        ),
        DayTime.DAYTIME: (
            "(?:(?:during|in|over) the day|at (?:noon|lunch*)|(?:in|this) the afternoon|afternoon|midday|lunch break|after lunch)",
        ),
        DayTime.EVENING: (
            "(?:(?:in|for) the evening|this evening|tonight|at night|before (?:bed|sleep|going to bed|sleeping)|evenings|after work)",
        ),
    },
    mine={
        False: (
            "last sessions? (?:(?:were not|werent|was not|wasnt) mine|(?:were|was) (?:not mine|somebody elses|someone elses|by (?:somebody|someone) else))",
            "(?:somebody|someone) else (?:used|had|was)(?: \\w+)*",
            "im (?:a|the|just a) guest",
        ),
        True: ("last sessions? (?:were|was) mine",),
    },
    durations={
        15: ("(?:a )?quarter (?:of an |of a |of |)hour",),
        45: ("three quarters? of an hour", "45 minutes"),
        30: ("(?:a )?half (?:an |a |)hour",),
        90: ("(?:an|one) hour and a half", "(?:one and a half|1_5) hours"),
        60: ("(?:an|one|(?:a |the )?(?:full|whole|entire)|1) hour",),
        120: ("(?:two|2) hours",),
    },
    minutes="(?:minutes?|mins?)",
    more="(?:more|longer|extra|on top)",
    adds="(?:add|plus|another|extra|(?:extend|lengthen) (?:it|this|that) by)",
    less="(?:less|fewer|shorter|off)",
    longest=(
        "(?:as|so) long as (?:possible|you can|it (?:goes|can)|allowed)",
        "(?:the )?longest(?: (?:one|possible|session))?",
        "the (?:maximum|max|most)(?: (?:time|length|minutes))?",
    ),
    numbers={
        **{word: number for number, word in enumerate(_ONES, 1)},
        **{word: number for number, word in enumerate(_TEENS, 10)},
        **{word: 10 * number for number, word in enumerate(_TENS, 2)},
        **{
            f"{ten} {one}": 10 * tens + ones
            for tens, ten in enumerate(_TENS, 2)
            for ones, one in enumerate(_ONES, 1)
        },
        "a couple of": 2,
    },
    about=(
        "do|have|about|around|roughly|approximately|circa|maybe|perhaps|say|some|make it|only|just|rather|then|like|for",
    ),
    mainly=(
        (
            "(?:mainly|mostly|especially|particularly|in particular|primarily|chiefly|above all|predominantly|first and foremost|worst of all|"
            "(?:more|worse|worst|stronger|most) (?:so )?(?:on|to|at|in|towards?)(?= (?:the |my )?(?:left|right|upper|lower|top|bottom|neck|shoulders?|middle)))"
        ),
        "(?:(?<=left )|(?<=right ))(?:side )?(?:more|stronger)(?= [,.;!?]|\\s*$)",
    ),
    past=r"\b(?:used to be|last (?:week|month|year|time)|yesterday|previously)\b.*?\b(?:now|these days|today|nowadays)\b(?!.*\b(?:also|too|as well|still)\b)",
    others=(
        "(?:else(?:where)?|otherwise|other than that|the rest|rest of (?:it|my back|the back|me)|apart from that|besides that|other (?:places|spots|areas|parts|bits))",
    ),
    joins=("(?:and|as well as|plus|also)",),
    ignored=(
        "(?:i |ive |i have )?(?:went|been|looked|read|checked|heard|go|have read) (?:through |over )?(?:the |your |that |every )?(?:whole |entire )?(?:list|lot|point|question|them all|all of it|it all|it|them)(?: (?:once|twice|carefully|again|three times))?",
        "(?:as )?right as rain|right (?:down|up|into|through|along) (?:to|into|the|my)|(?:hour|minutes?|mins?) tops|(?:i )?(?:had|got) (?:a|my) (?:check ?up|medical|mot|physical)(?: \\w+){0,2}",
        "touch wood|knock on wood|back(?:s| is| was| has)? never been operated(?: on)?|(?:had )?a cold(?: last week)?|(?:i (?:dont|do not) see (?:that|why|how) )?(?:its|it is|thats|that is) (?:any|none) of your business",
        "(?:\\d+|\\w+) (?:minutes?|mins?) (?:max|maximum|tops|at (?:the )?most)|(?:max|maximum|at (?:the )?most) (?:\\w+ ){1,2}(?:minutes?|mins?)",
        "(?:its|is|it|that|hurts|sits) right (?:down|up|at|in|across|here|there)|(?:i|ive) left (?:my|the|it|her|him)(?: \\w+)*",
        "(?:dont|do not|not|wont|will not|no need to) (?:start|begin|save|store|keep)(?: (?:it|this|that))?(?: (?:yet|now|just yet))?",
        # Not so is no wish for the opposite.
        "(?:not|dont|do not|never)(?: (?:make|want|need|go|it|this|that|any|be|too|a|bit|even|please))* (?:firmer|stronger|harder|longer)(?! than)",
        "right enough|never said|(?:the|my) hip (?:done|operation|replacement)",
        "(?:turn|switch) (?:on|off)(?: \\w+)*",
        "(?:(?:can we|just|lets) )*(?:get|carry|move|go) on(?: with it)?|hurry up|come on",
        "thank (?:goodness|god|heavens)|luckily|fortunately",
        "do you (?:\\w+ ){1,3}often",
        "(?:right (?:now|away)|time (?:is )?left|whats left|turn (?:left|right)|back pain|(?<=, )right(?= [?])|all right|(?<=^ )right(?= (?:so|then|well|ok|okay|,)))",
    ),
    fillers=(
        "(?:please|the|a|an|my|is|are|am|im|i|it|its|just|only|well|so|uh|um|er|hm|hmm|oh|fine|okay|actually|really|then|now|me|that|this|thats|of|in|on|at|to|for|with|you|and|feel|feels|feeling|mostly|mainly|side|back|there|have|got|has|would|like|id|make|let|lets|be|about|around|maybe|say|do|us|rather|let me|ive|been|used|use|using|apply|applies|here|all|hello|hi|hey|dear|love|first|was|use it|massage|programme|program|wait|sorry|mean|minutes|session|discomfort|bit|hurts|by|above|these|those|them)",
    ),
    corrections=r"^ (?:(?:hmm?|uh|um|oh|ah|er|well|actually) ,? ?)*(?:no|nope|its not|it is not|it isnt|sorry|wait|i mean|oh no|not that|correction|wrong)\b(?! ,? ?and\b)(?!.*\b(?:also|too|as well)\b)",
    revisions=r"[,;.!?] (?:(?:hmm?|uh|um|oh|or|but) ,? ?)*(?:(?:no|nope)(?= [,.!?])|(?:no )?(?:wait|sorry|hang on|hold on)|(?:no )?actually(?= (?:stiff|sore|tired|tense|firm|gentle|medium|hard|soft|\d|more|the|my|its))|(?:no )?i mean|rather|lets say|scratch that|(?:well|actually) ,? ?(?:no|not)|forget (?:it|that)(?= ,))\b"
    r"|\b(?:no wait|no sorry|no hang on|no actually|sorry i mean|i mean|or rather|or better|lets say|scratch that)\b",
    naming=(
        r"(?:\bsave|\bstore|\bkeep)\b.*?\b(?:as|under(?: the name)?(?: of)?|called|named)\s+(.+)",
        r"\b(?:call|name)\s+(?:it|this|that|the programme|the program)\s+(.+)",
        r"^\s*(?:as|let'?s call it|it should be called|the name is|its name is)\s+(.+)",
    ),
    naming_ends=r",\s+(?:and|but|then|no)\b.*$|,?\s+(?:and|then)\s+(?:then\s+|please\s+)?(?:start|begin|run|launch)\b.*$|,?\s+(?:please|(?:would|will|could|can) you)$",
)
