"""The display flow: scan an order, and its document is on the screen. The product's heart."""

from pathlib import Path

from relay.flow import Core, Flow, Running
from relay.flows.display.events import DisplayEvents
from relay.flows.display.importing import Importer
from relay.flows.display.island_routes import IslandRoutes
from relay.flows.display.islands import Islands
from relay.flows.display.order_paper_routes import OrderPaperRoutes
from relay.flows.display.order_routes import OrderRoutes
from relay.flows.display.orders import Orders
from relay.flows.display.routes import DisplayRoutes
from relay.flows.display.service import Display
from relay.flows.display.upcoming import UpcomingOrders


def build(core: Core) -> Running:
    """Stand on the core: orders and their documents, and the trigger that shows them."""
    orders = Orders(core.database, core.clock, core.documents)
    display = Display(core, orders)
    core.dead_letters.renew_with("navigate", display.renew)
    importer = Importer(orders)
    island = IslandRoutes(core, UpcomingOrders(core, orders), Islands(core, orders))
    routes = [
        *DisplayRoutes(display).table(),
        *OrderRoutes(orders, importer, core).table(),
        *OrderPaperRoutes(orders).table(),
        *island.table(),
    ]
    return Running(routes=routes, events={"trigger": DisplayEvents(display, core.live).trigger})


flow = Flow("display", build, Path(__file__).parent / "versions")
