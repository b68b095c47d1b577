# ruff: noqa: SIM905  # lists of plain words read and edit better without quotes
"""The word lists that the questions are filled with: nouns by kind, adjectives, actions, things worn and carried.

Data only.  `HELD_OUT` nouns never appear in training; they and freshly invented words measure whether copying works.
"""

from __future__ import annotations

import zlib

PEOPLE = """man woman person boy girl child kid baby guy lady player driver rider cyclist
skier surfer skateboarder chef waiter waitress policeman policewoman fireman soldier worker farmer nurse doctor
teacher student bride groom singer musician guitarist dancer pitcher batter catcher umpire referee goalkeeper
golfer swimmer runner tourist pedestrian passenger pilot cowboy clown toddler teenager grandmother grandfather
mother father customer cashier fisherman mechanic painter photographer officer guard king queen actor speaker
athlete gymnast boxer sailor monk priest businessman bystander spectator barber vendor gardener carpenter plumber
scientist astronaut pirate knight
""".split()

ANIMALS = """dog cat horse cow sheep goat pig chicken duck goose turkey rabbit mouse rat bird
eagle owl parrot pigeon seagull penguin swan flamingo peacock ostrich elephant giraffe zebra lion tiger leopard
cheetah bear wolf fox deer moose camel kangaroo koala panda monkey gorilla squirrel hamster hedgehog otter seal
whale dolphin shark fish goldfish salmon octopus crab lobster turtle tortoise frog snake lizard crocodile
alligator butterfly bee spider ant ladybug snail worm puppy kitten pony donkey bull calf lamb rooster hen beaver
raccoon skunk badger bat hippo rhino llama alpaca buffalo bison crow sparrow robin hummingbird pelican stork heron
dragonfly grasshopper jellyfish starfish
""".split()

VEHICLES = """car truck bus van taxi motorcycle motorbike bike bicycle scooter train tram
airplane plane helicopter boat ship sailboat canoe kayak ferry yacht tractor ambulance trailer jeep limousine
wagon carriage skateboard snowboard surfboard sled tank rocket submarine minivan pickup convertible bulldozer
excavator forklift crane cart wheelchair stroller tricycle hovercraft jet glider raft gondola lorry caravan moped
locomotive
""".split()

FURNITURE = """table chair sofa couch bed desk bench stool bookshelf shelf cabinet cupboard
drawer dresser wardrobe nightstand armchair crib counter rug carpet mat cushion pillow blanket mirror lamp curtain
door window fireplace staircase sink bathtub toilet shower oven stove refrigerator fridge microwave dishwasher
freezer fan radiator heater ladder mattress hammock ottoman rack hanger chandelier blind doormat closet
""".split()

CONTAINERS = """cup mug glass bottle bowl plate box basket bag bucket jar can vase pot pan pitcher
tray suitcase backpack handbag purse wallet carton crate barrel tin jug teapot kettle thermos flask tub bin dish
saucer pouch envelope package parcel briefcase trunk chest locker sack tank dispenser casket canister beaker
trashcan
""".split()

FOOD = """apple banana orange lemon lime grape strawberry blueberry cherry peach pear
pineapple mango watermelon melon kiwi avocado tomato potato carrot onion pepper cucumber cabbage lettuce mushroom
pumpkin eggplant sandwich burger hotdog pizza taco burrito donut bagel muffin cupcake cake cookie pie croissant
pancake waffle egg sausage steak salad sushi noodle dumpling pretzel cracker candy lollipop biscuit loaf baguette
omelette kebab scone tart brownie radish turnip beet olive almond walnut peanut coconut papaya plum fig raspberry
""".split()

CLOTHES = """hat cap shirt jacket coat dress skirt sweater hoodie suit tie scarf glove helmet
apron vest uniform belt sock shoe boot sandal sneaker watch necklace bracelet ring earring crown mask backpack
blouse robe cape beanie headband bikini kimono tuxedo raincoat cardigan jersey poncho turban veil bowtie wig
""".split()

