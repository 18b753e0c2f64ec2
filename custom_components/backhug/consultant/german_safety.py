"""German vocabulary of cautions and emergencies, transcribed: ae, oe, ue, ss."""

from __future__ import annotations

from typing import Final

from ..consultation.questionnaire import Caution
from .vocabulary import SafetyVocabulary

_RECENTLY: Final = (
    "(?:(?:seit|erst) (?:gestern|heute|vorgestern|kurzem|letzter|dieser|heut|montag|dienstag|mittwoch|donnerstag|"
    "freitag|samstag|sonntag))"
)

_LIST: Final = (
    "(?:davon|von (?:alledem|alldem|all dem|allem|dem|denen|diesen|(?:dieser|der|deiner) liste|(?:den|diesen|deinen) (?:\\w+ )?(?:\\w*punkten|sachen|dingen|"
    "genannten|aufgezaehlten|hinweisen|\\w*erkrankungen))|dergleichen|desgleichen|(?:der|dieser|deiner) (?:genannten )?(?:\\w*punkte|sachen|dinge|genannten|\\w*hinweise|"
    "\\w*gruende|aussagen|faelle|kontraindikationen|gegenanzeigen)|sowas|so was|so etwas|aehnliches)(?: in der (?:art|richtung))?"
)
_ME: Final = "(?:(?:(?:auf|bei|fuer) )?mi(?:ch|r))"
_APPLIES: Final = "(?:trifft|treffen|betrifft|betreffen)(?: alles)?"

