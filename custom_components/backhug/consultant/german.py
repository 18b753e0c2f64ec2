"""German vocabulary of the consultant, transcribed: ae, oe, ue, ss."""

from __future__ import annotations

from typing import Final

from ..consultation.questionnaire import (
    DayTime,
    Experience,
    Feeling,
    Firmness,
)
from .german_safety import GERMAN_SAFETY
from .vocabulary import Intent, Row, Side, Vocabulary

_ONES: Final = [
    "ein",
    "zwei",
    "drei",
    "vier",
    "fuenf",
    "sechs",
    "sieben",
    "acht",
    "neun",
]
_TEENS: Final = [
    "zehn",
    "elf",
    "zwoelf",
    "dreizehn",
    "vierzehn",
    "fuenfzehn",
    "sechzehn",
    "siebzehn",
    "achtzehn",
    "neunzehn",
]
_TENS: Final = [
    "zwanzig",
    "dreissig",
    "vierzig",
    "fuenfzig",
    "sechzig",
    "siebzig",
    "achtzig",
    "neunzig",
]
_HARD: Final = "(?:hart|fest|stark|kraeftig|heftig|doll|grob|intensiv)"
_SOFT: Final = "(?:weich|sanft|leicht|schwach|lasch|zart|sachte?|lau)"