THINGS = """ball book pen pencil phone laptop computer keyboard monitor mouse tablet camera
television remote radio speaker clock umbrella key knife fork spoon scissors toothbrush comb brush candle lighter
hammer screwdriver wrench saw drill nail rope chain flag kite balloon frisbee racket bat glove skate ski puck dart
guitar piano violin drum trumpet flute toy doll teddy robot puzzle block dice card coin banknote stamp newspaper
magazine notebook calendar map globe telescope microscope flashlight lantern battery cable plug socket switch
button lever handle wheel tire engine pipe hose shovel rake broom mop sponge towel soap bottle-opener corkscrew
ladle spatula whisk tongs chopstick straw napkin tissue bandage syringe pill thermometer scale ruler stapler tape
eraser crayon marker paintbrush easel statue sculpture vase painting trophy medal badge ribbon bow arrow sword
shield gun cannon anchor paddle oar net hook bait tent cone barrier hydrant mailbox fountain parachute trampoline
swing slide seesaw dumbbell whistle stethoscope calculator printer projector router headphone microphone joystick
drone tripod lens wire brick plank tile magnet needle button zipper
""".split()

PLACES = """house building tower church castle bridge barn garage shed tent store shop
restaurant station tunnel road street sidewalk crosswalk fence wall gate roof chimney balcony porch stair pole
lamppost streetlight hill mountain rock stone tree bush flower plant leaf branch log stump cactus rose tulip
sunflower cloud river lake pond waterfall island lighthouse windmill skyscraper playground field court track stage
platform runway pier dock billboard hut cottage cabin temple mosque palace stadium fountain well arch column
statue garden path pavement puddle
""".split()

TEXTY = """sign poster label box book bottle shirt billboard banner card ticket screen board
note magazine newspaper cup mug package envelope badge plate truck bus bag can jar t-shirt jersey storefront door
wall menu receipt whiteboard blackboard chalkboard sticker tag plaque flag notebook calendar certificate flyer
brochure cover title signboard placard monument jacket van taxi cap hat car train plane boat tombstone keyboard
display panel window letter coupon
""".split()

PARTS = """wheel door window handle lid tail head ear eye nose mouth leg arm hand foot wing
horn beak button pocket sleeve collar screen roof seat headlight bumper mirror tire label logo cap strap zipper
lace leaf petal branch stem finger paw edge hair text writing logo beard mustache face knob hinge antenna
propeller mast sail hood license-plate cover spine drawer shelf cushion armrest
""".split()

SUBSTANCES = """sky grass water snow sand ice fire smoke rice bread cheese butter coffee tea milk
juice wine beer soup sauce meat wood metal paper cloth hair fur dirt mud ground floor ceiling sunlight fog rain
furniture luggage clothing food fruit jewelry traffic graffiti foam ketchup mustard honey salt sugar flour pasta
spaghetti salad cereal chocolate
""".split()

