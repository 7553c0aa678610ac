/**
 * The clients of a server: decodes their messages, has the room of their group decide, and carries
 * out the effects.
 *
 * ```text
 *   channel ──▶ ClientConnection: bytes, heartbeats ──▶ Room: one per key, decides
 *                        ▲                                        │
 *                        └──────────────── effects ───────────────┘
 * ```
 *
 * @module
 */

import { asMemberId, isId } from "../base/ids.ts";
import { Mailbox } from "../machine/mailbox.ts";
import type { Channel } from "../transport/channel.ts";
import type { SignalingMessage } from "../wire/signaling.ts";
import {
  badMessage,
  ClientConnection,
  type ConnectionRules,
  type News,
  rulesOf,
  type Seat,
  type Verdict,
} from "./client_connection.ts";
import type { Closing } from "./closing.ts";
import type { Counts } from "./counts.ts";
import { BY_ITSELF, type Ending, GOING_AWAY, LATE, RESTART, turnAway } from "./endings.ts";
import { Groups } from "./groups.ts";
import { Heartbeats } from "./heartbeats.ts";
import { type ConnectRequest, deskOf, type IceDesk, type Minted } from "./ice_desk.ts";
import type { Excess } from "./limits.ts";
import type { Journal, LogLevel } from "./log.ts";
import type { SigverSettings } from "./options.ts";
import { asConnectionId, type ConnectionId } from "./pairings.ts";
import type { RoomEffect, RoomEvent } from "./room_event.ts";
import type { ClusterLoad, SigverLoad, SigverWorld } from "./world.ts";

type Happening =
  | News
  | { readonly type: "beat"; readonly connection: ClientConnection }
  | { readonly type: "late"; readonly connection: ClientConnection }
  | { readonly type: "dismissed"; readonly connection: ClientConnection }
  | Minted<ClientConnection>
  /** Something happened among servers that work together. */
  | { readonly type: "turn"; readonly turn: () => void }
  | { readonly type: "stop" };

/** What clients share with the server that they are at. */
export interface ClientPorts {
  readonly counts: Counts;
  readonly journal: Journal;
  readonly closing: Closing;
}

/** All clients. */
export class Clients {
  readonly #world: SigverWorld;
  readonly #ports: ClientPorts;
  readonly #rules: ConnectionRules;
  readonly #mailbox: Mailbox<Happening>;
  readonly #heartbeats: Heartbeats<ClientConnection>;
  /** Those who did not say yet which member they are. */
  readonly #handshakes: Heartbeats<ClientConnection>;
  readonly #groups: Groups;
  /** What hands out ICE servers; `undefined`: there are none. */
  readonly #ice: IceDesk<ClientConnection> | undefined;
  readonly #connections = new Map<ConnectionId, ClientConnection>();
  #lastId = 0;

