"""Which size and which image to use, by what the server offers."""


def smallest_sku(skus):
    """The size with the least memory and the fewest processors; where these are not said, the first."""

    def amount(sku, capability):
        values = {c.name: c.value for c in sku.capabilities or []}
        return float(values.get(capability, "0"))

    return min(skus, key=lambda sku: (amount(sku, "MemoryGB"), amount(sku, "vCPUs")))


def linux_image(images, preferred="debian-12"):
    """The preferred image, or else the first enabled Linux one; none where a plan has none."""
    usable = [i for i in images if i.os_type == "Linux" and i.enabled_state == "Enabled"]
    named = [i for i in usable if i.name.lower() == preferred]
    return next(iter(named + usable), None)