GERMAN_SAFETY: Final = SafetyVocabulary(
    cautions={
        Caution.PREGNANCY: (
            "(?:schwanger*|(?:erwarte|bekomme|bekomm|kriege|krieg|trage) (?:\\w+ )?(?:ein |mein )?(?:\\w+ )?(?:kind|baby|zwillinge)|im (?!letzten|naechsten|vergangenen)(?:\\w+ten|\\d+) (?:[.] )?monat|(?:im|in der) (?:[\\w.]+ ){0,2}(?:schwangerschaftswoche|ssw)|baby unterwegs|guter hoffnung)",
        ),
        Caution.PACEMAKER: ("(?:*schrittmacher*|defibrillator*)",),
        Caution.BACK_CONDITION: (
            "(?:bandscheib*|skoliose*|osteoporose*|arthrose*|arthritis|rheuma*|spondyl*|bechterew*|stenose*|wirbelgleiten|wirbelbruch|hexenschuss|lumbago|tumor*)",
            "(?:rueckenleiden|rueckenerkrankung*|rueckenkrankheit*|rueckenoperation*|wirbelsaeulenoperation*|rueckenverletzung*|rueckenop|wirbelsaeulenop)",
            "(?:erkrankung*|krankheit|leiden|verletzung*|operation*|op) (?:des|am|an der|der|an) (?:meine[mr] )?(?:ruecken*|wirbelsaeule)",
            "(?:krumm|schief|verkruemmt|verbogen)\\w* (?:wirbelsaeule|ruecken|rueckgrat|kreuz)|\\w*verkruemmung|beckenschiefstand",
            "am ruecken (?:\\w+ )?(?:operiert|verletzt)",
            "(?:ruecken|wirbelsaeule) (?:\\w+ ){0,3}operiert",
            "(?:wirbel|rippe*) (?:\\w+ )?gebrochen",
            "gebrochene\\w* (?:wirbel|rippe*)",
        ),
        Caution.UNDER_18: (
            "(?:unter|juenger als|noch keine|noch nicht) (?:18|achtzehn)",
            "(?:minderjaehrig*|bin (?:noch )?(?:ein )?kind|fuer (?:ein|mein) kind|jugendliche*)",
        ),
        Caution.HEIGHT: (
            "(?:kleiner als|unter) (?:150|1_50|1_5)",
            "(?:groesser als|ueber) (?:198|1_98)",
        ),
        Caution.WEIGHT: ("(?:schwerer als|mehr als|ueber) 165",),
        Caution.NEW_PAIN: (
            "neue*(?: ruecken)? ?schmerz*",
            "(?:ploetzlich*|auf einmal|akut*|stechend*) (?:\\w+ ){0,3}(?:*schmerz*|weh*)",
            "(?:*schmerz*|weh) (?:\\w+ ){0,4}(?:ploetzlich*|neu|" + _RECENTLY + ")",
            "(?:ploetzlich*|" + _RECENTLY + ") (?:\\w+ ){0,5}(?:*schmerz*|weh)",
            "(?:gestuerzt|hingefallen|unfall)",
        ),
        Caution.RADIATING_PAIN: (
            "(?:ausstrahl*|strahl*|ischias*)",
            "(?:zieht|ziehen|schiesst|schmerz*|weh|geht) (?:\\w+ ){0,4}(?:ins|in das|in den|in die|in mein*|bis in*) (?:\\w+ )?(?:bein*|arm*|fuss|fuesse|hand|gesaess|po)",
            "(?:bis )?(?:ins|in den|in die|in mein*) (?:linke[ns]? |rechte[ns]? )?(?:bein*|arm*) *(?:runter|hinunter|hinein)?",
        ),
        Caution.NUMBNESS: (
            "(?:taub*|kribbel*|gefuehllos*|ameisenlaufen|eingeschlafen*|schlaeft ein|schlafen ein)",
            "(?:spuere|fuehle) (?:mein*|den|das|die) (?:\\w+ )?(?:nicht|kaum)",
            "kein gefuehl (?:mehr )?(?:im|in)",
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
        r"\bich bin (?:erst |schon )?(\d+)(?= (?:[,.;!?]|jahre?|und|aber)|\s*$)",
    ),
    negations=("(?:nicht|kein*|nie|niemals|ohne|weder|noch nie|frei von|nichts)",),
    uncertain=(
        "(?:nicht (?:\\w+ )?sicher|unsicher|weiss (?:es |das |ich )?nicht|nicht nur|keine ahnung|vielleicht|moeglicherweise|eventuell|kann sein|koennte|kein zweifel|nicht auszuschliessen)",
    ),
    clause=r"[,;.!?]|\b(?:aber|und|ausser|sondern|nur|jedoch|ich(?! (?:bin |habe |hab )?(?:auch )?(?:nicht|kein\w*|nie))|mein\w*)\b",
    exceptions=(
        "(?:aber(?! (?:was|warum|wieso|wie|woher|wovon)\\b)|ausser|es sei denn|bis auf|moment|warte(?! mal ich)|(?<=[,.!?] )doch\\b(?! nicht)|allerdings|jedoch|obwohl|nur dass|abgesehen)",
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
        "(?:ueberall|alles|alle|durchweg|zu allem|durchgehend) (?:nein|negativ|nicht)",
        "(?:(?:das|es|davon) )?(?:gilt|gelten|passt|passen|stimmt)(?: (?:alles|davon|alle))* (?:nicht|nichts|keins)(?: davon)? (?:auf|fuer|bei) mi(?:ch|r)",
        f"davon hat (?:er|sie) (?:auch )?(?:nichts|nix|keins)|(?:er|sie) hat (?:auch )?(?:nichts|nix|keins|gar nichts)(?: {_LIST})?",
        "(?:kann ich|ich kann) (?:alles |das alles |alle )?(?:verneinen|ausschliessen)",
        "alles (?:gut|bestens|ok|okay|in ordnung|fein)(?: bei mir)?",
        "(?:ganz und gar|gar|ueberhaupt|absolut|bestimmt|definitiv|natuerlich|sicher|zum glueck|gott sei dank|gluecklicherweise) nicht|auf (?:gar )?keinen fall|in keiner weise|(?:gott )?bewahre",
        "keine (?:\\w*erkrankung(?:en)?|krankheit(?:en)?|gesundheitlichen (?:probleme|einschraenkungen)|kontraindikationen|gegenanzeigen)",
    ),
    noes=("(?:nein danke|nein|ne|nee|noe|nope)",),
    denial_words=(
        (
            "(?:bitte|danke(?: schoen)?|vielen dank|gott sei dank|zum glueck|gluecklicherweise|also|aeh+m?|hmm?|ach|oh|na|naja|ja|wirklich|echt|eigentlich|halt|eben|mal|"
            "erst|ich hab(?:e)? nur (?:spass gemacht|gescherzt)|(?:mach )?weiter|quatsch|unsinn|bloedsinn|hallo|hi|hey|guten (?:tag|abend|morgen)|moin|servus|gruess gott|gruezi|ehrlich(?: gesagt)?|(?:ganz |da bin ich (?:mir )?)?sicher|bestimmt|definitiv|absolut|und|oder|"
            "wie (?:schon )?gesagt|(?:das )?(?:hab|habe) ich (?:doch )?(?:schon )?gesagt|ich sagte(?: doch)?|(?:ich hab|hab) (?:doch )?(?:schon )?gesagt|bei mir|da|jetzt|auch|"
            "(?:(?:ich|bin|ganz|voellig|total|und) )*(?:gesund und munter|gesund|fit|kerngesund|pumperlgesund|topfit)|toi toi toi|lass mich (?:mal )?(?:kurz )?(?:ueberlegen|nachdenken)|(?:mal )?(?:kurz )?ueberlegen|haha|das ist|es ist|lautet die antwort|zum glueck)"
        ),
    ),
    alarms=(
        (
            "(?:herz*|brust|kopf*|arm|arme|armen|bein*|fuss|fuesse*|hand|haende*|finger*|zehen?|knie*|wirbel*|knochen*|blut*|nerv*|arzt*|aerzt*|chirurg*|physio*|krankenhaus|klinik|"
            "op|ops|operation*|operiert*|implantat*|schrauben?|metall*|medikament*|tabletten?|krebs*|epilep*|diabet*|asthma|thrombo*|schlaganfall|schwaech*|schwindel*|schwindlig|geschwollen|fieber|unfall)"
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
    ),
)
