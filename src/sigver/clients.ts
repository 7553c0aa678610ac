// The clients of a server and the rooms of their groups: reads messages, routes them to the room
// (in a cluster, possibly at another node), and performs its outputs.
//
//   channel ──▶ ClientConnection: frames, heartbeats ──▶ Room: one per key, decides
//                        ▲                                        │
//                        └──────────────── outputs ───────────────┘

import { assert } from "../base/assert.ts";
import { asMemberId, isId } from "../base/ids.ts";
import { Mailbox } from "../machine/mailbox.ts";
import { TimerWheel } from "../platform/timer_wheel.ts";
import type { Channel } from "../transport/channel.ts";
import { rejectChannel } from "../transport/closing.ts";
import type { SignalingMessage } from "../wire/signaling.ts";
import { ClientConnection, type ClientInfo, type Connections } from "./client_connection.ts";
import { badMessage, CLOSE, type CloseReason } from "./close_reasons.ts";
import { Cluster } from "./cluster.ts";
import type { ServerContext } from "./options.ts";
import { asConnectionId, type ConnectionId } from "./pairings.ts";
import { Room, type RoomInput, type RoomOutput } from "./room.ts";

export class Clients implements Connections {
  readonly context: ServerContext;
  readonly cluster: Cluster | undefined;
  readonly rooms: Map<string, Room> = new Map();
  readonly #mailbox: Mailbox;
  readonly connections: Map<ConnectionId, ClientConnection> = new Map();
  readonly #heartbeats: TimerWheel<ClientConnection>;
  readonly #handshakes: TimerWheel<ClientConnection>;
  #lastId = 0;

