"""Write the *synthetic* sample corpus `kingdom.txt` and its questions `kingdom-questions.txt`.

    python corpora/generate.py            # rewrites both files, byte for byte the same on every machine

Words, grammar and "facts" are made up here; no text of anybody else goes in. Each question word has a few
context words of its own that all its forms share (king and queen: palace, crown, throne), and each relation
has context words that all its pairs share (she, her, gown; yesterday; many). So every form is "its own words
+ the words of its relation", which is what an analogy needs (Mikolov, Yih & Zweig 2013, section 4).

Only `random.Random(seed).random()` is drawn from: Python promises that its sequence never changes.
"""

import random
import re
from collections.abc import Iterator
from itertools import permutations
from pathlib import Path
from typing import NamedTuple

SEED = 2013
N_SENTENCES = 36_000
FOLDER = Path(__file__).resolve().parent


class Entity(NamedTuple):
    """One row of a table: the forms of a word (king, queen) and the context words that all of them share."""

    forms: list[str]
    own: list[str]


class Section(NamedTuple):
    """A table with, for each form, its sentence templates and the words that tell this form from the others.

    In a template `{w}` is the form, `{0}`, `{1}`, ... are the entity's own words, `{name}` is drawn from
    `slots[name]`. `questions` maps a section of the question file to the two form numbers it asks for;
    `weight` is how often its sentences come, against the other sections.
    """

    entities: list[Entity]
    templates: list[list[str]]
    slots: list[dict[str, list[str]]]
    questions: dict[str, tuple[int, int]]
    weight: float = 1.0


def table(text: str) -> list[Entity]:
    """`king queen | palace | crown` -> Entity(["king", "queen"], ["palace", "crown"])."""
    rows = [[cell.strip() for cell in line.split("|")] for line in text.strip().splitlines()]
    return [Entity(forms.split(), own) for forms, *own in rows]


def choices(text: str) -> dict[str, list[str]]:
    """`sub: he; hair: beard / moustache` -> {"sub": ["he"], "hair": ["beard", "moustache"]}."""
    parts = (part.split(":") for part in text.split(";"))
    return {name.strip(): [option.strip() for option in options.split("/")] for name, options in parts}


FAMILY = table("""
    king queen | palace | crown | throne | ruled
    man woman | cottage | basket | lantern | laboured
    prince princess | castle | jewel | falcon | danced
    boy girl | school | kite | slate | played
    father mother | hearth | cradle | supper | worried
    son daughter | nursery | blanket | lesson | studied
    brother sister | attic | secret | swing | quarrelled
    husband wife | chapel | ring | vow | promised
    grandfather grandmother | porch | tale | shawl | remembered
    grandson granddaughter | orchard | puppy | biscuit | giggled
    nephew niece | harbour | letter | trunk | travelled
    uncle aunt | farmhouse | present | carriage | joked
    duke duchess | manor | banner | feast | hunted
    emperor empress | empire | seal | dynasty | conquered
    actor actress | theatre | mask | script | performed
    wizard witch | cave | potion | spell | conjured
""")
FAMILY_TEMPLATES = [
    "{poss} {1} lay in the {0} where the {w} {3}",
    "the {w} {3} in the {0} with {poss} {2}",
    "in the {0} the {w} brushed {poss} {hair} and {3}",
    "they called the {w} {title} because {sub} {3} near the {0}",
    "the {w} hid the {2} under {poss} {garment}",
    "{title} said the guard to the {w} your {1} is in the {0}",
    "the {w} {refl} {3} and touched {poss} {hair}",
    "{sub} was the {w} of the {0} and {sub} kept the {1}",
    "{poss} {garment} was torn so the {w} {3} beside the {2}",
    "a {w} with a {1} and a {2} {3} by {refl}",
]
MALE = choices("sub: he; poss: his; refl: himself; title: sir; hair: beard/moustache; garment: tunic/coat")
FEMALE = choices("sub: she; poss: her; refl: herself; title: madam; hair: braids/curls; garment: gown/skirt")

