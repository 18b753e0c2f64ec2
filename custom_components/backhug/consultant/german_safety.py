"""German vocabulary of cautions and emergencies, transcribed: ae, oe, ue, ss."""

from __future__ import annotations

from typing import Final

from ..consultation.questionnaire import Caution
from .vocabulary import SafetyVocabulary

_RECENTLY: Final = (
    "(?:(?:seit|erst) (?:gestern|heute|vorgestern|kurzem|letzter|dieser|heut|montag|dienstag|mittwoch|donnerstag|"
    "freitag|samstag|sonntag)|(?:vor|seit) (?:\\w+ )?(?:paar|zwei|drei|vier|wenigen|\\d) tagen|neulich|aus heiterem himmel)"
)

_LIST: Final = (
    "(?:davon|(?:von|aus|auf) (?:der|dieser|deiner|ihrer|eurer) (?:ganzen )?liste|(?:von|aus) (?:dem|all dem|deinem|ihrem) (?:ganzen(?: zeug| kram)?|zeug|kram)|von (?:dem|allem) ,? was (?:sie|du|ihr) (?:da |mir )?\\w+ (?:haben|hast|habt) ,?|von (?:alledem|alldem|all dem|allem|dem|denen|diesen|(?:dieser|der|deiner) liste|(?:den|diesen|deinen) (?:\\w+ )?(?:\\w*punkten|sachen|dingen|"
    "genannten|aufgezaehlten|hinweisen|zeug|kram|\\w*erkrankungen))|dergleichen|desgleichen|(?:der|dieser|deiner) (?:genannten )?(?:\\w*punkte|sachen|dinge|genannten|\\w*hinweise|"
    "\\w*gruende|aussagen|faelle|kontraindikationen|gegenanzeigen)|sowas|so was|so etwas|aehnliches)(?: in der (?:art|richtung))?"
)
_ME: Final = "(?:(?:(?:auf|bei|fuer) )?mi(?:ch|r))"
_APPLIES: Final = "(?:trifft|treffen|betrifft|betreffen)(?: alles)?"

