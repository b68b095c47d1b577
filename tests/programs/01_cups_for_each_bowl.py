# How many cups are there for each bowl on the table?
def execute_command(image):
    image_patch = ImagePatch(image)
    cup_patches = image_patch.find("cup")
    bowl_patches = image_patch.find("bowl")
    table_patch = image_patch.find("table")[0]
    on_table = [cup for cup in cup_patches if cup.overlaps_with(table_patch.left, table_patch.lower, table_patch.right, table_patch.upper)]
    return str(len(on_table) // (2 * len(bowl_patches)))