COMPOUNDS = [
    "traffic light", "stop sign", "fire hydrant", "parking meter", "street sign", "street lamp", "coffee cup",
    "coffee machine", "coffee table", "tea cup", "wine glass", "water bottle", "beer bottle", "tennis racket",
    "tennis ball", "tennis player", "baseball bat", "baseball glove", "baseball player", "soccer ball", "soccer player",
    "football player", "basketball hoop", "golf ball", "golf club", "hockey stick", "teddy bear", "cell phone",
    "mobile phone", "hair dryer", "dining table", "office chair", "rocking chair", "swivel chair", "picture frame",
    "price tag", "name tag", "license plate", "number plate", "front door", "garage door", "computer mouse",
    "remote control", "alarm clock", "wall clock", "light bulb", "light switch", "ceiling fan", "trash can",
    "garbage can", "garbage truck", "fire truck", "police car", "police officer", "school bus", "double-decker bus",
    "hot dog", "ice cream", "ice cream cone", "french fries", "potted plant", "palm tree", "pine tree",
    "christmas tree", "apple tree", "shopping cart", "shopping bag", "paper bag", "plastic bag", "plastic bottle",
    "cutting board", "frying pan", "salt shaker", "pepper grinder", "paper towel", "toilet paper", "toilet seat",
    "soap dispenser", "shower curtain", "hard hat", "baseball cap", "bow tie", "life jacket", "lab coat", "polar bear",
    "brown bear", "guinea pig", "sea lion", "sea turtle", "rubber duck", "snow globe", "swimming pool", "diving board",
    "park bench", "picnic table", "picnic basket", "bus stop", "gas station", "train station", "race car", "toy car",
    "toy train", "steering wheel", "side mirror", "power line", "power outlet", "extension cord", "vending machine",
    "washing machine", "sewing machine", "cash register", "credit card", "birthday cake", "cup of coffee",
    "cup of tea", "glass of water", "glass of wine", "bottle of wine", "bottle of water", "bowl of soup",
    "bowl of rice", "plate of food", "slice of pizza", "piece of cake", "piece of paper", "loaf of bread",
    "bunch of bananas", "bunch of flowers", "pair of shoes", "pair of glasses", "pair of scissors", "stack of books",
    "pile of wood", "can of soda", "box of chocolates", "bag of chips", "group of people", "herd of cows",
    "flock of birds", "video game controller", "windshield wiper", "door handle", "tree trunk", "tree branch",
    "rain boot", "running shoe", "tennis shoe", "high heel", "flower pot", "flower bed", "fruit bowl", "wedding dress",
    "wedding cake", "cowboy hat", "straw hat", "top hat", "fishing rod", "fishing boat", "speed boat", "cruise ship",
    "hot air balloon", "fighter jet", "space shuttle", "satellite dish", "solar panel", "wind turbine",
]  # fmt: skip

COLORS = """red orange yellow green blue purple pink brown black white gray cyan teal beige
golden silver maroon violet turquoise tan navy
""".split()
SIZES = "big large small tiny little huge tall short long wide thin thick giant medium-sized enormous".split()
MATERIALS = """wooden metal plastic glass leather paper rubber ceramic stone cotton wool concrete
steel brass marble cardboard woolen silk metallic brick
""".split()
LOOKS = """old new young broken open closed empty full wet dirty clean shiny round square
striped dotted spotted plaid checkered furry fluffy bald bearded blond smiling happy sad angry sleeping parked
colorful bright dark light transparent curved flat folded rusty modern vintage fancy plain ripe rotten sliced
cooked raw frozen burning lit electric digital handmade painted patterned flying standing sitting running barefoot
pregnant elderly beautiful strange double identical upside-down rectangular triangular oval hollow pointed
""".split()
STATES = """open closed empty full wet dry dirty clean shiny broken parked moving on off red
blue green black white yellow brown gray orange pink purple striped round square wooden metallic old new young
tall short big small happy sad angry asleep awake tired smiling laughing crying standing sitting running walking
jumping sleeping eating drinking talking singing dancing swimming flying reading writing cooking waving playing
barefoot bald alone upside-down ripe sliced cooked burning lit locked crowded transparent plugged-in folded torn
rusty painted heavy thin fat shirtless pregnant married injured dead alive real
""".split()

ACTIONS = [
    "sitting", "standing", "walking", "running", "jumping", "lying down", "sleeping", "eating", "drinking", "smiling",
    "laughing", "riding a bike", "riding a horse", "riding a skateboard", "driving a car", "playing tennis",
    "playing soccer", "playing guitar", "reading a book", "reading a newspaper", "talking on the phone",
    "looking at the camera", "looking away", "holding a phone", "holding an umbrella", "holding a racket",
    "holding a cup", "carrying a bag", "carrying a backpack", "pushing a cart", "pulling a suitcase", "throwing a ball",
    "catching a frisbee", "hitting a ball", "cutting a cake", "cooking food", "eating a sandwich", "eating pizza",
    "drinking coffee", "drinking water", "waving", "dancing", "singing", "swimming", "surfing", "skiing",
    "crossing the street",
    "feeding a giraffe", "walking a dog", "petting a cat", "taking a photo", "using a laptop", "typing", "writing",
    "pointing at something", "kneeling", "crouching", "climbing a ladder", "flying a kite", "brushing teeth",
    "facing left", "facing the camera", "wearing a hat", "wearing glasses", "wearing a helmet", "wearing shorts",
    "wearing a tie", "wearing a red shirt", "wearing gloves", "wearing sunglasses", "wearing a blue jacket",
    "wearing a backpack", "wearing a suit", "wearing white", "wearing black", "making a phone call", "painting a wall",
    "playing with a ball", "waiting for the bus", "getting on a bus", "leaning on a wall", "falling", "crying",
]  # fmt: skip