  constructor(context: ServerContext) {
    const { settings: { bus, limits }, environment: { clock, log } } = context;
    this.context = context;
    this.#mailbox = new Mailbox((error) => log.report(error));
    this.#heartbeats = new TimerWheel(
      clock,
      ({ liveness }, nowMs) => liveness.intervalMs(nowMs),
      (connection) => this.#post(connection, () => this.#onInterval(connection)),
    );
    this.#handshakes = new TimerWheel(
      clock,
      () => limits.handshakeMs,
      (connection) => this.#post(connection, () => this.#close(connection, CLOSE.NO_CONNECT)),
    );
    const decide = (key: string, input: RoomInput) => this.#decide(key, input);
    this.cluster = bus && new Cluster(bus, this, decide);
  }

  accept(channel: Channel, info: ClientInfo): void {
    const { metrics, shutdown } = this.context;
    if (shutdown.phase !== "OPEN") {
      return rejectChannel(channel, shutdown.phase === "CLOSED" ? CLOSE.GOING_AWAY : CLOSE.RESTART);
    }
    metrics.connectionsOpened++;
    const id = this.nextId();
    const connection = new ClientConnection(id, info, channel, this);
    this.connections.set(id, connection);
    this.#heartbeats.start(connection);
    this.#handshakes.start(connection);
    this.context.log.write("debug", "opened", fieldsOf(connection));
    shutdown.channelOpened();
    channel.listen(connection);
  }

  dismiss(connection: ClientConnection): void {
    this.#post(connection, () => this.#close(connection, CLOSE.RESTART));
  }

  stop(): void {
    this.post(() => {
      for (const connection of [...this.connections.values()]) {
        this.#close(connection, CLOSE.GOING_AWAY);
      }
      this.cluster?.close();
    });
  }

  received(connection: ClientConnection, frame: Uint8Array): void {
    this.#post(connection, () => this.#read(connection, frame));
  }

  closed(connection: ClientConnection, reason: CloseReason): void {
    this.#post(connection, () => this.#forget(connection, reason));
    this.context.shutdown.channelClosed();
  }

  now(): number {
    return this.context.environment.clock.now();
  }

  nextId(): ConnectionId {
    return asConnectionId(++this.#lastId);
  }

  post(turn: () => void): void {
    this.#mailbox.post(turn);
  }

  perform(output: RoomOutput): void {
    const connection = this.connections.get(output.to);
    if (connection === undefined) return;
    if (output.type === "close") return this.#close(connection, output);
    if (output.type === "probe") return this.#probe(connection);
    this.context.metrics.limitExceeded(output.exceeded);
    this.#send(connection, output.message);
  }

  /** Posts a turn of a connection, ignored after its end: a closing channel may report events. */
  #post(connection: ClientConnection, turn: () => void): void {
    this.#mailbox.post(() => {
      if (this.connections.has(connection.id)) turn();
    });
  }

  #read(connection: ClientConnection, frame: Uint8Array): void {
    const message = connection.read(frame, this.now());
    if ("code" in message) return this.#close(connection, message);
    const { id: from, liveness: { lastHeardMs: nowMs } } = connection;
    if (message.type === "content") this.#route(connection, { ...message, from, nowMs });
    if (message.type === "connect") this.#connect(connection, message);
  }

  #connect(connection: ClientConnection, message: SignalingMessage & { type: "connect" }): void {
    const { id, members, version } = message;
    this.#handshakes.stop(connection);
    // Sent before the reply, after which the client dials. Netflux 4 sends no version.
    if (version !== undefined) this.#sendIce(connection);
    if (!isId(id)) return this.#close(connection, badMessage("a member id other than 0 expected"));
    if (!this.connections.has(connection.id)) return;
    const { id: from, info: { favored, membersMax }, liveness: { lastHeardMs: nowMs } } =
      connection;
    const client = { from, favored, membersMax, id: asMemberId(id) };
    const request = { type: "connect", ...client, members, nowMs } as const;
    connection.state = { name: "asking", request };
    this.#route(connection, request);
  }

  #route(connection: ClientConnection, input: RoomInput): void {
    if (this.cluster?.routeToOwner(connection, input)) return;
    this.#decide(connection.info.key, input);
  }

  #decide(key: string, input: RoomInput): void {
    let room = this.rooms.get(key);
    if (room === undefined) {
      if (input.type !== "connect" && input.type !== "adopt") return;
      const lastAliveMs = (id: ConnectionId, nowMs: number) => this.#lastAliveMs(id, nowMs);
      room = new Room(this.context.environment.random, lastAliveMs, this.context.settings.limits);
      this.rooms.set(key, room);
    }
    const outputs = room.step(input);
    if (room.empty) this.rooms.delete(key);
    const { sharded } = this.context.settings;
    for (const output of outputs) {
      // A server that may not know all parts of a group lets its clients reconnect to check.
      const isAnswer = sharded && output.type === "send" && output.message.type === "connected";
      const sent = isAnswer ? { ...output, message: { ...output.message, anew: true } } : output;
      if (!this.cluster?.perform(sent)) this.perform(sent);
    }
  }

  /** A client of another node counts as alive, since that node detects whether it is silent. */
  #lastAliveMs(id: ConnectionId, nowMs: number): number {
    if (this.cluster?.isRemote(id)) return nowMs;
    const connection = this.connections.get(id);
    assert(connection !== undefined, "a room asks for a connection that is over");
    return connection.liveness.lastAliveMs(nowMs);
  }

  #onInterval(connection: ClientConnection): void {
    if (connection.turnAccount) this.#sendIce(connection);
    const reason = connection.onInterval(this.now());
    if (reason) this.#close(connection, reason);
  }

  #sendIce(connection: ClientConnection): void {
    const ice = this.context.renewAccount(connection);
    if (ice) this.#send(connection, { type: "heartbeat", ice });
  }

  #probe(connection: ClientConnection): void {
    if (!connection.liveness.startProbe(this.now())) return;
    // The deadline of a client that must answer is earlier.
    this.#heartbeats.start(connection);
    this.#send(connection, { type: "heartbeat" });
  }

  #send(connection: ClientConnection, message: SignalingMessage): void {
    const reason = connection.send(message);
    if (reason) this.#close(connection, reason);
  }

  #close(connection: ClientConnection, reason: CloseReason): void {
    if (!this.connections.has(connection.id)) return;
    this.context.metrics.limitExceeded(reason.exceeded);
    connection.close(reason);
    this.#forget(connection, reason);
  }

  #forget(connection: ClientConnection, { code, reason }: CloseReason): void {
    const { metrics, shutdown } = this.context;
    this.connections.delete(connection.id);
    this.#heartbeats.stop(connection);
    this.#handshakes.stop(connection);
    metrics.connectionClosed(code);
    const isOurs = code !== CLOSE.BY_CLIENT.code && shutdown.phase === "OPEN";
    const fields = { ...fieldsOf(connection), code, reason };
    this.context.log.write(isOurs ? "info" : "debug", "closed", fields);
    this.#route(connection, { type: "gone", from: connection.id, nowMs: this.now() });
  }
}

function fieldsOf({ id: client, info: { key: group, address } }: ClientConnection) {
  return { client, group, ...(address && { address: address.prefix }) };
}
