"""Single scenes that the simulation found red once, each told in its shortest form."""

# the scenes reach into the simulation's own parts.
# pyright: reportPrivateUsage=false
from collections.abc import Iterator
from typing import Any

import pytest
from faults.history import Painted
from faults.simulation_clients import Client
from faults.simulation_desk import Desk
from faults.simulation_judge import Judge
from faults.simulation_plan import DAY_MS
from faults.simulation_relay import SimulatedRelay
from faults.simulation_world import World


class Scene:
    """A relay, a desk and a client, without any plan of faults."""

    def __init__(self, says: str = "outcomes") -> None:
        self.world = World(1)
        self.relay = SimulatedRelay(self.world, Judge(self.world).watch)
        self.desk = Desk(self.world, self.relay, "SCREEN-1", name="desk-1", says=says)
        self.client = Client(self.world, self.relay, "client-1")

    def run(self, seconds: float) -> None:
        self.world.loop.run(self.world.now + seconds)

    def now(self, *what: Any) -> None:
        """Have something done inside the loop, at once."""
        self.world.loop.call_soon(*what)
        self.run(0.0)

    def begin(self) -> None:
        self.now(self.relay.start)
        self.now(self.desk.start)
        self.run(5.0)

    def row(self, id_: str) -> dict[str, Any]:
        cursor = self.relay.disk.driver.execute("SELECT * FROM delivery WHERE id = ?", (id_,))
        return dict(zip([each[0] for each in cursor.description], cursor.fetchone(), strict=True))

    @property
    def painted(self) -> list[str]:
        return [event.id for event in self.world.history if isinstance(event, Painted)]


@pytest.fixture
def scene() -> Iterator[Scene]:
    scene = Scene()
    yield scene
    assert scene.world.wrong == []
    scene.relay.disk.close()


@pytest.mark.parametrize("step_ms", [DAY_MS, -DAY_MS])
def test_a_clock_that_is_set_while_a_delivery_is_on_its_way_to_the_disk_does_not_end_it(
    scene: Scene, step_ms: int
):
    scene.begin()
    scene.desk.network.is_down = True
    scene.now(scene.desk.network.cut)
    scene.relay.disk.is_slow = True
    wish = scene.client.wish("SCREEN-1", "main", 20.0)
    scene.run(0.08)
    scene.world.clock.offset_ms += step_ms
    scene.run(8.0)
    assert scene.row(wish.id)["state"] == "waiting"
    assert scene.row(wish.id)["expires_at"] == pytest.approx(scene.world.clock.now_ms() + 11_900, abs=150)
    scene.desk.network.is_down = False
    scene.run(40.0)
    assert scene.painted == [wish.id]


@pytest.mark.parametrize("step_ms", [DAY_MS, -DAY_MS])
def test_a_delivery_for_nobody_expires_in_its_time_though_the_clock_was_set_on_its_way(
    scene: Scene, step_ms: int
):
    scene.now(scene.relay.start)
    scene.run(1.0)
    scene.relay.disk.is_slow = True
    wish = scene.client.wish("SCREEN-1", "main", 20.0)
    scene.run(0.08)
    scene.world.clock.offset_ms += step_ms
    scene.run(15.0)
    assert scene.row(wish.id)["state"] == "waiting"
    scene.run(10.0)
    assert scene.row(wish.id)["state"] == "expired"


def test_a_screen_that_is_just_being_welcomed_when_the_clock_is_set_hears_no_older_generation(scene: Scene):
    scene.begin()
    process = scene.relay.serving
    assert process is not None
    welcome = process.live._greet

    def set_then_welcome(connection: Any) -> None:
        process.courier.clock_was_set()
        welcome(connection)

    process.live._greet = set_then_welcome
    scene.now(scene.desk.network.cut)
    scene.run(3.0)
    assert scene.desk.inbox.gen > 1


def test_a_relay_that_starts_on_a_full_disk_serves_what_is_stored(scene: Scene):
    scene.begin()
    scene.desk.network.is_down = True
    scene.now(scene.desk.network.cut)
    wish = scene.client.wish("SCREEN-1", "main", 60.0)
    scene.run(2.0)
    assert wish.is_accepted
    scene.now(scene.relay.kill)
    scene.relay.disk.is_full = True
    scene.now(scene.relay.start)
    scene.desk.network.is_down = False
    scene.run(40.0)
    assert scene.painted == [wish.id]


def test_a_simple_screen_that_has_it_since_before_a_restart_was_sent_it_in_this_century():
    scene = Scene(says="presence")
    scene.begin()
    process = scene.relay.serving
    assert process is not None
    wish = scene.client.wish("SCREEN-1", "main", 60.0)
    while wish.id not in scene.desk.inbox.kept:
        scene.run(0.001)
    scene.now(scene.relay.kill)
    scene.now(scene.relay.start)
    scene.run(10.0)
    row = scene.row(wish.id)
    assert row["state"] == "received"
    assert row["sent_at"] is None or row["sent_at"] >= row["created_at"]
    scene.relay.disk.close()