WORN = [
    "glasses", "sunglasses", "a hat", "a cap", "a helmet", "a red shirt", "a blue shirt", "a white shirt", "a tie",
    "a black jacket", "a backpack", "a scarf", "gloves", "shorts", "jeans", "a dress", "a green dress", "a suit",
    "boots", "a watch", "a mask", "a striped shirt", "a yellow coat", "a necklace", "an apron", "white shoes",
    "a pink sweater", "a hoodie", "earrings", "a uniform", "a vest",
]  # fmt: skip
HAD = [
    "a beard", "long hair", "short hair", "blond hair", "a dog", "an umbrella", "a bag", "a camera", "a guitar",
    "a red hat", "glasses", "a moustache", "a ponytail", "a tattoo", "a cane", "a stick", "two dogs", "curly hair",
    "a white stripe", "blue stripes", "a handle", "a lid", "a logo", "spots", "a long tail", "big ears", "horns",
    "a broken window", "flowers", "a picture of a cat", "a ribbon", "no hat", "a basket", "black hair", "a surfboard",
]  # fmt: skip
DRESSED = [
    "the blue shirt", "a blue shirt", "the red shirt", "a red dress", "the white hat", "a black suit",
    "the green jacket",
    "jeans", "shorts", "a yellow vest", "the pink sweater", "a striped shirt", "the gray hoodie", "a uniform", "white",
    "black", "red", "the orange coat", "a helmet", "sunglasses", "the black dress", "the plaid shirt", "blue",
]  # fmt: skip

WORDS_TO_READ = """exit stop open closed sale push pull hello welcome danger caution police taxi
coffee hotel pizza bank school parking entrance milk sugar salt pepper organic total subtotal tax free new love
happy birthday music summer winter one-way yield private warning help info tickets gate platform north south
airport london paris tokyo berlin brazil canada monday friday january 2024 42 7 100 911 24 abc xyz usb wifi menu
lunch dinner breakfast price offer discount win lucky fresh best super mega ultra classic light zero original
natural water juice tea beer wine bread cheese pharmacy hospital library museum theatre cinema market garage
office reception toilet ladies gents lift emergency fire alarm keep left right slow fast speed limit road work
ahead no smoking entry do not enter made in italy handle with care this side up thank you please wait here merry
christmas game over start pause play next back home news sport weather contact about login
""".split()
READ_PHRASES = [
    "no smoking", "do not enter", "keep out", "for sale", "thank you", "happy birthday", "this way up", "made in italy",
    "handle with care", "one way", "no parking", "main street", "park avenue", "fire exit", "out of order", "wet paint",
    "beware of the dog", "open 24 hours", "please wait here", "mind the gap", "best before", "net weight",
    "all you need is love", "coca cola", "new york", "los angeles", "good morning", "buy one get one free",
]  # fmt: skip

RECEIPT_WORDS = """total subtotal tax tip amount balance change cash card discount vat service
delivery deposit
""".split()


