"""Builds the rooms of a relay, each once, and lists what they answer over HTTP."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from aiohttp import web

from relay.admin.operations import Operations, Watched
from relay.admin.personal_routes import PersonalRoutes
from relay.chosen_settings import ChosenSettings
from relay.clock import Clock, boot_id
from relay.delivery.answers import Answers
from relay.delivery.courier import Courier
from relay.delivery.dead_letters import DeadLetters
from relay.delivery.journal import Journal
from relay.delivery.last_outcomes import recall
from relay.delivery.line import Line
from relay.delivery.picture_routes import PictureRoutes
from relay.delivery.picture_store import Pictures
from relay.delivery.reception import Reception
from relay.delivery.routes import DeliveryRoutes
from relay.delivery.stream_routes import StreamRoutes
from relay.delivery.watch import Watch
from relay.documents.documents import Documents
from relay.documents.routes import DocumentRoutes
from relay.flow import Core, Running
from relay.identity.accounts import Accounts
from relay.identity.api_tokens import ApiTokens
from relay.identity.audit import Audit
from relay.identity.blocks import Blocks
from relay.identity.groups import Groups
from relay.identity.guests import Guests
from relay.identity.keys import Keys
from relay.identity.notices import Notices
from relay.identity.own_sessions import PersonSessions
from relay.identity.past_sign_ins import PastSignIns
from relay.identity.screens import Screens
from relay.identity.second_factor import SecondFactors
from relay.identity.session_terms import Terms
from relay.identity.sessions import Sessions
from relay.identity.tokens import AccessTokens
from relay.identity.users import Users
from relay.identity.welcome import Welcome
from relay.live.bounds import Bounds
from relay.live.server import LiveServer
from relay.live.streams.streams import Streams
from relay.ops.app_advice import app_advice_routes
from relay.ops.authority_routes import authority_routes
from relay.ops.descriptions import description_routes
from relay.ops.health import HealthRoutes
from relay.pairing.approve_page import ApprovePage
from relay.pairing.authority_page import authority_page_routes
from relay.pairing.entrances import entrance_routes
from relay.pairing.join_routes import JoinRoutes
from relay.pairing.joining import Joining, address_for_phones
from relay.pairing.offers import Offers
from relay.pairing.request_routes import RequestRoutes
from relay.pairing.requests import Requests
from relay.pairing.routes import PairingRoutes
from relay.serving import Gate, Relay
from relay.settings import Settings
from relay.storage.database import Database
from relay.tasks import Tasks
from relay.web.accounts import AccountRoutes
from relay.web.attacks import Attacks
from relay.web.audit_routes import AuditRoutes
from relay.web.block_routes import BlockRoutes
from relay.web.browser import BrowserRoutes
from relay.web.control_sheet import control_sheet_routes
from relay.web.door import Door
from relay.web.factor_routes import FactorRoutes
from relay.web.key_routes import KeyRoutes
from relay.web.known_browsers import KnownBrowsers
from relay.web.limits import Limits
from relay.web.own_account import OwnAccountRoutes
from relay.web.pages import PageRoutes
from relay.web.sign_in import SignInRoutes
from relay.web.turnstile import Turnstile
from relay.web.welcome import WelcomeRoutes


@dataclass(slots=True)
class Rooms:
    """The rooms of one relay."""

    settings: Settings
    clock: Clock
    database: Database
    keys: Keys
    access: AccessTokens
    audit: Audit
    attacks: Attacks
    live: LiveServer
    journal: Journal
    courier: Courier
    dead_letters: DeadLetters
    screens: Screens
    sessions: Sessions
    users: Users
    welcome: Welcome
    documents: Documents
    pictures: Pictures
    limits: Limits
    blocks: Blocks
    turnstile: Turnstile
    watch: Watch
    operations: Operations
    streams: StreamRoutes

    @classmethod
    def build(cls, choices: ChosenSettings, clock: Clock, database: Database, tasks: Tasks) -> "Rooms":
        """Build every room; nothing moves yet. Raises KeysUnreadableError."""
        settings = choices.settings
        keys = Keys.open(settings.data)
        access = AccessTokens(keys, database, clock)
        access.demanded = lambda: settings.second_factor
        live = LiveServer(access, clock, tasks, Bounds.of(settings), settings.engine)
        journal = Journal(database)
        line = Line(live)
        courier = Courier(journal, line, clock, tasks, ladder=settings.retry_seconds, boot=boot_id())
        reception = Reception(courier, live, line, clock=clock)
        watch = Watch(live, reception, clock)
        courier.ended = watch.ended
        tasks.spawn(recall(database, watch), "watch: last outcomes")
        access.on_screen_revoked.append(live.revoke)
        access.on_ended.append(live.part_from)
        users = Users(database, clock, password_length=settings.password_length)
        pictures = Pictures(settings.data / "screenshots", clock)
        tasks.keep(pictures.tidy_for_ever, "pictures")
        audit = Audit(database, clock, days=settings.audit_days, rows=settings.audit_rows)
        tasks.keep(audit.tidy_for_ever, "audit")
        screens = Screens(database, clock, access, presence=watch.presence)
        attacks = Attacks(settings, clock)
        sessions = Sessions(
            database,
            clock,
            access,
            keys,
            terms=lambda: Terms(settings.session_hours, settings.session_idle_minutes),
        )
        sessions.on_reused = attacks.reused
        watched = Watched(settings, clock, database, courier, journal, screens, live, choices, attacks)
        return cls(
            settings=settings,
            clock=clock,
            database=database,
            keys=keys,
            access=access,
            audit=audit,
            attacks=attacks,
            live=live,
            journal=journal,
            courier=courier,
            dead_letters=DeadLetters(courier, journal, clock),
            screens=screens,
            sessions=sessions,
            users=users,
            welcome=Welcome(users, clock),
            documents=Documents(database, clock, settings.data / "documents", settings),
            pictures=pictures,
            limits=Limits(clock, settings.attempts_per_minute),
            blocks=Blocks(database, clock, access),
            turnstile=Turnstile(settings, clock),
            watch=watch,
            operations=Operations(watched),
            streams=StreamRoutes(live, Streams(live), watch, Answers(live, courier, reception)),
        )

    def core(self, urls: Callable[[], tuple[str, ...]]) -> Core:
        """Return what flows stand on; `urls` are where the relay listens."""
        return Core(
            self.settings,
            self.clock,
            self.database,
            self.courier,
            self.dead_letters,
            self.documents,
            self.screens,
            self.live,
            urls,
            self.turnstile,
            self.watch,
        )


def routes_of(rooms: Rooms, relay: Relay, flows: Sequence[Running], gate: Gate) -> list[web.RouteDef]:
    """List everything that is answered over HTTP."""
    settings, clock, limits, sessions = rooms.settings, rooms.clock, rooms.limits, rooms.sessions
    offers = Offers(rooms.database, clock, rooms.screens, sessions, lambda: relay.address)
    requests = Requests(rooms.database, clock, sessions, lambda: relay.address)
    # One plant may sign in behind one address; guesses at one name are slowed down by themselves.
    sign_ins = Limits(clock, max(settings.attempts_per_minute, settings.attempts_per_minute_of_address))
    browsers = KnownBrowsers(rooms.keys, clock)
    factors = SecondFactors(rooms.database, clock, rooms.keys, rooms.access)
    door = Door(rooms.users, sign_ins, clock, browsers, PastSignIns(rooms.database, clock), factors=factors)
    accounts = Accounts(rooms.database, clock, rooms.users, rooms.access)
    guests = Guests(rooms.database, clock, rooms.access, hours=settings.guest_hours)
    browser = BrowserRoutes(door, accounts, sessions, guests, rooms.keys, clock=clock)
    own = PersonSessions(rooms.database, clock, rooms.access)
    joining = Joining(
        rooms.database,
        clock,
        rooms.keys,
        rooms.screens,
        guests,
        phone_address=lambda: address_for_phones(settings.phone_address, relay.address),
        is_allowed=settings.guests,
        per_screen=settings.guests_per_screen,
    )
    approve_page = ApprovePage(
        requests, rooms.screens, door=door, sessions=sessions, limits=limits, clock=clock
    )
    return [
        *HealthRoutes(clock, is_ready := lambda: relay.ready and rooms.database.writable).table(),
        *rooms.operations.table(is_ready),
        *description_routes(),
        *control_sheet_routes(),
        *app_advice_routes(settings),
        *authority_routes(settings),
        *authority_page_routes(settings),
        *SignInRoutes(door, sessions).table(),
        *browser.table(),
        *OwnAccountRoutes(door, own, Notices(rooms.database), lambda: settings.password_length).table(),
        *FactorRoutes(factors, door, settings).table(),
        *WelcomeRoutes(rooms.welcome, browser, limits).table(),
        *KeyRoutes(rooms.keys, rooms.database, clock).table(),
        *AccountRoutes(
            rooms.users,
            accounts,
            ApiTokens(rooms.database, clock, rooms.access),
            Groups(rooms.database, clock, rooms.access),
        ).table(),
        *PersonalRoutes(rooms.database, rooms.users, settings, clock).table(),
        *AuditRoutes(rooms.audit, clock).table(),
        *BlockRoutes(rooms.blocks).table(),
        *PageRoutes().table(),
        *PairingRoutes(rooms.screens, offers, limits).table(),
        *RequestRoutes(requests, limits).table(),
        *entrance_routes(
            lambda: relay.address, lambda: address_for_phones(settings.phone_address, relay.address)
        ),
        *approve_page.table(),
        *JoinRoutes(
            joining, guests, rooms.screens, browser, limits=limits, online=rooms.live.callers
        ).table(),
        *DocumentRoutes(rooms.documents, rooms.screens.shows).table(),
        *DeliveryRoutes(rooms.courier, rooms.journal, rooms.dead_letters).table(),
        *PictureRoutes(rooms.courier, rooms.pictures).table(),
        *rooms.streams.table(),
        *(gate.route(route) for flow in flows for route in flow.routes),
    ]
