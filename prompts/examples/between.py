# What stands between the candle and the clock?


def execute_command(image):
    candles = image.find("candle")
    clocks = image.find("clock")
    if not candles or not clocks:
        return None
    ends = sorted([candles[0], clocks[0]], key=lambda patch: patch.horizontal_center)
    left, right = ends[0].right - image.left, ends[1].left - image.left
    if left >= right:
        return None
    return image.crop(left, 0, right, image.height).simple_query("What is this?")
