"""What else a list has: DWS documents no pages, and a cloud or a gateway that has them cuts the list all the same.

What is missing from a list of snapshots would be created a second time: a list is read to its end or not at all.

Sources: DWS API Reference, "Querying the Snapshot List of a Cluster" (limit, and offset as a page's number); other
services' lists in the same cloud (`page_info.next_marker`); OpenStack API Guidelines, "Pagination" (`…_links`, marker).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit

from bot.dws.readings import mapping, text

MOST: Final = 200  # pages of one list


def next_page(body: Mapping[str, Any], name: str) -> str:
    """Return the query of the page that follows the page *body* of the list *name*; "" where none is announced.

    Of a link only the query counts: the login goes to no other address.
    """
    for place in (mapping(body.get("page_info")), body):
        if marker := text(place.get("next_marker")) or text(place.get("nextMarker")):
            return urlencode({"marker": marker})
    links = body.get(f"{name}_links", body.get("links"))
    for link in links if isinstance(links, list) else [links]:
        found = mapping(link)
        href = text(found.get("href")) if found.get("rel") == "next" else text(found.get("next"))
        if href:
            return urlencode(parse_qsl(urlsplit(href).query))
    return ""


def guesses(body: Mapping[str, Any], have: int, page: int) -> Iterator[str]:
    """Yield queries that may bring more where the count says that there is more; at times it is wrong.

    *have* is how many items there are so far, on *page* pages of the same length. An offset counts items, or pages.
    """
    counts = [text(body.get(key)) for key in ("count", "total_count", "total")]
    if have and any(count.isdigit() and int(count[:12]) > have for count in counts):
        length = -(-have // page)
        yield urlencode({"offset": have, "limit": length})
        yield urlencode({"offset": page, "limit": length})
