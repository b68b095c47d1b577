"""Requests outside the planner's world: it must say so rather than write a program."""

from __future__ import annotations

from . import nouns
from .things import Asked, Speaker
from .wording import Leaf

_CHAT = (
    "hello", "hi [there]", "hey [you|there]", "good (morning|evening|afternoon)", "how are you [doing|today]", "thank you [(very much|so much)]", "thanks [a lot]", "who are you", "what is your name", "what can you do", "who (made|built|trained) you", "are you (a robot|human|real|an ai|chatgpt)",
    "tell me a (joke|story|poem|fun fact)", "how (does|do) (this|you) work", "bye", "goodbye", "see you [later]", "nice to meet you", "do you like {x}", "what is your favorite {x}", "i love you", "you are (great|stupid|funny|wrong)", "ok", "okay [then]", "yes", "no", "sorry", "never mind", "help [me]", "what should i (do|eat|buy|wear) [today]",
    "what is the capital of {n}", "who is the president of {n}", "how do i (cook|fix|clean|build|sell) a {x}", "what is {d} plus {d}", "what is {d} times {d}", "solve {d} x = {d}", "translate {x} (to|into) (french|german|spanish)", "what is the meaning of life", "what 's the weather (tomorrow|today|in {n})", "when was {n} founded",
    "who (painted|wrote|invented|discovered|directed|composed|founded|won) {f}", "who won {f} in (1998|2010|2022|1966)", "when did {f} (end|start|happen)", "what is {d} + {d}", "{d} + {d}", "what 's {d} * {d}", "i 'm (bored|tired|hungry|sad|happy)", "i am (bored|tired|hungry|sad|happy)", "book me a (flight|hotel|table)", "order (me|) a pizza", "call (my mother|a taxi|john)", "what is the tallest mountain in the world", "how far is the moon",
    "what is the largest country in the world", "how many days are in a year", "how many continents are there on earth", "what is the speed of light", "define {x}", "what does the word {x} mean", "spell {x}", "what are {y} used for in general", "play some music", "set (an alarm|a timer) for {d} minutes", "what day is (it today|tomorrow)", "write a (poem|song|story|letter|essay|haiku) about {x}", "write (python|some|a) code (for|to|that) (sorting|sort) a list", "recommend a (book|movie|restaurant)", "how old are you", "where do you live", "can you help me [with something]", "what do you think [about {x}]",
    "how many people live in {n}", "what is the population of {n}", "who invented the {x}", "when was the {x} invented", "how do {y} work", "do you understand me", "let 's talk about {y}", "what is the best {x} to buy", "how much does a {x} weigh on average", "explain (quantum physics|gravity|machine learning) to me", "give me a recipe for {x}",
    "what is the square root of {d}", "search the (web|internet) for {x}", "send an email to (my boss|john|anna)", "what language do you speak", "say something", "what time is it in {n}", "you are wrong", "that is not right", "try again", "good job", "well done", "cool", "wow", "lol", "test", "what",
)  # fmt: skip
_CREATE = (
    "remove the {x}", "delete the {x} from the (picture|image)", "replace the {x} with a {z}", "change the color of the {x} to {c}", "make the {x} {c}", "paint the {x} {c}", "draw a {x}", "generate (a picture|an image) of a {x}", "create (a picture|an image) of {y}", "add a {x} to the (picture|image|photo)", "add a {x} (next to|on|behind) the {z}",
    "make (the picture|it|the image) (brighter|darker|sharper|black and white|smaller|bigger|more colorful)", "turn (this|the picture|the image|it) into a (painting|cartoon|sketch|drawing)", "blur the (background|{x})", "erase the {x}", "edit the (picture|image|photo)", "crop the (picture|image) to a square", "rotate the (picture|image) [by {d} degrees]", "flip the (picture|image)",
    "remove the background", "put a {x} on the {z}", "swap the {x} and the {z}", "turn the {x} into a {z}", "give the {x} a {z}", "colorize (this|the) (photo|picture)", "enhance (this|the) (photo|picture|image)", "upscale (this|the image)", "make the sky (blue|pink|darker)", "resize (this|the image) to {d} by {d}", "convert (this|the image) to (png|jpg|grayscale)",
    "imagine a {x} on a {z}", "sketch a {x}", "please photoshop the {x} out", "get rid of the {x}", "change the background to a {z}", "inpaint the {x}", "apply a filter", "make a video of this", "compose a picture with a {x} and a {z}", "cut out the {x} and save it", "save the (picture|image)", "delete the (picture|image)", "increase the contrast", "restore this old photo",
    "make the {x} smile", "move the {x} to the (left|right)", "write {q} on the {x}", "fill the {x} with {c}", "render a {x}", "design a logo with a {x}", "paint a picture of {y}", "show me what the {x} would look like in {c}", "make it look like winter",
)  # fmt: skip
_OPINION = (
    "why is the {x} {p}", "why is there a {x}", "why are the {y} {p}", "why does the {x} look {s}", "why did the {x} {v}", "do you like the {x}", "is the {x} (beautiful|ugly|worth it|a good idea|your favorite|nice|cool|funny)", "what do you think of the {x}", "what will the {x} do next", "what will happen next", "what would happen if the {x} (fell|broke|moved|disappeared)",
    "should i buy the {x}", "would you (buy|eat|wear|like) the {x}", "which {x} do you prefer", "how can i get a {x} like this", "why", "how come the {x} is {p}", "what is the point of the {x}", "what is the {x} thinking", "what happened before this", "how did the {x} get (here|there)", "how did the {x} (crash|break|fall|die|escape|happen|fail)", "how did (this|it) happen", "who caused this", "is it (safe|dangerous|healthy) to (eat|touch|drive) the {x}", "is this art",
    "rate (this|the) (picture|photo|image)", "is this a good (picture|photo)", "what does the {x} symbolize", "what is the meaning of the {x}", "who would win , the {x} or the {z}", "how much is the {x} worth", "could the {x} be (dangerous|fake|stolen)", "what should the {x} do", "why was this (photo|picture) taken", "what is the story behind this (picture|photo)",
    "what happened to the {x}", "why is everyone {p}", "who is to blame", "what would you do with the {x}", "do you think the {x} is (happy with it|in love|rich)", "what might the {x} say", "is the {x} (better|nicer|cooler) than the {z}", "for what reason is the {x} {p}", "explain why the {x} is {p}", "how could this be improved",
)  # fmt: skip
_MOMENT = (
    "what happens (at|after|before) second {d}", "when does the {x} (appear|leave|fall|enter|start|stop)", "what does the {x} do (after|before) {g}", "how long does the {x} (stay|run|sleep|move)", "what happens at the (end|beginning) of the video", "how many times does the {x} (jump|fall|appear|turn|clap)", "at what time does the {x} (appear|leave)", "in which frame does the {x} appear",
    "how many seconds is the {x} visible", "does the {x} appear before the {z}", "what is the {x} doing at the start of the (video|clip)", "describe the (video|clip)", "summarize the (video|clip|movie)", "track the {x}", "who enters first", "what did the {x} do before it {v}", "does the {x} leave (before|after) the {z}", "what happens after the {x} {v}",
    "at which second does the {x} {v}", "how long is the (video|clip)", "what does the (man|woman|person) say in the video", "how fast is the {x} moving", "in what order do the {y} appear", "what is the first thing the {x} does", "what is the last thing that happens", "between second {d} and {d} , what does the {x} do", "transcribe the audio", "what sound does the {x} make in the clip", "find the moment when the {x} {v}",
)  # fmt: skip
_FOREIGN = (
    "wie viele {f} sind auf dem bild", "was ist auf dem bild", "was steht auf dem {f}", "welche farbe hat {f}", "wo ist {f}", "ist das ein {f}", "gibt es einen {f}", "bitte beschreibe das bild", "wer ist das", "combien de {f} y a-t-il", "qu'est-ce que c'est", "de quelle couleur est {f}", "où est {f}", "y a-t-il un {f} sur l'image", "que dit le panneau",
    "décris cette image", "cuántos {f} hay", "de qué color es {f}", "dónde está {f}", "qué es esto", "hay un {f} en la foto", "qué dice el cartel", "describe la imagen por favor señor", "quanti {f} ci sono", "di che colore è {f}", "dov'è {f}", "cosa c'è scritto", "quantos {f} existem na imagem", "qual é a cor do {f}", "onde está o {f}",
    "hoeveel {f} zijn er", "welke kleur heeft de {f}", "waar is de {f}", "ile jest {f} na zdjęciu", "jaki kolor ma {f}", "gdzie jest {f}", "kolik je {f}", "hur många {f} finns det", "vilken färg har {f}", "kaç tane {f} var", "ne renk bu {f}", "сколько {f} на картинке", "что на картинке", "какого цвета {f}", "где {f}", "что здесь написано", "图片里有什么", "有几只猫",
    "这是什么颜色", "写了什么", "何が見えますか", "これは何ですか", "猫はどこですか", "이것은 무엇입니까", "고양이가 몇 마리", "ما هذا", "كم عدد القطط", "यह क्या है", "कितनी बिल्लियाँ हैं", "πόσα {f} υπάρχουν", "montre moi le {f}", "zeig mir den {f}", "muéstrame el {f}", "lies den text vor", "lis le texte", "lee el texto", "leggi il testo", "wie heißt das", "que color es", "est-ce un {f}", "hay algo escrito aqui",
)  # fmt: skip
_FOREIGN_NOUNS = """hund katze auto baum haus ball tisch stuhl mann frau kind vogel der-hund das-auto chien chat voiture arbre maison table homme femme enfant oiseau perro gato coche árbol casa mesa hombre mujer niño pájaro cane gatto macchina
albero casa uomo donna cachorro carro árvore homem mulher kot pies samochód dom człowiek bil hus träd katt собака кошка машина дом человек kedi köpek araba ağaç""".split()
_SALAD = """the of is and to in it a on are how many what why red left if but then so with for at by from up or not do have any was this that there which when who all more""".split()