GERMAN: Final = Vocabulary(
    stop=r"\b(?:stop|stopp|stoppe|stoppen|anhalten|aufhoeren|abbruch|thats enough|hoer(?:e)? (?:\w+ )?auf)\b"
    r"|^ halt(?: (?:an|stopp|bitte|mal|sofort|ein|jetzt|halt|alles|den|die|das|massage|backhug|ihn|sie))*[.,! ]*$"
    r"|\bhalt (?:sofort|bitte|mal|jetzt|ihn|sie|die massage|den backhug) ?an\b"
    r"|^ (?:es |das )?(?:reicht|genug)[.! ]*$",
    intents={
        Intent.YES: (
            "(?:ja|jo|jawohl|jep|klar|gerne|gern|okay|ok|sicher|natuerlich|einverstanden|passt|genau|stimmt|in ordnung|mach das|super|perfekt|prima|na klar)",
        ),
        Intent.NO: (
            "(?:(?:nein |ne |na )?(?:, )?(?:doch|lieber) nicht|nein|ne|nee|noe|nein danke|lieber nicht|jetzt nicht)",
        ),
        Intent.NONE: (
            "(?:nichts|keins|keines|keine|nix|garnichts|gar nichts)(?: (?:davon|von (?:alledem|allem|dem|denen)|dergleichen))?(?: trifft(?: auf mich)? zu| zutreffend)?",
            "(?:hab|habe) ich alles nicht",
            "trifft(?: alles)? (?:auf mich )?(?:nichts|nicht)(?: davon)?(?: auf mich)?(?: zu)?",
            "(?:nirgends|nirgendwo|keine (?:beschwerden|schmerzen|probleme)|kein unbehagen)",
        ),
        Intent.UNSURE: (
            "(?:das )?weiss (?:ich )?(?:es )?(?:nicht|net)(?: so)?(?: genau)?",
            "ich weiss (?:es |das )?nicht(?: so)?(?: genau)?",
            "(?:bin (?:ich )?(?:mir )?)?(?:nicht|un) ?sicher",
            "(?:(?:ich )?(?:glaub*|denk*) (?:ich )?(?:\\w+ )?nicht|nicht dass ich wuesste)",
            "von (?:allem|jedem) (?:etwas|ein bisschen|ein wenig|bisschen|was)|alle[sr]? drei|(?:irgendwie )?alles zusammen",
            "(?:so lange? (?:es dauert|es braucht|wie noetig)|(?:so )?wie (?:immer|sonst|gehabt|ueblich|beim letzten mal)|das uebliche|dasselbe wie immer|was (?:am besten|besser|optimal|das beste) ist|das beste|wei?ss nicht|woass i? nicht|ka|kein(?:en)? (?:plan|schimmer|dunst)|null ahnung|keine (?:idee|praeferenz|vorliebe)|was weiss ich|woher soll ich das wissen|wer weiss|(?:ist )?(?:mir )?(?:voellig |ganz |total |eigentlich )?(?:egal|wurscht|wurst|schnuppe|gleich)|wie (?:du|sie) (?:meinst|denkst|meinen|magst|moechtest)|was (?:du|sie) (?:denkst|vorschlaegst|empfiehlst|empfehlen|fuer richtig haeltst)|(?:ueberrasch|ueberrasche) mich|schwer zu beschreiben|vermutlich (?:nicht|nichts|nix)?|wahrscheinlich (?:nicht|nichts|nix)?|glaub(?:e)? ich)",
            "(?:das )?weiss ich (?:(?:doch|ja|auch|selber|selbst|echt|leider|halt|gar|jetzt) )*nicht|kanns? (?:ich )?(?:es |das )?(?:\\w+ ){0,4}nicht (?:so )?(?:genau )?sagen|(?:das )?(?:wuesste?|haett|haette) ich (?:selber|selbst|auch) (?:gern|gerne)(?: gewusst)?|kp|keinen blassen(?: schimmer)?|weiss der (?:geier|himmel|kuckuck|teufel)|(?:da )?fragst du mich was|frag mich (?:was leichteres|nicht)|gute frage",
            "(?:keine ahnung|egal|ist mir egal|mir egal|schwer zu sagen|vielleicht|such (?:du |mir )?(?:(?:was|etwas|eins|einen) )?aus|kann ich nicht sagen|was du willst|(?:da )?kenn\\w* (?:ich )?mich (?:da )?nicht (?:so )?aus|mach(?:en)? (?:sie|du) mal|was (?:sie|du) (?:meinen|meinst)|entscheide du|irgendwas|irgendwie|wie du willst|weiss nich)",
        ),
        Intent.WHY: (
            "(?:warum|wieso|weshalb|wozu)(?: (?:fragst|willst|musst|brauchst) du(?: das| mich das| danach)?(?: wissen)?)?",
            "was (?:heisst|bedeutet|bedeuten|heissen) (?:(?:denn|das|es|die|der|ein|eine|hier) )*(?:\\w+)?(?: genau)?|was (?:meinst|verstehst) du(?: (?:damit|denn|(?:mit|unter)(?: (?:der|den|dem|einer|einem))? \\w+))?|was meinen sie(?: damit)?|was ist (?:damit )?gemeint|was (?:ist|sind)(?: denn)? (?:vorsichtspunkte|kontraindikationen|gegenanzeigen|ausstrahlende schmerzen|taubheit|taubheitsgefuehl)",
            "(?:(?:warum|wieso|weshalb) (?:ist|waere) (?:das|es) (?:denn )?(?:wichtig|relevant|noetig|von bedeutung)|spielt (?:das|es) (?:denn )?(?:eine|irgendeine) rolle|tut das was zur sache|muss (?:ich|das) (?:das )?(?:sagen|beantworten|wissen|sein)|was geht (?:dich|sie) das an|das geht (?:dich|sie) (?:nichts|gar nichts) an|versteh(?:e)? ich nicht|(?:ich )?versteh(?:e)? (?:die frage |das )?nicht|ist das noetig|was bringt das)",
            "(?:wofuer ist das|erklaer(?:e)? (?:es|das|mir das|mir)|was soll das|aus welchem grund)",
        ),
        Intent.WHY_LENGTH: (
            "(?:warum|wieso|weshalb) (?:ist (?:es|das) |dauert (?:es|das) |sind es |denn )?(?:so|nur|gerade|nicht|genau) (?:kurz|lang*|wenig|kuerzer|laenger|\\d+ min*)",
            "(?:warum|wieso|weshalb) (?:nur |bloss )?(?:\\d+|fuenf|zehn|fuenfzehn|zwanzig|dreissig) min*",
            "(?:warum|wieso|weshalb) (?:diese|die) (?:dauer|laenge)",
            "(?<=^ )(?:so|nur|bloss) (?:kurz|lang|wenig|\\d+ min*|(?:fuenf|zehn|fuenfzehn|zwanzig) min*)(?= [?])",
        ),
        Intent.WHY_STRENGTH: (
            "(?:warum|wieso|weshalb) (?:ist (?:es|das) |denn )?(?:so|nur|nicht) (?:sanft|schwach|leicht|weich|stark|kraeftig|fest|wenig stark|staerker|fester|kraeftiger|sanfter)",
            "(?:warum|wieso|weshalb) (?:diese|die) staerke",
            "(?<=^ )(?:so|nur) (?:sanft|schwach|leicht|weich|stark|kraeftig|fest)(?= [?])",
        ),
        Intent.SHOW: (
            "(?:zeig*|sag|nenn* mir|lies) (?:mir |mal |noch ?mal )*(?:das |mein |die )?(?:programm|schritte|details|es)(?: noch ?mal| vor)?",
            "zeig* (?:sie )?(?:mir )?(?:erst )?(?:mal )?,? was (?:\\w+ ){0,4}(?:machst|machen|vorhast|vorhat|macht|tust|tut|vorhaben)|(?:moechte|will|wuerde?|kann|koennte|darf) (?:ich )?(?:es|das|mir das) (?:gern |gerne )?(?:erst ?mal |erst mal |vorher |zuerst |erst )?(?:sehen|anschauen|ansehen|angucken)",
            "(?:wie sieht das programm aus|was macht (?:es|das programm)|was schlaegst du vor|was empfiehlst du|wiederhol* (?:das|es|bitte))",
        ),
        Intent.PLAN: (
            "wie oft(?: (?:in der|pro) woche)?",
            "(?:der plan|die naechsten wochen|kommende* wochen|wie viele (?:wochen|sitzungen|male))",
        ),
        Intent.GENTLER: (
            "(?:(?:etwas|ein bisschen|bisschen|viel|noch) )?(?:sanfter|weicher|schwaecher|leichter|zarter|(?:weniger|nicht so|nicht ganz so) (?:stark|fest|kraeftig|hart|druck|kraft|intensiv))",
            "zu (?:stark|fest|kraeftig|hart|heftig|intensiv)",
            "(?:etwas |ein bisschen |bisschen )?(?:weniger|sanfter|leichter|vorsichtiger) (?:links|rechts|oben|unten|(?:am|im|an|auf|bei) (?:der |den |dem )?\\w+(?: seite)?)",
            "so (?:stark|fest|kraeftig|hart|heftig|intensiv)(?! wie)(?: \\w+){1,5} nicht(?! weh)",
        ),
        Intent.FIRMER: (
            "(?:(?:etwas|ein bisschen|bisschen|viel|noch) )?(?:fester|staerker|doller|kraeftiger|haerter|intensiver|mehr (?:druck|kraft|staerke|stark|fest)|mach (?:mal |bitte |ruhig )*mehr(?= (?:[.,!])|\\s*$))",
            "zu (?:sanft|schwach|leicht|weich|zart)",
        ),
        Intent.SHORTER: (
            "(?:(?:etwas|ein bisschen|viel) )?kuerzer",
            "(?:zu lang*|weniger zeit|nicht viel zeit|wenig zeit|in eile|habs? (?:es )?eilig|nicht (?:so|zu|allzu|sehr|ganz so) lang*|kurz(?:e[nrs]?)?)",
        ),
        Intent.LONGER: (
            "(?:(?:etwas|ein bisschen|viel) )?laenger",
            "(?:zu kurz|mehr zeit)",
        ),
        Intent.KEEP: (
            "lass\\w* (?:es|das|alles) (?:doch |lieber |einfach )*(?:so|wie es (?:ist|war))|(?:so|wie es (?:ist|war)) (?:lassen|bleiben)|(?:bleibt?|bleiben wir) (?:doch |lieber )*(?:so|dabei)|nichts? aendern",
        ),
        Intent.OTHER_SIDE: (
            "(?:die |auf der |an der )?ander(?:e|en) (?:seite|schulter)",
            "(?:falsche seite|andersherum|anders herum|umgekehrt)",
        ),
        Intent.SAVE: (
            "(?:speicher*|sicher*|merk*|behalt*)(?: (?:es|das|dir das|das programm|mein programm))?(?: (?:als|unter|ab))?",
            "nenn(?:e|en)? (?:sie )?(?:es|das|das programm)",
            "heb(?:e|en)? (?:\\w+ ){0,4}auf|unter dem namen",
            "(?:(?:der )?name ist|(?:es |das )?(?:heisst|soll (?:\\w+ )?heissen))",
        ),
        Intent.START: (
            "(?:start*|beginn*|leg los|fang(?: \\w+)? an|los gehts|(?:auf|ab) gehts|gehts los|los)(?: (?:es|das|jetzt|das programm|die sitzung|die massage))?(?: (?:jetzt|sobald|wenn) ?(?:ich (?:mich hinlege|liege|mich hingelegt habe|drauf liege))?)?",
            "(?:sobald|wenn) ich (?:mich hinlege|liege|drauf liege)",
        ),
        Intent.START_OVER: (
            "(?:(?:es |das )?ist|waere|eigentlich|nicht fuer mich ,? sondern) (?:gar |doch |nur |eigentlich )*(?:nicht fuer mich ,? )?(?:sondern )?fuer (?:meine[nr]?|unsere[nr]?|den|die) (?:\\w+ )?(?:frau|mann|partner|partnerin|freundin|freund|schwester|bruder|mutter|mama|vater|papa|tochter|sohn|tante|onkel|nachbarn?|nachbarin|oma|opa|enkelin|enkel|kollegen?|kollegin)",
            "(?:von vorn*|noch ?mal von vorn*|neu (?:anfangen|beginnen|starten)|fang(?:e|en wir)? (?:noch ?mal )?(?:von vorn*|neu) an|neustart|zuruecksetzen|(?:beginn*|start*) (?:noch ?mal )?(?:von vorn*|neu))",
        ),
        Intent.LEAVE: (
            "(?:(?:so ,? )?(?:dann )?(?:sag|sage) (?:ich )?(?:mal )?)?(?:auf wiedersehen|tschuess|ade|servus)(?: und)?(?: (?:noch )?(?:einen |nen )?(?:schoenen|guten) (?:tag|abend)(?: noch)?)",
            "(?:tschuess|ciao|sag ich mal|auf wiedersehen|das wars|das war alles|vergiss es|abbrechen|egal lass|bis bald|schluss)",
        ),
        Intent.THANKS: ("(?:danke(?: schoen)?|vielen dank)",),
        Intent.MEDICAL: (
            "(?:heil*|diagnos*|therapie*|medikament*|medizinisch*|was fehlt mir)",
            "(?:hilft|schadet|hilf|nuetzt|wirkt) (?:das|es|mir das|die massage)",
            "ist (?:das|es) (?:denn |eigentlich |auch |wirklich )?(?:gefaehrlich|sicher|gesund|schaedlich|(?:was|etwas) (?:ernst*|schlimm*))",
            "(?:wovon|woher|woran|warum|wieso|weshalb) (?:kommt|kommen|liegt|tut|tun|schmerz*)(?: \\w+){0,4}",
            "(?:ob )?(?:das|es) (?:vom|von|durch)(?: \\w+){1,3} kommt",
            "kommt (?:das|es) (?:vom|von|durch)",
            "was (?:hab|habe) ich (?:denn|da|eigentlich|am|im)",
            "was ist (?:das|es) (?:denn|eigentlich)",
            "(?:geht|gehen|verschwind*) (?:\\w+ ){1,3}(?:davon |dadurch |damit )?weg",
            "wird (?:das|es) (?:davon|damit|dadurch|wieder) (?:besser|gut)",
        ),
    },
    safety=GERMAN_SAFETY,
    feelings={
        Feeling.STIFF: (
            "(?:steif*|verspann*|verhaert*|angespannt*|unbeweglich*|eingerostet|verkrampf*|fest sitz*|blockiert*|dicht|(?<=alles )zu|verknotet*|brett*)",
        ),
        Feeling.SORE: ("(?:empfindlich*|wund*|muskelkater|gereizt|druckempfindlich*)",),
        Feeling.TIRED: (
            "(?:muede*|erschoepft*|schlapp*|kaputt|ausgelaugt|matt|platt|geplaettet|ko|im eimer|schwer|erledigt|fertig|geschafft)",
        ),
    },
    hurts=("(?:*schmerz*|weh*|tut weh|tun weh)",),
    sides={
        Side.LEFT: ("(?:links|linke*|linkerseits)",),
        Side.RIGHT: ("(?:rechts|rechte*)",),
        Side.BOTH: (
            "(?:beide[nr]?(?: seiten)?|beidseitig|beidseits|links und rechts|rechts und links|beide[rn]?seits)",
        ),
    },
    rows={
        Row.UPPER: (
            "(?:zwischen den )?schulterblaett*",
            "schulterblatt",
            "(?:schultern?|nacken|genick|oberer? ruecken|oberen ruecken|obere* ruecken|oben|obere*|hals|schulterbereich|nackenbereich|nackenpartie|schulterpartie|schulterguertel|trapez*|schulter nacken bereich)",
        ),
        Row.MID: (
            "(?:mitte|mittlere*(?: ruecken)?|rippen|brustwirbel*|bws|mittig|in der mitte)",
        ),
        Row.LOWER: (
            "(?:unteren? ruecken|unterer ruecken|lenden*|lws|kreuz|unten|untere*|steiss*|huefte*|taille|becken*|po|hintern|ganz unten|kreuzbereich|kreuzbein|lendenbereich)",
        ),
        Row.WHOLE: (
            "(?:ganzen? ruecken|ganzer ruecken|gesamte*(?: ruecken)?|ueberall|der ganze ruecken|komplette* ruecken)",
        ),
        Row.EVERYTHING: ("alles",),
    },
    degrees={
        0: (
            "(?:lass\\w*|lasse) (?:\\w+ ){1,4}(?:weg|aus)|(?:hab\\w*|haben) (?:ich |i )?(?:da |dort )?(?:nix|nichts)|(?:da|dort) (?:hab\\w* |hob )(?:ich |i )?(?:nix|nichts)|stimmt (?:auch |a )?nicht|weglassen|auslassen|ueberspring\\w*",
            "(?:(?<=schultern )top|(?<=schulter )top|(?<=nacken )top|(?<=mitte )top|(?<=oben )top|(?<=unten )top|(?<=ruecken )top|chillt|nirgends|nirgendwo|gut|okay|ok|in ordnung|prima|super|schmerzfrei|nichts|keine (?:beschwerden|schmerzen)|gar nicht|null|entspannt|kein problem|keine probleme|tut nicht weh|nicht weh)",
        ),
        1: (
            "(?:(?:nur )?(?:ganz|sehr|echt) (?:leicht*|wenig)|(?:nur )?(?:ein |a )?(?:bisschen|bissl|bisserl|bissel|wenig|biss ?chen)|etwas(?! (?:gegen|fuer|anderes|zum))|leicht*|gering*|schwach|minimal|kaum(?! auszuhalten| zu ertragen)|nicht (?:so|sehr|zu|allzu|besonders|arg|gross)(?! (?:gut|toll|prima|okay|ok|entspannt))(?: \\w+)?|nicht (?:schlimm|wild|stark)|nicht der rede wert|halb so (?:schlimm|wild))",
        ),
        2: (
            "(?:deutlich*|mittel*|ziemlich|maessig*|spuerbar*|recht|einigermassen|merklich|nicht (?:so |ganz |sehr |besonders |wirklich )?(?:gut|toll|prima|okay|ok|in ordnung|entspannt))",
        ),
        3: (
            "(?:(?:ziemlich|sehr|richtig|echt|ganz|so|besonders|recht) )?(?:stark*|schlimm*|heftig*|schlecht|furchtbar|schrecklich|extrem*|massiv*|uebel|arg)",
            "(?:(?:voll|total|echt|so )?(?: )?krass|uebelst*|katastroph*|brutal*|(?:kaum|nicht|nimmer) (?:mehr )?(?:auszuhalten|zu ertragen)|nicht zum aushalten|moerderisch|wahnsinn|bringt mich um|am meisten|wahnsinnig|viel|zum (?:schreien|davonlaufen)|unertraeglich*|die hoelle|(?:sehr|richtig|total|echt|besonders|so) (?:weh*|verspannt*|steif*|schmerz*|empfindlich*|muede))",
            "(?:sehr|richtig|total)(?= (?:[,;.!?]|und\\b)|\\s*$)",
        ),
    },
    firmness={
        Firmness.VERY_GENTLE: (
            "(?:sehr|ganz|besonders|extrem|so|super|total|richtig) (?:sanft*|zart*|leicht*|weich*|vorsichtig*|sacht*|behutsam*|schonend*|lasch*)(?: wie (?:moeglich|es geht|nur geht|du kannst))?",
            "(?:hauchzart*|hauchsanft*|federleicht*|wie (?:eine |ne )?feder|butterweich*|zaertlich*|streichel*|am (?:zartesten|leichtesten|sanftesten)|kaum druck|(?:so )?wenig druck wie moeglich|so sanft wie moeglich)",
        ),
        Firmness.GENTLE: (
            "(?:nicht weh(?: ?tun)?|(?:tu|tut) mir nicht weh|schonend*|locker|sachte|mit gefuehl|sanft(?:e[nrms]?)?|zart*|leicht(?:e[nrms]?)?|weich(?:e[nrms]?)?|vorsichtig*|behutsam*|schwach|(?:nicht|nichts|nix|nie|ohne)(?: (?:so|zu|sehr|allzu|ganz|gar so|besonders|richtig))* (?:fest*|stark*|kraeftig*|hart*|heftig*|intensiv*|tief*|grob*|wild*))",
        ),
        Firmness.MEDIUM: (
            f"(?:weder|nicht|net)(?: (?:zu|so|sehr|ganz))* (?:{_HARD} ?,? (?:und|noch|oder|aber|nicht)?(?: (?:auch|nicht|zu|so|sehr))* {_SOFT}|{_SOFT} ?,? (?:und|noch|oder|aber|nicht)?(?: (?:auch|nicht|zu|so|sehr))* {_HARD})",
            f"nicht (?:zu|so|allzu) {_SOFT}",
            "(?:mittelding|mittendrin|mitteldings|mittelweg|mittelmass|goldene mitte|halb ?halb|mittel(?:stark|fest|kraeftig|maessig)?|normal*|dazwischen|(?:in der )?mitte|durchschnittlich*)",
        ),
        Firmness.FIRM: (
            "(?:ziemlich |recht |eher |schoen )?(?:kraeftig(?:e[nrms]?)?|fest(?:e[nrms]?)?|stark(?:e[nrms]?)?|hart(?:e[nrms]?)?|intensiv(?:e[nrms]?)?|tief(?:e[nrms]?)?)",
        ),
        Firmness.VERY_FIRM: (
            "(?:sehr|ganz|besonders|richtig|extrem|so) (?:kraeftig*|fest*|stark*|hart*|intensiv*)(?: wie (?:moeglich|es geht|du kannst|nur geht))?",
            "(?:(?:staerkste|festeste|kraeftigste|haerteste)\\w*|am (?:staerksten|kraeftigsten|festesten)|volle (?:kraft|staerke|pulle|power|kanne|lotte|droehnung)|vollgas|maximal*|maximum|gib alles|bis zum anschlag|mit allem was geht)",
        ),
    },
    likes=(
        "mittel(?:stark|fest|kraeftig)|so (?:fest|stark|kraeftig|hart|sanft|zart|leicht) wie (?:moeglich|es geht|du kannst|nur geht)|volle kraft|volle staerke|(?:sanfte|leichte|kraeftige|feste|starke|mittlere) (?:massage|staerke)|(?:sanfter|leichter|kraeftiger|fester|starker|mittlerer) druck",
        "(?:(?<=[,;.!?] )|(?<=^ ))(?:(?:und|aber|eher|schoen|recht|ziemlich|sehr|ganz) )*(?:kraeftig|sanft)(?: (?:bitte))?(?= (?:[,;.!?]|und\\b)|\\s*$)",
        "(?:mag|moechte|will|gern|gerne|lieber|bevorzuge|massage|druck|staerke|behandlung|haette|bitte|soll|darf)",
    ),
    uses=("(?:be)?nutz*|sitzung*|backhug",),
    experience={
        Experience.FIRST_TIME: (
            "(?:(?:zum )?(?:aller)?(?:ersten?|zweiten?|dritten?) mal|(?:das )?erste* mal|(?<=^ )neu(?= [.! ]{0,9}$)|erste sitzung|noch nie(?: (?:benutzt|probiert|gemacht|verwendet))?|nie(?! (?:fest|hart|stark|kraeftig|zu|so))(?: (?:benutzt|probiert|gemacht))?|neuling|anfaenger*|(?:erst |nur )?(?:ein paar|wenige|ein|zwei|drei|zweimal|einmal|dreimal|paar) ?mal*|einsteiger*|neu fuer mich|ganz neu|zum 1 mal)",
            "(?:noch nicht (?:probiert|benutzt|ausprobiert|verwendet|gemacht|gehabt)|eine handvoll(?: mal)?)",
            "(?:bin|ist) (?:\\w+ ){0,2}neu",
            "(?:hab*|besitz*) (?:\\w+ ){1,3}seit (?:gestern|heute|kurzem|ein paar tagen|letzter woche)",
        ),
        Experience.OCCASIONAL: (
            "(?:(?:ein )?paar ?mal (?:im|pro) (?:monat|jahr)|(?:zwei|drei) ?mal (?:im|pro) (?:monat|jahr)|mehrmals|mehrere male|(?:so )?alle (?:paar|zwei|heiligen) (?:wochen|monate|zeiten)|(?<=^ )am wochenende|(?:immer|nur|meist|meistens) am wochenende|wenn ich (?:dran denke|zeit habe|lust habe|es brauche)|(?<=^ )kaum|kaum(?= (?:benutzt|genutzt|verwendet|mal\\b))|eher selten|sporadisch|ned oft|(?:immer mal wieder|hie und da|mal so ,? ?mal so|gelegentlich mal))",
            "(?:ab und zu|ab und an|hin und wieder|manchmal|gelegentlich|von zeit zu zeit|(?:einmal|ein mal) (?:im|pro) monat|selten|unregelmaessig|dann und wann|alle paar wochen)",
        ),
        Experience.REGULAR: (
            "(?:(?:mehrmals|ein paar ?mal|paar ?mal|mehrere male|\\w+ ?mal) (?:die|in der|pro|in die|jede) woche|schon (?:sehr )?(?:oft|haeufig|x mal|viele male|hundertmal)|fast (?:jeden|jede) \\w+|andauernd|dauernd|immer wieder|kenn(?:e)? (?:ich|es|ihn) (?:\\w+ )?(?:gut|in ?und auswendig)|alte[rn]? hase|in und auswendig|seit (?:ewigkeiten|langem|jahren)|jeden zweiten tag|jeden \\w+)",
            "(?:jede woche|jeden (?:tag|abend|morgen|zweiten tag)|regelmaessig*|taeglich|woechentlich|seit (?:\\w+ )?(?:monaten|jahren|einem jahr)|oft|haeufig|staendig|erfahren|(?:\\w+ ?mal) (?:die|in der|pro) woche|viel erfahrung)",
        ),
    },
    day_times={
        DayTime.MORNING: (
            "(?:am morgen|morgens|in der frueh|frueh am tag|vor der arbeit|nach dem aufstehen|vormittags?|fuer morgens)",
        ),
        DayTime.DAYTIME: (
            "(?:am tag|tagsueber|mittags?|am nachmittag|nachmittags?|mittagspause|zwischendurch)",
        ),
        DayTime.EVENING: (
            "(?:am abend|abends|heute abend|vor dem (?:schlafen|schlafengehen|einschlafen|zubettgehen|bett)|fuer den abend|feierabend|nachts|nach der arbeit)",
        ),
    },
    mine={
        False: (
            "letzten? sitzung(?:en)? (?:waren?|war) (?:nicht (?:meine|von mir)|von (?:jemand|wem) anderem?)",
            "(?:waren?|war) nicht (?:meine|von mir)",
            "jemand ander(?:e[rs]|em) (?:hat|lag|war)(?: \\w+)*",
            "(?:bin|ich bin) (?:zu )?(?:nur )?(?:ein )?(?:gast|besuch)",
        ),
        True: ("letzten sitzungen waren (?:meine|von mir)",),
    },
    durations={
        15: ("(?:eine |a |ein )?(?:viertelstund(?:e|)|viertel stunde)",),
        45: ("(?:eine )?(?:dreiviertelstunde|dreiviertel stunde|drei viertel stunde)",),
        30: (
            "(?<=, )eine halbe(?= [,.;!?]|\\s*$)",
            "(?:eine |a )?(?:halbe stunde|halbes stuendchen|halbstunde|halbe std|halben stunde)",
        ),
        90: ("(?:eineinhalb|anderthalb|1_5) stunden",),
        60: (
            "(?:(?:eine|1|ne|einer|die|a) )?(?:ganze|volle|geschlagene) stunde|(?:eine|1|ne|einer|a) (?:stunde|stuendchen)",
        ),
        120: ("(?:zwei|2) stunden",),
    },
    minutes="(?:minuten?|min)",
    more="(?:mehr|laenger|dazu|zusaetzlich)",
    adds="(?:plus|weitere|zusaetzlich|verlaenger\\w* (?:es |das )?um)",
    less="(?:weniger|kuerzer)",
    longest=(
        "(?:so ?)?lang*(?: wie| als)? (?:moeglich|es geht|du kannst|erlaubt)",
        "(?:am laengsten|die laengste*|das maximum|maximal(?:e (?:dauer|zeit)|dauer)?)",
    ),
    numbers={
        **{word: number for number, word in enumerate(_ONES, 1)},
        "eine": 1,
        "eins": 1,
        **{word: number for number, word in enumerate(_TEENS, 10)},
        **{word: 10 * number for number, word in enumerate(_TENS, 2)},
        **{
            f"{one}und{ten}": 10 * tens + ones
            for tens, ten in enumerate(_TENS, 2)
            for ones, one in enumerate(_ONES, 1)
        },
    },
    about=(
        "so|etwa|ungefaehr|circa|ca|rund|um die|an die|vielleicht|sagen wir|sag ma|lieber|nur|mach|dann|eher|auf|fuer",
    ),
    mainly=(
        "(?:vor allem|vorallem|hauptsaechlich|insbesondere|vorwiegend|in erster linie|ueberwiegend|speziell|besonders(?! (?:stark|schlimm|heftig|schlecht|arg|fest|hart|sanft|kraeftig|verspannt|steif|weh|muede|empfindlich|zart|leicht|vorsichtig|weich)))",
        "(?:mehr|staerker|eher|schlimmer|aerger|am (?:meisten|staerksten|schlimmsten|aergsten))(?= (?:auf der |an der |im |am |in der |in den )?(?:links|rechts|linke|linken|rechte|rechten|oben|unten|nacken|kreuz|schultern?)\\b)",
        "(?:(?<=links )|(?<=rechts )|(?<=oben )|(?<=unten ))(?:tut es )?(?:noch )?(?:staerker|mehr|aerger|am (?:meisten|staerksten|schlimmsten|aergsten))",
    ),
    past=r"\b(?:frueher|letzte woche|letztes mal|letzte[ns]? (?:monat|jahr)|gestern|bisher)\b.*?\b(?:jetzt|heute?|inzwischen|mittlerweile|aktuell|neuerdings)\b(?!.*\b(?:auch|noch)\b)",
    others=(
        "(?:sonst(?:ige\\w*|wo)?|ansonsten|woanders|anderswo|der rest|den rest|uebrige\\w*|weiter(?:e\\w*)?|andere stellen)",
    ),
    joins=("(?:und|sowie|plus|auch)",),
    ignored=(
        "(?:auch |und )?wenn (?:sie|du|ihr)s? (?:mich |es |das )?(?:\\w+ )?(?:fragen|fragst|fragt)|(?:jeden punkt|alles|die liste|es|das) (?:\\w+ )?(?:ein|zwei|drei) ?mal(?: (?:gelesen|durchgelesen|angehoert|angeschaut))?|(?:war |hatte )?(?:\\w+ ){0,2}(?:beim|bei der) (?:sportarzt|check ?up|vorsorge|vorsorgeuntersuchung)|(?:ich )?war (?:\\w+ )?erkaeltet",
        "einmal (?=kraeftig|fest|sanft|bitte|mittel|massage|den|die|das|massieren)|weiter im text",
        "(?:maximal|hoechstens|max|maximum) (?:\\w+ ){1,2}(?:minuten?|min|stunde)|(?:\\d+|\\w+) (?:minuten?|min) (?:maximal|maximum|hoechstens|max)",
        "(?:noch nicht|nicht|nicht gleich) (?:anfangen|starten|beginnen|loslegen|speichern)|(?:speicher\\w*|start\\w*) (?:\\w+ )?nicht",
        "(?:nicht|kein\\w*)(?: (?:noch|bitte|unbedingt|viel|so|mehr))* (?:staerker|fester|kraeftiger|haerter|intensiver|laenger)(?: (?:bitte|machen|werden))*(?! als)",
        "(?:mach|mache|schalt|schalte) (?:\\w+ )*(?:licht|lampe|fernseher|musik|heizung)(?: \\w+)*",
        "(?:mach(?:en)?|los|weiter|komm)(?: (?:sie|schon|endlich|jetzt|weiter|einfach))+|beeil dich",
        "gott sei dank|zum glueck|gluecklicherweise",
        "(?:schon recht|recht gut|rueckenschmerzen|mir ist (?:es )?recht|alles klar)",
    ),
    fillers=(
        "(?:bitte|ists|der|die|das|den|dem|ein|eine|einen|einer|mein|meine|meinem|meiner|meinen|ist|sind|bin|ich|es|nur|also|aeh|aehm|hm|naja|ach|doch|eigentlich|wirklich|dann|jetzt|mir|mich|in|im|am|an|auf|zu|fuer|mit|du|und|fuehlt|fuehle|fuehlen|sich|vor|allem|vorallem|hauptsaechlich|meistens|seite|ruecken|da|hab|habe|hat|so|wie|mal|halt|eben|auch|schon|noch|ja|mag|moechte|haette|gerne|gern|will|eher|von|bei|etwa|ungefaehr|circa|ca|mach|mache|machen|benutze|nutze|ihn|lang|lange|hallo|hi|na|gut|guten|tag|war|massage|programm|trifft|alles|sorry|meine|entschuldigung|sitzung|uns|hier|davon|nichts|minuten|tut|denn|zutrifft)",
    ),
    corrections=r"^ (?:(?:hm+|aeh+m?|oh|ach|na|also) ,? ?)*(?:nein|es ist nicht|das ist nicht|ne|nee|sorry|ich meine|doch|ach nein|halt nein|falsch|entschuldigung)\b(?! ,? ?und\b)(?!.*\b(?:auch|noch|ausserdem)\b)",
    revisions=r"[,;.!?] (?:(?:hm|hmm|aeh|aehm|oder|ach|aber) ,? ?)*(?:(?:nein|ne|nee)(?= [,.!?])|(?:nein )?wart(?:e|en sie)|(?:nein )?(?:lieber|eher) doch|(?:nein )?doch lieber|oder (?:besser|lieber|doch lieber|doch)|ach nein|oder nein|nein doch|moment|(?:nein )?(?:sorry|entschuldigung)|ich meine?|besser gesagt|sagen wir|(?:nein |ach )?(?:quatsch|unsinn|bloedsinn)|ach was|na ja|naja|vergiss (?:es|das)(?= ,))\b"
    r"|\b(?:ach nein|oder nein|nein doch|nein warte|ich meine|besser gesagt|sagen wir|doch lieber)\b",
    naming=(
        r"\b(?:speicher\w*|sicher\w*|merk\w*)\b.*?\b(?:als|unter(?: dem namen)?|namens)\s+(.+)",
        r"\bunter dem namen\s+(.+)",
        r"\bnenn\w*\s+(?:sie\s+)?(?:es|das programm|das)\s+(.+)",
        r"^\s*(?:als|unter(?: dem namen)?|es soll|der name)\s+(?:ist\s+)?(.+?)(?:\s+heißen)?$",
        r"\b(?:name\s+(?:ist|sei)|hei(?:ß|ss)t)\s+(.+)",
    ),
    naming_ends=r",\s+(?:und|aber|dann|nein)\b.*$|,?\s+(?:und|dann)\s+(?:dann\s+|bitte\s+)?(?:start|beginn|leg|fang)\w*\b.*$|,?\s+bitte$|\s+ab$",
)
