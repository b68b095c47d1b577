# Is there a clock above the table?
def execute_command(image):
    image_patch = ImagePatch(image)
    table_patch = image_patch.find("table")[0]
    above_table = image_patch.crop(0, table_patch.upper, image_patch.width, image_patch.upper)
    return bool_to_yesno(above_table.exists("clock"))