def _chat(s: Speaker) -> Asked:
    return s.ask(_CHAT, ("decline_chat",), x=s.noun(), y=s.noun(), f=s.pick(("the mona lisa", "hamlet", "world war two", "the world cup", "the french revolution", "harry potter", "penicillin", "the telephone", "america", "the super bowl", "star wars", "the eiffel tower", "the olympics", "google", "the ninth symphony", "the election")), n=s.pick(("france", "germany", "japan", "brazil", "london", "canada", "rome", "texas")), d=str(s.rng.randrange(1, 100)))


def _create(s: Speaker) -> Asked:
    x, y = s.name(plain=True), s.name(plain=True, plural=True)
    return s.ask(_CREATE, ("decline_create",), x=x, z=s.noun(), y=y, c=s.pick(nouns.COLORS), d=str(s.rng.randrange(10, 999)), q=s.pick(nouns.WORDS_TO_READ))


def _opinion(s: Speaker) -> Asked:
    return s.ask(_OPINION, ("decline_opinion",), x=s.name(plain=True), y=s.name(plain=True, plural=True), z=s.noun(), p=s.pick((s.pick(nouns.STATES), s.pick(nouns.ACTIONS))), s=s.pick(nouns.STATES), v=s.pick(("fall", "stop", "leave", "run away", "jump")))


