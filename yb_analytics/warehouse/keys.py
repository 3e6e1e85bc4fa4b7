"""The keys of a warehouse, for those who look after them."""

from yb_analytics.warehouse.privacy.key_file import destroy, key_file, read_keys
from yb_analytics.warehouse.privacy.linkage import PARTS
from yb_analytics.warehouse.privacy.pseudonym import PURPOSES
from yb_analytics.warehouse.privacy.rotation import PERSONAL, Rotated, rotate
from yb_analytics.warehouse.sealing.records import PURPOSE

__all__ = ["PERSONAL", "Rotated", "destroy", "key_file", "purposes", "read_keys", "rotate"]


def purposes() -> list[str]:
    """What keys are derived for: each pseudonym, each part of the linkage code, the seals of manifests.

    Examples
    --------
    >>> purposes()[:3], purposes()[-1]
    (['name', 'certificate', 'phone'], 'manifest')
    """
    linkage = [f"linkage {part}" for part in PARTS if part != "cert_valid"]
    return [*(purpose for purpose, _ in PURPOSES.values()), *linkage, PURPOSE]