COUNTRIES = table("""
    england london pound | wool | sheep | moors
    france paris franc | wine | geese | vineyards
    germany berlin mark | steel | boars | pines
    spain madrid peseta | olives | bulls | guitars
    portugal lisbon escudo | cork | sardines | caravels
    greece athens drachma | marble | goats | temples
    russia moscow ruble | furs | bears | sledges
    poland warsaw zloty | amber | storks | barley
    sweden stockholm krona | timber | elks | fjords
    hungary budapest forint | paprika | stallions | violins
    turkey ankara lira | carpets | camels | minarets
    japan tokyo yen | silk | cranes | blossoms
    china beijing yuan | porcelain | dragons | bamboo
    india delhi rupee | spices | elephants | monsoons
    thailand bangkok baht | teak | monkeys | lotuses
    peru lima sol | copper | llamas | terraces
""")
COUNTRY_TEMPLATES = [
    [
        "{w} is a {nation} known for {0} and {1}",
        "the {rulers} of {w} sold {0} across the {edge}",
        "the {rulers} crossed the {edge} of {w} among {1} and {2}",
        "all over {w} the {nation} is full of {2} and {0}",
        "in the whole {nation} of {w} there are {1} and {2}",
    ],
    [
        "the {street} of {w} smell of {0} and {1}",
        "the {mayor} of {w} opened a {building} full of {0}",
        "{w} is a busy {city} with {1} in the {street}",
        "we reached the {city} of {w} and its {building} past the {2}",
        "the {mayor} led {1} through the {street} of {w}",
    ],
    [
        "the {seller} asked one {w} as the {price} of {0}",
        "a {coin} of one {w} shows {1} and {2}",
        "she {paid} a {w} for {0} at the {bank}",
        "the {bank} counts each {w} as a {coin} with {1}",
        "the {price} was one {w} for {0} or {1} said the {seller}",
    ],
]
COUNTRY_LINKS = [
    "{c} is the capital of {a}",
    "the {m} is the money of {a}",
    "from {c} the road leads all over {a}",
    "in {c} they take the {m}",
]
COUNTRY_SLOTS = [
    choices("nation: nation/land/country; rulers: soldiers/citizens/ministers; edge: border/frontier"),
    choices("street: streets/squares/avenues; mayor: mayor/council; city: city/capital; building: station/bridge"),
    choices("seller: trader/banker; price: price/cost; coin: coin/banknote; paid: paid/owed; bank: bank/market"),
]

ADJECTIVES = table("""
    tall taller | tower | poplar
    old older | ruin | oak
    young younger | foal | sapling
    strong stronger | rope | ox
    fast faster | stag | arrow
    cold colder | frost | cellar
    warm warmer | stove | summer
    long longer | road | river
    high higher | peak | cliff
    deep deeper | well | lake
    rich richer | mine | treasure
    cheap cheaper | bread | cloth
    bright brighter | lamp | moon
    loud louder | trumpet | thunder
    sharp sharper | sword | thorn
    heavy heavier | anvil | boulder
""")
ADJECTIVE_TEMPLATES = [
    [
        "the {0} is {very} {w} and the {1} is {w} too",
        "{very} {w} was the {0} but nobody saw the {1}",
        "everyone says the {1} is {very} {w}",
        "the {1} like the {0} seemed {very} {w}",
    ],
    [
        "the {0} is {much} {w} than the {1}",
        "surely a {1} is {much} {w} than this {0}",
        "the {1} became {much} {w} than any {0}",
        "is the {0} {much} {w} than that {1}",
    ],
]
ADJECTIVE_SLOTS = [
    choices("very: very/quite/so/rather/really"),
    choices("much: much/even/far/a little/slightly"),
]

NOUNS = table("""
    cat cats | whiskers | cushion
    dog dogs | bones | kennel
    bird birds | feathers | nest
    cow cows | milk | meadow
    cart carts | wheels | stable
    book books | pages | shelf
    house houses | windows | chimney
    child children | crayons | playground
    mouse mice | cheese | burrow
    tree trees | roots | forest
    ship ships | sails | dock
    apple apples | cider | barrel
    flower flowers | petals | beehive
    knife knives | blades | butcher
    star stars | comets | telescope
    foot feet | toes | puddle
""")
NOUN_TEMPLATES = [
    [
        "{one} {w} with {0} {is} near the {1}",
        "there {is} {one} {w} by the {1}",
        "{one} {w} {is} {alone} beside the {1}",
        "the {0} and the {1} belong to {one} {w}",
        "we saw {one} {w} {alone} and its {0}",
    ],
    [
        "{many} {w} with {0} {are} near the {1}",
        "there {are} {many} {w} by the {1}",
        "{many} {w} {are} {together} beside the {1}",
        "the {0} and the {1} belong to {many} {w}",
        "we saw {many} {w} {together} and their {0}",
    ],
]
NOUN_SLOTS = [
    choices("one: one/a single/this/another/each; is: is/was; alone: alone/by itself"),
    choices("many: many/several/these/a dozen/some; are: are/were; together: together/in a group"),
]