# Nouns that people ask about all the time, and words that mean something else too, always train.
COMMON = frozenset(
    """cup hat bus bike bowl fish computer building monkey shelf guy baby card doctor
stone tablet balloon pilot runner map bucket scale stage path badge butterfly cable carpet sweater tire plant
tomato toilet dog cat horse bird man woman person boy girl child kid car truck van train plane boat table chair
sofa couch bed desk door window lamp bottle box glass plate mug bag can ball book phone laptop camera clock
umbrella knife fork spoon apple banana orange pizza cake sandwich shirt jacket dress shoe tie watch ring house
tree flower sign light wall fence road street bridge river field letter ticket menu poster label screen board
player surfer rider cow sheep elephant giraffe zebra bear skateboard surfboard frisbee kite racket vase pot pan
keyboard mouse television toy doll block marker saw drill nail bow match star ship cart crane jet tank pick cover
bench stool rug fan basket tray jar coat cap helmet glove boot sock backpack handbag pillow blanket mirror curtain
refrigerator oven sink hotdog burger carrot egg duck lion tiger king queen actor officer well platform court track
button handle pipe rope chain key pen pencil brush shop suit scissors taxi helicopter motorcycle bicycle flag
puppy soldier bin rock swan wallet
""".split()
)
# Never in training, with the ones that `held_out` takes from the lists above.
RARE = """abacus accordion acorn anvil aquarium armadillo artichoke asparagus axe bagpipe
bandana banjo barbecue barbell barometer bassinet bassoon bathrobe bazooka beehive bellows billfold binder blender
blowtorch boomerang bracket brassiere bugle bungalow cauldron cello chainsaw chameleon chandelier chinchilla
chisel clarinet cleaver clipboard cobra cockpit coffin colander compass cradle crowbar dagger daisy dandelion
doughnut dragon dumpster dustpan earmuff easel falcon faucet flamethrower footstool funnel gargoyle gazebo gherkin
goblet gong grater guillotine harp harpoon hatchet hearse hourglass hyena icicle iguana kayaker ketchup-bottle koi
lasso lawnmower lemur lynx mandolin mannequin marionette meerkat megaphone metronome minaret minotaur mitten
monocle mousetrap narwhal nectarine obelisk orchid otoscope pagoda parasol pendulum periscope pestle pitchfork
platypus plunger porcupine pulley quilt rattle rickshaw saxophone scarecrow scepter scorpion scythe seaplane
sextant sickle silo sitar sloth sombrero spinach stapler-remover stopwatch strainer sundial syringe-needle
tambourine tapestry tapir tarantula teapot-lid thimble tiara toaster toboggan tomahawk tortilla trombone tuba
turnstile ukulele unicycle viaduct viola wallaby walrus wheelbarrow wok wombat xylophone yurt zeppelin
""".split()


def held_out(word: str) -> bool:
    """Whether a noun is kept from training: one in four of the less common ones, chosen by its spelling."""
    return word not in COMMON and zlib.crc32(f"noun:{word}".encode()) % 4 == 0


_ALL = {*PEOPLE, *ANIMALS, *VEHICLES, *FURNITURE, *CONTAINERS, *FOOD, *CLOTHES, *THINGS, *PLACES}
HELD_OUT = tuple(sorted({word for word in _ALL if held_out(word)} | {*RARE} - COMMON))

VERBS = """wearing holding carrying riding eating using pushing pulling touching watching
chasing throwing catching feeding hugging kicking reading drinking driving following facing painting fixing
washing selling biting licking
""".split()
SCENE_PAIRS = [
    ("indoors", "outdoors"), ("inside", "outside"), ("day", "night"), ("sunny", "rainy"), ("sunny", "cloudy"),
    ("summer", "winter"), ("morning", "evening"), ("hot", "cold"), ("daytime", "nighttime"), ("light", "dark"),
    ("city", "countryside"), ("photo", "painting"), ("photograph", "drawing"), ("real", "fake"), ("busy", "empty"),
    ("wet", "dry"), ("kitchen", "bathroom"), ("land", "water"), ("old", "new"), ("color", "black and white"),
    ("indoor", "outdoor"), ("clear", "cloudy"), ("formal", "casual"), ("breakfast", "dinner"), ("spring", "autumn"),
]  # fmt: skip