  /** Nobody is connected. */
  constructor(settings: SigverSettings, world: SigverWorld, ports: ClientPorts) {
    const { clock, log } = world;
    const { limits } = settings;
    this.#world = world;
    this.#ports = ports;
    this.#rules = rulesOf(limits, { counts: ports.counts, told: (news) => this.#told(news) });
    this.#mailbox = new Mailbox((event) => this.#handle(event), (error) => log.report(error));
    const post = (type: "beat" | "late") => (connection: ClientConnection) =>
      this.#mailbox.post({ type, connection });
    this.#heartbeats = new Heartbeats(
      clock,
      ({ pulse }, nowMs) => pulse.intervalMs(nowMs),
      post("beat"),
    );
    this.#handshakes = new Heartbeats(clock, () => limits.handshakeMs, post("late"));
    this.#ice = deskOf(settings.ice, world, (minted) => this.#mailbox.post(minted));
    this.#groups = new Groups(settings, world, {
      post: (turn) => this.#mailbox.post({ type: "turn", turn }),
      drawId: () => this.#drawId(),
      aliveMs: (id, nowMs) => this.#connections.get(id)?.pulse.aliveMs(nowMs),
      journal: ports.journal,
      perform: (effect) => this.#perform(effect),
    });
  }

  /** How much there is to do at the moment. */
  get load(): SigverLoad {
    return { rooms: this.#groups.size, sessions: this.#connections.size };
  }

  /** How it goes with other servers; `undefined` where there are none. */
  get cluster(): ClusterLoad | undefined {
    return this.#groups.cluster;
  }

  /** Whether it is known where groups live. */
  get isSettled(): boolean {
    return this.#groups.isSettled;
  }

  /** All that are connected. */
  get all(): readonly ClientConnection[] {
    return [...this.#connections.values()];
  }

  /** Sends one away who may come back, as the server stops. */
  dismiss(connection: ClientConnection): void {
    this.#mailbox.post({ type: "dismissed", connection });
  }

  /** Ends all connections. */
  stop(): void {
    this.#mailbox.post({ type: "stop" });
  }

  /** Somebody has come in. */
  take(channel: Channel, seat: Seat): void {
    const { counts, closing } = this.#ports;
    if (closing.phase === "CLOSED") return turnAway(channel, GOING_AWAY);
    if (closing.phase === "DRAINING") return turnAway(channel, RESTART);
    const nowMs = this.#world.clock.now();
    counts.connectionsOpened++;
    const connection = new ClientConnection(this.#drawId(), seat, channel, this.#rules, nowMs);
    this.#connections.set(connection.id, connection);
    this.#heartbeats.start(connection);
    this.#handshakes.start(connection);
    this.#tellOf(connection, "debug", "opened");
    closing.channelOpened();
    connection.listen();
  }

  #told(news: News): void {
    this.#mailbox.post(news);
    if (news.type === "closed") this.#ports.closing.channelClosed();
  }

  #handle(event: Happening): void {
    if (event.type === "stop") return this.#endAll();
    if (event.type === "turn") return event.turn();
    const { connection } = event;
    // A channel that is closing may still tell of frames, and always of its end.
    if (!this.#connections.has(connection.id)) return;
    switch (event.type) {
      case "received":
        return this.#read(connection, connection.read(event.frame, this.#world.clock.now()));
      case "beat":
        this.#ice?.renew(connection);
        return this.#judge(connection, connection.beat(this.#world.clock.now()));
      case "late":
        return this.#end(connection, LATE);
      case "minted": {
        const verdict = event.ice && connection.send({ type: "heartbeat", ice: event.ice });
        if (verdict) return this.#end(connection, verdict);
        return event.connect && this.#connect(connection, event.connect);
      }
      case "dismissed":
        return this.#end(connection, RESTART);
      case "closed":
        return this.#forget(connection, BY_ITSELF);
    }
  }

  #read(connection: ClientConnection, message: SignalingMessage | Verdict): void {
    const from = connection.id;
    switch (message.type) {
      case "verdict":
        return this.#end(connection, message);
      case "content":
        return this.#tell(connection, { ...message, from, nowMs: connection.pulse.heardMs });
      case "connect":
        this.#handshakes.stop(connection);
        if (this.#ice?.holds(connection, message)) return;
        return this.#connect(connection, message);
    }
  }

  #connect(connection: ClientConnection, { id, members }: ConnectRequest): void {
    if (!isId(id)) return this.#end(connection, badMessage("0 is nobody's id"));
    const { id: from, seat: { favored }, pulse: { heardMs: nowMs } } = connection;
    this.#tell(connection, { type: "connect", from, favored, id: asMemberId(id), members, nowMs });
  }

  #tell({ id, seat }: ClientConnection, event: RoomEvent): void {
    this.#groups.tell(id, seat, event);
  }

  #drawId(): ConnectionId {
    return asConnectionId(++this.#lastId);
  }

  #perform(effect: RoomEffect): void {
    const connection = this.#connections.get(effect.to);
    // An effect before this one may have ended it.
    if (connection === undefined) return;
    if (effect.type === "send") {
      this.#count(effect.excess);
      this.#groups.told(connection.id, effect.message);
      return this.#judge(connection, connection.send(effect.message));
    }
    if (effect.type === "ask") return this.#ask(connection);
    this.#end(connection, { ...effect, type: "verdict" });
  }

  #ask(connection: ClientConnection): void {
    const nowMs = this.#world.clock.now();
    if (!connection.pulse.mustBeAsked(nowMs)) return;
    // Who owes an answer is due sooner than one that is calm.
    this.#heartbeats.start(connection);
    this.#judge(connection, connection.send({ type: "heartbeat" }));
  }

  #judge(connection: ClientConnection, verdict: Verdict | undefined): void {
    if (verdict) this.#end(connection, verdict);
  }

  #count(excess: Excess | undefined): void {
    if (excess !== undefined) this.#ports.counts.exceeded[excess]++;
  }

  #end(connection: ClientConnection, verdict: Verdict): void {
    this.#count(verdict.excess);
    connection.close(verdict.code, verdict.reason);
    this.#forget(connection, verdict);
  }

  #endAll(): void {
    for (const connection of this.all) this.#end(connection, GOING_AWAY);
    this.#groups.close();
  }

  #forget(connection: ClientConnection, ending: Ending): void {
    this.#connections.delete(connection.id);
    this.#ports.counts.closed(ending.code);
    this.#heartbeats.stop(connection);
    this.#handshakes.stop(connection);
    this.#ice?.forget(connection);
    const isOurs = ending.code !== BY_ITSELF.code && this.#ports.closing.phase === "OPEN";
    this.#tellOf(connection, isOurs ? "info" : "debug", "closed", ending);
    this.#tell(connection, { type: "gone", from: connection.id, nowMs: this.#world.clock.now() });
  }

  #tellOf(
    { id: client, seat }: ClientConnection,
    level: LogLevel,
    event: string,
    ending?: Ending,
  ): void {
    const { key: group, visitor } = seat;
    const address = visitor && { address: visitor.household };
    const end = ending && { code: ending.code, reason: ending.reason };
    this.#ports.journal.tell(level, event, { client, group, ...address, ...end });
  }
}