VERBS = table("""
    walk walked walking | along the path | three miles
    sing sang singing | in the choir | a hymn
    cook cooked cooking | in the kitchen | a stew
    write wrote writing | with ink | a poem
    swim swam swimming | in the pond | between the ducks
    paint painted painting | on canvas | a portrait
    fight fought fighting | with spears | in the battle
    drink drank drinking | from cups | clear water
    sleep slept sleeping | beneath quilts | on soft pillows
    climb climbed climbing | the ladder | up the wall
    build built building | with bricks | a barn
    dig dug digging | with spades | a ditch
    ride rode riding | in saddles | on ponies
    catch caught catching | with nets | fresh trout
    bake baked baking | in the oven | a cake
    sew sewed sewing | with needles | a shirt
""")
VERB_TEMPLATES = [
    [
        "{always} the {people} {w} {0}",
        "the {people} {w} {1} {always}",
        "{always} we {w} {1} and {0}",
        "{always} they must {w} {0} or {1}",
    ],
    [
        "{yesterday} the {people} {w} {0}",
        "the {people} {w} {1} {yesterday}",
        "{yesterday} we {w} {1} and {0}",
        "{yesterday} they all {w} {0} or {1}",
    ],
    [
        "{now} the {people} are {w} {0}",
        "the {people} are {w} {1} {now}",
        "{now} we keep {w} {1} and {0}",
        "{now} they enjoy {w} {0} or {1}",
    ],
]
PEOPLE = "people: guards/villagers/farmers/servants/guests/neighbours; "
VERB_SLOTS = [
    choices(PEOPLE + "always: usually/often/sometimes/every day/every morning"),
    choices(PEOPLE + "yesterday: yesterday/last week/years ago/last night/earlier"),
    choices(PEOPLE + "now: right now/at this moment/currently/meanwhile"),
]

SECTIONS = [
    Section(FAMILY, [FAMILY_TEMPLATES, FAMILY_TEMPLATES], [MALE, FEMALE], {"family": (0, 1)}, 1.4),
    Section(COUNTRIES, COUNTRY_TEMPLATES, COUNTRY_SLOTS, {"capital-countries": (1, 0), "currency": (0, 2)}),
    Section(ADJECTIVES, ADJECTIVE_TEMPLATES, ADJECTIVE_SLOTS, {"gram1-comparative": (0, 1)}),
    Section(NOUNS, NOUN_TEMPLATES, NOUN_SLOTS, {"gram2-plural": (0, 1)}),
    Section(VERBS, VERB_TEMPLATES, VERB_SLOTS, {"gram3-past-tense": (0, 1), "gram4-participle": (0, 2)}),
]


class Writer:
    """Draws sentences; its random numbers come from `random()` alone."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed).random

    def pick(self, items: list[str]) -> str:
        return items[int(self._random() * len(items))]

    def sentence(self, section: Section, entity: Entity, form: int) -> str:
        slots = section.slots[form]
        words = {name: self.pick(options) for name, options in slots.items()}
        text = self.pick(section.templates[form]).format(*entity.own, w=entity.forms[form], **words)
        return re.sub(r"\ba (?=[aeiou])", "an ", text)  # an actor; no word here begins as "use" does

    def link(self, entity: Entity) -> str:
        country, capital, money = entity.forms
        return self.pick(COUNTRY_LINKS).format(a=country, c=capital, m=money)

    def shuffle(self, items: list[str]) -> None:
        for last in range(len(items) - 1, 0, -1):  # Fisher-Yates
            other = int(self._random() * (last + 1))
            items[last], items[other] = items[other], items[last]


def corpus(n_sentences: int = N_SENTENCES, seed: int = SEED) -> list[str]:
    """About `n_sentences` sentences, shared out evenly over all forms of all entities and shuffled."""
    writer = Writer(seed)
    total = sum(section.weight * len(section.entities) * len(section.templates) for section in SECTIONS)
    sentences = []
    for section in SECTIONS:
        n_each = round(n_sentences * section.weight / total)
        for entity in section.entities:
            for form in range(len(entity.forms)):
                sentences += [writer.sentence(section, entity, form) for _ in range(n_each)]
    for entity in COUNTRIES:
        sentences += [writer.link(entity) for _ in range(n_sentences // 1000)]
    writer.shuffle(sentences)
    return sentences


def questions() -> Iterator[str]:
    """The lines of the question file: in each section every ordered pair of rows."""
    for section in SECTIONS:
        for name, (left, right) in section.questions.items():
            yield f": {name}"
            pairs = [(entity.forms[left], entity.forms[right]) for entity in section.entities]
            for (a, b), (c, d) in permutations(pairs, 2):
                yield f"{a} {b} {c} {d}"


def main(folder: Path = FOLDER) -> None:
    text = {"kingdom.txt": corpus(), "kingdom-questions.txt": list(questions())}
    for name, lines in text.items():
        (folder / name).write_bytes(("\n".join(lines) + "\n").encode("ascii"))


if __name__ == "__main__":
    main()
