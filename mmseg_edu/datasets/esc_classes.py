"""The classes of ESC-50 and ESC-10, and the numbers of their folders in the older layout."""

# The index of a class in ESC-50 is its place here.
# fmt: off
ESC50_CLASSES = (
    "dog", "rooster", "pig", "cow", "frog",
    "cat", "hen", "insects", "sheep", "crow",
    "rain", "sea_waves", "crackling_fire", "crickets", "chirping_birds",
    "water_drops", "wind", "pouring_water", "toilet_flush", "thunderstorm",
    "crying_baby", "sneezing", "clapping", "breathing", "coughing",
    "footsteps", "laughing", "brushing_teeth", "snoring", "drinking_sipping",
    "door_wood_knock", "mouse_click", "keyboard_typing", "door_wood_creaks", "can_opening",
    "washing_machine", "vacuum_cleaner", "clock_alarm", "clock_tick", "glass_breaking",
    "helicopter", "chainsaw", "siren", "car_horn", "engine",
    "train", "church_bells", "airplane", "fireworks", "hand_saw",
)
# fmt: on
# The index of a class in ESC-10 is its place here, which is that of its folder in the older layout.
ESC10_CLASSES = (
    "dog",
    "rain",
    "sea_waves",
    "crying_baby",
    "clock_tick",
    "sneezing",
    "helicopter",
    "chainsaw",
    "rooster",
    "crackling_fire",
)
# "001 - Dog bark" to "010 - Fire crackling", and "101 - Dog" to "510 - Hand saw": ten classes in a group of five.
ESC10_FOLDERS = {f"{1 + i:03}": name for i, name in enumerate(ESC10_CLASSES)}
ESC50_FOLDERS = {f"{100 * (1 + i // 10) + 1 + i % 10}": name for i, name in enumerate(ESC50_CLASSES)}
