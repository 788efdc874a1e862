"""The display flow: scan an order, and its document is on the screen. The product's heart."""

from pathlib import Path

from relay.flow import Core, Flow, Running
from relay.flows.display.events import DisplayEvents
from relay.flows.display.framing import FramingRoutes
from relay.flows.display.importing import Importer
from relay.flows.display.island_routes import IslandRoutes
from relay.flows.display.islands import Islands
from relay.flows.display.order_paper_routes import OrderPaperRoutes
from relay.flows.display.order_routes import OrderRoutes
from relay.flows.display.orders import Orders
from relay.flows.display.routes import DisplayRoutes
from relay.flows.display.service import Display
from relay.flows.display.sources.book import SourceBook
from relay.flows.display.sources.lookup import Lookup
from relay.flows.display.sources.routes import SourceRoutes
from relay.flows.display.sources.secrets import Secrets
from relay.flows.display.sources.watched_folder import Watcher
from relay.flows.display.steering import Steering
from relay.flows.display.upcoming import UpcomingOrders


def build(core: Core) -> Running:
    """Stand on the core: orders and their documents, and the trigger that shows them."""
    orders = Orders(core.database, core.clock, core.documents)
    book = SourceBook(orders, Secrets(core.settings.data / "source_secrets"))
    lookup = Lookup(orders, book, core.clock)
    orders.is_stale = lookup.is_stale
    watched = core.settings.watched_folder
    watcher = Watcher(watched, orders, core.clock) if watched is not None else None
    display = Display(core, orders, lookup)
    core.dead_letters.renew_with("navigate", display.renew)
    importer = Importer(orders)
    island = IslandRoutes(core, UpcomingOrders(core, orders), Islands(core, orders))
    routes = [
        *DisplayRoutes(display).table(),
        *FramingRoutes(core).table(),
        *OrderRoutes(orders, importer, core).table(),
        *OrderPaperRoutes(orders).table(),
        *SourceRoutes(book, lookup, core.documents, core.clock, watcher).table(),
        *island.table(),
    ]
    steering = Steering(core.live, core.watch, core.clock)
    return Running(
        routes=routes,
        events={
            "trigger": DisplayEvents(display, core.live).trigger,
            "steer": steering.steer,
            "viewport": steering.viewport,
        },
        services={} if watcher is None else {"watched folder": watcher.run},
    )


flow = Flow("display", build, Path(__file__).parent / "versions")