GERMAN_SAFETY: Final = SafetyVocabulary(
    cautions={
        Caution.PREGNANCY: (
            "(?:schwanger*|(?:erwarte|bekomme|bekomm|kriege|krieg|trage) (?:\\w+ )?(?:ein |mein )?(?:\\w+ )?(?:kind|baby|zwillinge)|im (?!letzten|naechsten|vergangenen)(?:\\w+ten|\\d+) (?:[.] )?monat|(?:im|in der) (?:[\\w.]+ ){0,2}(?:schwangerschaftswoche|ssw)|(?:baby|kind|nachwuchs|(?:was|etwas) kleines|zwillinge) (?:ist |sind )?unterwegs|guter hoffnung|nachwuchs)",
            "(?:kriege?n?|bekommen?|erwarten?) (?:\\w+ ){0,4}(?:baby|kind|erstes|zweites|drittes|viertes|fuenftes|zwillinge|nachwuchs|kleines)",
            "(?:bin|jetzt|schon) (?:\\w+ )?(?:in der|im) (?:\\w+ten|\\d+ ?[.]?) (?:woche|monat)(?! (?:dabei|kunde))",
            "(?:baby|kind|kleine[rs]?) (?:kommt|soll) (?:im|am|in|bald|naechste\\w*)|bekomme? (?:ein )?maedchen",
            "(?:in der|im) (?:\\w+te[nr]?|\\d+ ?[.]?) (?:monat|woche)(?= (?:[,.!?]|und|schwanger|darf)|\\s*$)|anderen? umstaenden|baby (?:strampelt|tritt|kommt)|krieg\\w* (?:\\w+ )?(?:a |ein )?(?:baby|kloans|kleines|kind)",
            "(?:trimester|trimenon|geburtstermin|entbindung*|babybauch|(?:anderen|freudigen) umstaenden|werdende (?:mutter|mama)|mutterschutz|ungeborene*)",
        ),
        Caution.PACEMAKER: (
            "(?:*schrittmacher*|defibrillator*|defi|icd|herzimplantat*|eventrecorder)",
            "(?:geraet*|kaestchen|dings?|apparat*|implantat*|batterie*|teil|kasten|maschine) (?:\\w+ ){0,3}(?:in (?:der|meiner)|unterm|unter (?:dem|meinem)|am|fuers|fuer (?:das|mein)|im|beim|an) (?:\\w+ )?(?:brust*|herz*|schluesselbein)",
            "herz (?:\\w+ ){0,5}(?:geraet|apparat|maschine)|(?:geraet|apparat|maschine) (?:\\w+ ){0,5}herz",
            "herz(?:en|schlag)? (?:\\w+ ){0,3}(?:takt|rhythmus|antreibt|am laufen)|takt (?:vor)?gibt",
        ),
        Caution.BACK_CONDITION: (
            "(?:bandscheib*|skoliose*|osteoporose*|arthrose*|arthritis|rheuma*|spondyl*|bechterew*|stenose*|wirbelgleiten|wirbelbruch|hexenschuss|lumbago|tumor*)",
            "(?:rueckenleiden|rueckenerkrankung*|rueckenkrankheit*|rueckenoperation*|wirbelsaeulenoperation*|rueckenverletzung*|rueckenop|wirbelsaeulenop)",
            "(?:erkrankung*|krankheit|leiden|verletzung*|operation*|op) (?:des|am|an der|der|an) (?:meine[mr] )?(?:ruecken*|wirbelsaeule)",
            "(?:krumm|schief|verkruemmt|verbogen)\\w* (?:wirbelsaeule|ruecken|rueckgrat|kreuz)|\\w*verkruemmung|beckenschiefstand",
            "am ruecken (?:\\w+ )?(?:operiert|verletzt)",
            "(?:ruecken|wirbelsaeule) (?:\\w+ ){0,3}operiert",
            "(?:wirbel|rippe*) (?:\\w+ )?gebrochen",
            "gebrochene\\w* (?:wirbel|rippe*)",
            "(?:wirbel|wirbelsaeule|rueckgrat|lendenwirbel*|halswirbel*|brustwirbel*) (?:\\w+ ){0,4}(?:versteif*|poroes*|verschraub*|gebrochen|angebrochen|operiert|bruechig|kaputt|verschlissen|*gewachsen|verschoben|krumm|schief)",
            "(?:versteif*|verschraub*|angebrochen*|poroese*|kaputte*) (?:\\w+ ){0,2}(?:wirbel*|rueckgrat)",
            "metallplatte*|(?:schrauben?|platten?|metall|stangen?|staebe|titan|implantat*) (?:\\w+ ){0,4}(?:ruecken|wirbel*|kreuz|rueckgrat)|(?:ruecken|wirbel*|kreuz|rueckgrat) (?:\\w+ ){0,3}(?:schrauben?|platten?|metall|stangen?|staebe)",
            "knochen (?:\\w+ ){0,3}(?:poroes|bruechig|duenn|muerbe)|(?:poroese|bruechige|duenne|muerbe) knochen|knochenschwund|glasknochen",
            "(?:ruecken|kreuz) (?:\\w+ ){0,3}(?:krumm|schief|verbogen|verkruemmt)",
            "(?:scheuermann|morbus|rundruecken|buckel|schleudertrauma|vorfall|eingeklemmter nerv|nerv (?:\\w+ )?eingeklemmt)",
            "(?:verschleiss|abnutzung) (?:\\w+ ){0,3}(?:ruecken|wirbel*|kreuz)|wirbelsaeulenverschleiss",
            "(?:ruecken|wirbelsaeule|kreuz|bandscheibe) (?:\\w+ ){0,4}(?:operiert|op)\\b",
        ),
        Caution.UNDER_18: (
            "(?:unter|juenger als|noch keine|noch nicht) (?:18|achtzehn)",
            "(?:werde?|wird) (?:\\w+ ){0,4}(?:18|achtzehn)(?! (?:uhr|min|_))|in (?:\\w+ ){1,2}(?:wochen|monaten|tagen) (?:18|achtzehn)|(?:geh|gehe) (?:noch )?(?:zur|in die) schule|nicht volljaehrig|in (?:der|die) \\w+ klasse|klasse \\d+",
            "\\bich (?:erst |nur |noch |ja )*(?:vierzehn|fuenfzehn|sechzehn|siebzehn|dreizehn|zwoelf|1[0-7]) bin|bin (?:die|der) \\w+ , (?:erst |grad )?(?:1[0-7]|zwoelf|dreizehn|vierzehn|fuenfzehn|sechzehn|siebzehn)\\b",
            "(?:minderjaehrig*|bin (?:noch )?(?:ein )?kind|fuer (?:ein|mein) kind|jugendliche*)",
        ),
        Caution.HEIGHT: (
            "(?:kleiner als|unter) (?:150|1_50|1_5)",
            "(?:groesser als|ueber) (?:198|1_98|(?:zwei|2) meter)",
            "kleinwuechsig*|zwergwuchs",
        ),
        Caution.WEIGHT: ("(?:schwerer als|mehr als|ueber) 165",),
        Caution.NEW_PAIN: (
            "neue*(?: ruecken)? ?schmerz*",
            "(?:ploetzlich*|auf einmal|akut*|stechend*) (?:\\w+ ){0,3}(?:*schmerz*|weh*)",
            "(?:*schmerz*|weh) (?:\\w+ ){0,4}(?:ploetzlich*|neu|" + _RECENTLY + ")",
            "(?:ploetzlich*|" + _RECENTLY + ") (?:\\w+ ){0,5}(?:*schmerz*|weh)",
            _RECENTLY + " (?:\\w+ ){0,5}(?:stechen|sticht|ziehen|zieht|zwicken|zwickt)",
            "eingeschossen|ins kreuz (?:ge)?schossn?|(?:in den|ins) (?:ruecken|kreuz) (?:ge)?schossen|vorher nie(?: gehabt)?",
            "(?:gestuerzt|hingefallen|runtergefallen|unfall|verhoben|verrissen|verrenkt|verzerrt|gezerrt)",
            "(?:angefangen|begonnen|aufgetreten|losgegangen) (?:\\w+ ){0,3}"
            + _RECENTLY,
            _RECENTLY
            + " (?:\\w+ ){0,4}(?:angefangen|begonnen|aufgetreten|losgegangen|gekommen)",
        ),
        Caution.RADIATING_PAIN: (
            "(?:ausstrahl*|strahl*|ischias*)",
            "(?:zieht|ziehen|schiesst|schmerz*|weh|geht) (?:\\w+ ){0,4}(?:ins|in das|in den|in die|in mein*|bis in*) (?:\\w+ )?(?:bein*|arm*|fuss|fuesse|hand|gesaess|po)",
            "(?:zieht|ziagt|geht|strahlt) (?:\\w+ )?(?:owe|obi|abi|runter|hinunter|hinab)|bis (?:in|zur) (?:die )?(?:wadl|wade|zehe|zehen|ferse|kniekehle)",
            "(?:zieht|ziehen|zog|schiesst|*schmerz*|weh|geht|faehrt|wandert|sticht) (?:\\w+ ){0,5}(?:in|ins|bis)(?: \\w+){0,4} (?:bein*|arme?n?|fuss|fuesse|hand|haende|wade*|zehe*|zeh|finger*|knie*|oberschenkel|unterarm|ellbogen|hintern|gesaess|pobacke)",
            "(?:bis )?(?:ins|in den|in die|in mein*) (?:linke[ns]? |rechte[ns]? )?(?:bein*|arm*) *(?:runter|hinunter|hinein)?",
        ),
        Caution.NUMBNESS: (
            "(?:taub*|kribbel*|gefuehllos*|ameisenlaufen|eingeschlafen*|schlaeft ein|schlafen ein)",
            "(?:spuere|fuehle) (?:mein*|den|das|die) (?:\\w+ )?(?:nicht|kaum)",
            "kein gefuehl (?:mehr )?(?:im|in)",
            "(?:bein*|arm*|fuss|hand) (?:spuer*|fuehl*) ich (?:\\w+ )?(?:nicht|kaum)",
            "(?:spuer*|fuehl*) (?:\\w+ ){0,4}(?:zehe*|zeh|finger*|bein*|fuss|fuesse|hand|haende|arm|wade*) (?:\\w+ ){0,3}(?:nicht|kaum)|(?:zehe*|zeh|finger*|bein*|fuss|fuesse|hand|haende|arm|wade*) (?:\\w+ ){0,3}(?:nicht|kaum) (?:\\w+ ){0,3}(?:spuer*|fuehl*)",
            "(?:schlaeft|schlafen) (?:\\w+ ){0,3}ein\\b",
            "(?:pelzig*|bizzel*|britzel*|prickel*|ameisen|abgestorben|wie tot|einschlaf*)",
        ),
    },
    caution_answers={
        Caution.HEIGHT: ("(?:groesse|koerpergroesse|zu (?:gross|klein))",),
        Caution.WEIGHT: ("(?:gewicht|zu schwer)",),
        Caution.UNDER_18: ("(?:mein alter|zu jung)",),
        Caution.BACK_CONDITION: ("(?:eine |die )?(?:erkrankung|krankheit)",),
        Caution.NEW_PAIN: ("(?:sind|ist) neu",),
    },
    emergencies=(
        "(?:brust|herz) ?(?:schmerz*|stechen|druck|infarkt|enge|anfall)",
        "(?:*schmerz*|druck|stechen|enge|weh) (?:\\w+ ){0,3}(?:in|auf|an|im|am) (?:der |meiner |die |meinem )?(?:brust|herz*)",
        "brust (?:\\w+ ){0,2}(?:weh|*schmerz*)",
        "(?:(?:keine|kaum|schlecht|wenig) luft|atemnot|(?:kaum|nicht|schlecht|schwer) (?:mehr )?(?:richtig )?atmen)",
        "(?:schlaganfall|ohnmaecht*|bewusstlos*|umgekippt|gelaehmt*|laehmung*|inkontinen*)",
        "(?:bein*|arm*|hand|haende|fuss|fuesse|finger) (?:\\w+ ){0,2}(?:nicht|kaum) (?:mehr )?(?:richtig )?beweg*",
        "(?:blase|stuhl|urin|wasser) (?:\\w+ ){0,2}nicht (?:mehr )?(?:\\w+ )?halten",
        "(?:notarzt|rettungswagen|krankenwagen|notruf|notfall)",
    ),
    too_young=(
        r"\b(\d+) jahre alt\b",
        (
            r"\b(?:bin|werde?) (?:(?:erst|noch|gerade|grad|mal|nur|schon|halt|ja|jetzt|doch|eben|ich|aber|leider|auch|selber|selbst|ehrlich gesagt) )*(\d+)\b"
            r"(?! (?:\d|min|sek|stund|prozent|wochen|woche|monat|tag|jahren|c?m\b|zent|met|ki?lo|kg|pfund|von\b|bis\b|mal\b|uhr|[.] (?:woche|monat)))"
        ),
    ),
    relatives=(
        (
            "(?:meine?[mnrs]?|unsere?[mnrs]?) (?:\\w+er )?(?:frau|mann|partner|partnerin|freundin|freund|schwester|bruder|mutter|mama|vater|papa|tochter|sohn|tante|onkel|cousin|cousine|nachbar|nachbarin|"
            "oma|opa|grossmutter|grossvater|enkelin|enkel|kollege|kollegin|chef|chefin|schwager|schwaegerin|nichte|neffe|ex|schwiegermutter|schwiegervater)(?! (?:sagt|meint|findet|glaubt|denkt|behauptet))"
        ),
    ),
    for_others=(
        "fuer (?:sie|ihn|mein\\w*|unser\\w*)|(?:darf|kann|soll) (?:sie|er)|(?:sie|er) (?:liegt|legt|will|moechte|nutzt|benutzt)(?! (?:\\w+ )?nicht)|(?:will|moechte) (?:\\w+ ){0,2}(?:drauf|nutzen|benutzen|probieren|massier)",
    ),
    negations=("(?:nicht|kein*|nie|niemals|ohne|weder|noch nie|frei von|nichts)",),
    uncertain=(
        "(?:nicht (?:\\w+ )?sicher|unsicher|weiss (?:es |das |ich )?nicht|nicht nur|keine ahnung|vielleicht|moeglicherweise|eventuell|kann sein|koennte|kein zweifel|nicht auszuschliessen)",
    ),
    clause=r"[,;.!?]|\b(?:aber|und|ausser|sondern|nur|jedoch|(?<!bin )ich(?! (?:bin |habe |hab )?(?:auch )?(?:nicht|kein\w*|nie))|(?<=bin )ich(?! (?:(?:auch|zum glueck|gott sei dank|gluecklicherweise|schon|laengst|lange|ja|doch|wirklich|eigentlich|gar|ganz sicher|sicher|bestimmt|definitiv) )*(?:nicht|kein\w*|nie))|mein\w*)\b",
    exceptions=(
        "(?:oder doch|aber(?! ich nicht| von dem| (?:was|warum|wieso|wie|woher|wovon)\\b)|ausser|es sei denn|bis auf|moment|warte(?! mal ich)|(?<=[,.!?] )doch\\b(?! nicht)|allerdings|jedoch|obwohl|nur dass|abgesehen)",
    ),
    denials=(
        (
            f"(?:(?:gar|ueberhaupt|absolut|rein) )?(?:nichts|garnichts|nix|keins|keines|keinerlei|keine? einzige[rs]?|keiner?|nicht eine?[rs]?)(?: {_LIST})?"
            f"(?: {_APPLIES}(?: {_ME})?(?: zu)?| zutreffend)?"
        ),
        f"(?:von (?:alle)?(?:denen|dem|diesen|all dem|dieser liste)(?: \\w*punkten| sachen| dingen)?|davon|da|sowas|so was|so etwas) (?:{_APPLIES} |(?:hab|habe) ich )?(?:{_ME} )?(?:nichts|nix|keins|keine[rs]?|gar nichts|nicht)(?: zu)?",
        f"{_APPLIES}(?: {_ME}| alles| alle| davon| da)* (?:nicht|nichts|keins|nix|gar nichts)(?: {_LIST})?(?: {_ME})?(?: zu)?",
        f"{_ME} {_APPLIES} (?:da )?(?:nichts|keine[rs]?|nix|gar nichts|(?:das )?alles nicht)(?: {_LIST})?(?: zu)?",
        f"(?:das|die|alles|es|sowas)(?: alles)? {_APPLIES}(?: alles| alle| {_ME})* nicht(?: {_ME})?(?: zu)?",
        f"(?:ich )?(?:hab|habe) (?:ich )?(?:alles |alle )?(?:nichts|nix|keins|keine|gar nichts|nicht)(?: {_LIST})?",
        "(?:ich (?:hab|habe) (?:das|sowas|so was|so etwas)|(?:das|sowas|so was|so etwas)(?: alles)? (?:hab|habe) ich) (?:alles )?nicht",
        "da (?:hab|habe) ich (?:nichts|nix|keins) (?:von|davon)",
        f"{_LIST} (?:hab|habe) ich (?:\\w+ )?(?:rein |gar |ueberhaupt )?(?:nichts|nix|keins|keine[rs]?)|(?:ich )?(?:hab|habe) {_LIST} (?:rein |gar |ueberhaupt )?(?:nichts|nix|keins|keine[rs]?)|(?:aber )?{_LIST} ,? (?:rein |gar |ueberhaupt )?(?:nichts|nix|keins|keine[rs]?)",
        f"(?:nichts|nix|keins|gar nichts) (?:hab|habe) ich(?: {_LIST})?|ich (?:hab|habe) {_LIST} (?:\\w+ )?(?:nichts|nix|keins)",
        f"keine? einzige[rs]? (?:punkt|sache|frage|davon)(?: {_APPLIES}(?: {_ME})?(?: zu)?)?",
        "(?:(?:da|davon) )?(?:ist |war )?(?:da )?(?:wirklich |echt |auch |fuer mich )?(?:nichts|nix|keins) dabei(?: ,? (?:was|das) (?:auf mich (?:passt|zutrifft)|mich betrifft|bei mir passt))?",
        f"(?<!ja )(?<!ja , )(?:und )(?:(?:auch sonst|sonst auch) {_APPLIES} (?:nichts|nix)(?: zu)?|sonst is(?:t)? auch (?:nichts|nix)(?: {_LIST})?)",
        "weder (?:\\w+ ){1,8}noch (?:sonst )?(?:irgend)?(?:was|etwas) " + _LIST,
        f"{_LIST} (?:passt|gilt|stimmt|trifft|betrifft)(?: {_ME})? (?:rein |gar |ueberhaupt )?(?:nichts|nix|keins)(?: {_ME}| zu)*",
        "(?:da )?(?:kann|muss|wuerde) ich (?:ueberall|bei allem|bei allen|zu allem|zu allen) (?:mit )?nein (?:sagen|antworten|ankreuzen)",
        "(?:nicht |k)ein einzige[rs]",
        "(?:nicht|keine?) (?:eine?|einzige[rs]?|ein einzige[rs]?) (?:punkt|sache|frage)(?: davon| von \\w+)?|alles (?:tip ?top|tipp ?topp|tippitoppi|paletti|schick)(?: bei mir)?",
        "(?:nein|nee|noe) ,? (?:mir fehlts? (?:gar |an )?(?:nichts|nix))",
        "(?:ueberall|alles|alle|durchweg|zu allem|durchgehend) (?:nein|negativ|nicht)",
        "negativ",
        "(?:(?:das|es|davon) )?(?:gilt|gelten|passt|passen|stimmt)(?: (?:alles|davon|alle))* (?:nicht|nichts|keins)(?: davon)? (?:auf|fuer|bei) mi(?:ch|r)",
        f"(?:hat|haben) (?:er|sie|der|die) (?:(?:doch|ja|auch|alles|alle|davon) )*(?:nicht|nichts|nix|keins)(?: {_LIST})?|{_LIST} (?:hat|haben) (?:er|sie|der|die) (?:(?:doch|ja|auch|gar|rein) )*(?:nichts|nix|keins)",
        f"davon hat (?:er|sie) (?:auch )?(?:nichts|nix|keins)|(?:er|sie) hat (?:auch )?(?:nichts|nix|keins|gar nichts)(?: {_LIST})?",
        "(?:kann ich|ich kann) (?:alles |das alles |alle )?(?:verneinen|ausschliessen)",
        "alles (?:gut|bestens|ok|okay|in ordnung|fein)(?: bei mir)?",
        "(?:ganz und gar|gar|ueberhaupt|absolut|bestimmt|definitiv|natuerlich|sicher|zum glueck|gott sei dank|gluecklicherweise) nicht|auf (?:gar )?keinen fall|in keiner weise|(?:gott )?bewahre",
        "keine (?:\\w*erkrankung(?:en)?|krankheit(?:en)?|gesundheitlichen (?:probleme|einschraenkungen)|kontraindikationen|gegenanzeigen)",
    ),
    noes=(
        "(?:nein danke|nein|ne|nee|noe|nope|nei|iwo|(?:i|ach) wo|mitnichten|(?:ach )?woher denn)",
    ),
    denial_words=(
        (
            "(?:hand aufs herz|da (?:kann|muss) ich (?:sie|dich|euch) (?:beruhigen|enttaeuschen)|bitte|danke(?: schoen)?|vielen dank|gott sei dank|zum glueck|gluecklicherweise|also|aeh+m?|hmm?|ach|oh|na|naja|ja|wirklich|echt|eigentlich|halt|eben|mal|"
            "erst|ich hab(?:e)? nur (?:spass gemacht|gescherzt)|(?:mach )?weiter|quatsch|unsinn|bloedsinn|hallo|hi|hey|guten (?:tag|abend|morgen)|moin|servus|gruess gott|gruezi|ehrlich(?: gesagt)?|(?:ganz |da bin ich (?:mir )?)?sicher|bestimmt|definitiv|absolut|und|oder|"
            "(?:die |meine )?(?:beschwerden|schmerzen|probleme|verspannungen) (?:hab|habe) ich (?:(?:ja|schon|seit|ewig|immer) )*(?:laenger\\w*|lange|immer|jahren|ewig\\w*)|derzeit|momentan|im moment|zur ?zeit|stand heute|wie (?:schon )?gesagt|(?:das )?(?:hab|habe) ich (?:doch )?(?:schon )?gesagt|ich sagte(?: doch)?|(?:ich hab|hab) (?:doch )?(?:schon )?gesagt|bei mir|da|jetzt|auch|"
            "(?:(?:ich|bin|ganz|voellig|total|und) )*(?:gesund und munter|gesund(?: wie (?:ein|der) fisch(?: im wasser)?)?|fit wie ein turnschuh|fit|kerngesund|pumperlgesund|pumperlgsund|putzmunter|quietschfidel|topfit|bei bester gesundheit|(?:in )?bester gesundheit)|(?:mir )?gehts? (?:mir )?(?:bestens|blendend|praechtig)|(?:alles )?im gruenen bereich|"
            "(?:koennen sie|kannst du|koennt ihr) (?:das )?(?:so |ruhig )*(?:eintragen|aufschreiben|ankreuzen|notieren)|weiter im text|meine? ich|lol|woher denn|(?:ich )?bin (?:\\w+ ){0,2}(?:18|achtzehn) geworden|"
            "mein\\w* (?:mann|frau|schwester|bruder|mutter|vater|freund|freundin) (?:hat|hatte) (?:das |die )?(?:alles|alle|ganze liste)|aber ich nicht|(?:ich )?(?:hab|habe) (?:mir )?(?:jetzt |das |die |alles |jeden |punkt |liste |in ruhe |zwei ?mal |genau |durch)*(?:gelesen|angehoert|durchgelesen|angeschaut)|toi toi toi|lass mich (?:mal )?(?:kurz )?(?:ueberlegen|nachdenken)|(?:mal )?(?:kurz )?ueberlegen|haha|das ist|es ist|lautet die antwort|zum glueck)"
        ),
    ),
    alarms=(
        (
            "(?:herz*|brust|kopf*|arm|arme|armen|bein*|fuss|fuesse*|hand|haende*|finger*|zehen?|knie*|wirbel*|knochen*|blut*|nerv*|arzt*|aerzt*|chirurg*|physio*|krankenhaus|klinik|"
            "op|ops|operation*|operiert*|implantat*|schrauben?|metall*|medikament*|tabletten?|krebs*|epilep*|diabet*|asthma|thrombo*|schlaganfall|schwaech*|schwindel*|schwindlig|geschwollen|fieber|unfall)"
        ),
    ),
    health=(
        (
            "mein herz(?!ens)|herzklopfen|herz(?: ?operation| ?op| ?klappe| ?fehler| ?probleme?| ?insuffizienz| ?rhythmus\\w*| ?kranz\\w*| ?krank\\w*)|am herzen?|bypass\\w*|stents?|vorhofflimmern|\\w*blutdruck|bluthochdruck|kaiserschnitt\\w*|implantat\\w*|ich stille|stillende?|(?:huefte?n?|knie|gelenk) (?:\\w+ ){0,2}(?:kuenstlich|ersetzt|operiert|gemacht)|blutverduenn\\w*|marcumar|"
            "krebs\\w*|chemo\\w*|tumor\\w*|epilep\\w*|diabet\\w*|thrombo\\w*|schlaganfall|fieber\\w*|fiebrig|grippe\\w*|infekt\\w*|operiert|operation\\w*|\\w*(?:bandscheiben|hueft|knie|herz|ruecken|schulter|augen|bypass) ?op|op|prothese\\w*|kuenstliche\\w* (?:huefte|knie\\w*|\\w*gelenk\\w*)|huefte (?:\\w+ )?(?:operiert|neu|gemacht)|"
            "medikament\\w*|tabletten|dialyse|krankenhaus|kardiolog\\w*|onkolog\\w*|narbe\\w*"
        ),
    ),
    recently=(
        (
            "(?:seit|erst) (?:gestern|vorgestern|heute|kurzem|letzter woche|letzte woche|dem wochenende|montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag|(?:ein )?paar tagen?|zwei tagen?|drei tagen?|vier tagen?|\\d tagen?)|"
            "(?:gestern|vorgestern|heute frueh|heute morgen) (?:passiert|angefangen|eingeschossen|losgegangen|verhoben)|seit dem (?:garten|umzug|sport|training|heben) (?:letzte woche|gestern|am \\w+)"
        ),
    ),
    denial_names=(
        "(?:*vorsicht*|*hinweise*|kontraindikation*|gegenanzeige*|ausschluss*|\\w*punkten?|*erkrankungen)",
    ),
    meanings=(
        (
            "(?:was (?:meinst|verstehst) du (?:mit|unter)|was meinen sie mit|was verstehen sie unter|was (?:ist|sind)|was (?:heisst|bedeutet|bedeuten|heissen)|erklaer\\w* (?:mir )?)(?: denn| eigentlich| genau)?(?: (?:ein|eine|einen|einer|der|die|das))? "
            "(?!mein|wenn\\b|das\\b|es\\b|ich\\b|mir\\b)(?:ausstrahlende[nr]? |neue[nr]? )?\\w+(?= (?:[?]|[.]|genau|eigentlich|gemeint|ueberhaupt)|\\s*$)"
        ),
        "(?:(?<=ahnung , )|(?<=ahnung )|(?<=nicht , )|(?<=nicht )|(?<=plan , )|(?<=plan ))was (?:eine? |der |die |das )?(?!mein|ich\\b|mir\\b)\\w+(?: \\w+)? (?:ist|sind|bedeutet|heisst)",
        "was (?:zaehlt|gilt|faellt) (?:\\w+ ){0,2}(?:als|unter) (?:eine? )?(?!mein)\\w+",
        "(?:was|wieso|warum|weshalb|wofuer) (?:hat|haben|ist|sind|spielt|spielen|braucht|brauchen)(?: (?:das|es|denn|eigentlich))*(?: meine? (?:koerper)?(?:groesse|gewicht|alter)| (?:die|das|der|eine?) (?!mein)\\w+)(?: \\w+){0,2} (?:damit zu tun|zu tun|wichtig|relevant|eine rolle|ein problem|von belang)",
        "wenn (?:man|jemand|einer|eine)(?: \\w+){1,6}(?= (?:[?]|[.])|\\s*$)",
    ),
)
