# What is the lowest price on the menu?


def execute_command(image):
    prices = re.findall(r"\d+[.,]\d{2}", image.read_text())
    if not prices:
        return None
    return min(prices, key=lambda price: coerce_to_numeric(price.replace(",", ".")))