def _moment(s: Speaker) -> Asked:
    return s.ask(_MOMENT, ("decline_moment",), x=s.name(plain=True), y=s.name(plain=True, plural=True), z=s.noun(), d=str(s.rng.randrange(1, 90)), g=s.pick(("jumping", "sitting down", "leaving the room", "opening the door", "eating")), v=s.pick(("falls", "stops", "leaves", "jumps", "lands")))


def _foreign(s: Speaker) -> Asked:
    return s.ask(_FOREIGN, ("decline_language",), f=s.pick(_FOREIGN_NOUNS).replace("-", " "))


def _unclear(s: Speaker) -> Asked:
    roll = s.rng.random()
    if roll < 0.35:
        letters = "abcdefghijklmnopqrstuvwxyz"
        words = ["".join(s.pick(letters) for _ in range(s.rng.randrange(1, 10))) for _ in range(s.rng.randrange(3, 8))]
    elif roll < 0.5:
        words = [s.pick("!?#$%&*+=<>{}[]^~|") * s.rng.randrange(1, 4) for _ in range(s.rng.randrange(1, 6))]
    elif roll < 0.85:
        words = [s.pick(_SALAD) if s.chance(0.8) else s.noun() for _ in range(s.rng.randrange(5, 14))]
    else:
        words = [str(s.rng.randrange(0, 10000)) for _ in range(s.rng.randrange(1, 5))]
    return Asked([Leaf(word, "raw") for word in words], ("decline_unclear",), "-")


FAMILIES: tuple[tuple[float, object], ...] = ((1.6, _chat), (2.2, _create), (1.8, _opinion), (1.2, _moment), (1, _foreign), (0.8, _unclear))
