/**
 * Sigver, the signaling server: introduces newcomers to a member of their group, and nothing more.
 *
 * ```text
 *   channel ──▶ Session: bytes, heartbeats ──▶ Room: one per key, decides ──▶ effects ──▶ Sessions
 * ```
 *
 * What it knows it learns from clients that check in, so a restart costs them a reconnect.
 *
 * @module
 */

import { asMemberId, isId } from "../base/ids.ts";
import { SIGNALING_HEARTBEAT_MS } from "../base/limits.ts";
import { Mailbox } from "../machine/mailbox.ts";
import { consoleLog } from "../platform/log.ts";
import { webPlatform } from "../platform/web.ts";
import type { Channel } from "../transport/channel.ts";
import type { Admission } from "../transport/transport.ts";
import { SigverClose } from "../wire/close_codes.ts";
import type { SignalingMessage } from "../wire/signaling.ts";
import { Counts, expose } from "./counts.ts";
import { Entrance, turnAway, type Visit } from "./entrance.ts";
import { Heartbeats } from "./heartbeats.ts";
import type { Excess } from "./limits.ts";
import { settingsOf, type SigverOptions } from "./options.ts";
import { asSessionId, type SessionId } from "./pairings.ts";
import type { RoomEffect, RoomEvent } from "./room_event.ts";
import { Rooms } from "./rooms.ts";
import {
  badMessage,
  rulesOf,
  type Seat,
  Session,
  type SessionRules,
  type Verdict,
} from "./session.ts";
import type { SigverLoad, SigverWorld } from "./world.ts";

type ServerEvent =
  | { readonly type: "received"; readonly session: Session; readonly frame: Uint8Array }
  | { readonly type: "beat"; readonly session: Session }
  | { readonly type: "late"; readonly session: Session }
  | { readonly type: "closed"; readonly session: Session }
  | { readonly type: "stop" };

/**
 * A signaling server: introduces newcomers to a member of their group, and no more. Any number of
 * them live in one process without knowing of each other.
 *
 * It does not listen by itself; {@linkcode createHandler} makes a request handler of it. It keeps
 * nothing that its clients do not tell it again: when it is restarted, they reconnect.
 *
 * @example
 * ```ts
 * import { createHandler, Sigver } from "@netflux/netflux/sigver";
 *
 * const sigver = new Sigver();
 * const server = Deno.serve({ port: 0 }, createHandler(sigver));
 * console.log(`${sigver.load.sessions} clients`);
 *
 * sigver.close();
 * await server.shutdown();
 * ```
 */
export class Sigver {
  readonly #world: SigverWorld;
  readonly #rules: SessionRules;
  readonly #entrance: Entrance;
  readonly #mailbox: Mailbox<ServerEvent>;
  readonly #heartbeats: Heartbeats<Session>;
  /** Those who did not say yet which member they are. */
  readonly #handshakes: Heartbeats<Session>;
  readonly #rooms: Rooms;
  readonly #sessions = new Map<SessionId, Session>();
  readonly #counts = new Counts();
  #closed = false;

  /**
   * A server that nobody is connected to yet.
   *
   * @param options Who may come in, and how much they may do; everybody, within the limits of
   * docs/SIGVER.md, unless told.
   * @throws {TypeError | RangeError} An option is not what is expected.
   */
  constructor(options?: SigverOptions);
  /**
   * A server in a world of its own, for tests, and for programs with a log.
   *
   * @param options Who may come in, and how much they may do.
   * @param world Time, chance and log.
   * @ignore
   * @internal
   */
  constructor(options: SigverOptions, world: SigverWorld);
  constructor(options: SigverOptions = {}, world: SigverWorld = webPlatform(consoleLog)) {
    const settings = settingsOf(options);
    this.#world = world;
    this.#rules = rulesOf(settings.limits, this.#counts);
    this.#rooms = new Rooms(
      world.random,
      (id) => this.#sessions.get(id)?.heardMs,
      settings.limits,
    );
    this.#entrance = new Entrance(
      settings,
      this.#counts,
      world,
      (channel, seat) => this.#take(channel, seat),
    );
    this.#mailbox = new Mailbox(
      (event) => this.#handle(event),
      (error) => world.log.report(error),
    );
    const heartbeats = (intervalMs: number, type: "beat" | "late") =>
      new Heartbeats<Session>(
        world.clock,
        intervalMs,
        (session) => this.#mailbox.post({ type, session }),
      );
    this.#heartbeats = heartbeats(SIGNALING_HEARTBEAT_MS, "beat");
    this.#handshakes = heartbeats(settings.limits.handshakeMs, "late");
  }

  /** How much there is to do at the moment. */
  get load(): SigverLoad {
    return { rooms: this.#rooms.size, sessions: this.#sessions.size };
  }

  /** Whether new clients are welcome: until it is closed. */
  get ready(): boolean {
    return !this.#closed;
  }

  /**
   * What it has done since it was made, and has to do now, for Prometheus (text format 0.0.4); in
   * it are no keys and no addresses.
   */
  metrics(): string {
    return expose(this.#counts, this.load);
  }

  /**
   * Decides who comes in, by the URL alone.
   *
   * The group's key is the path without its first slash, percent signs and all.
   *
   * @ignore
   * @internal
   */
  admit(url: URL): Admission {
    return this.#entrance.admit({ url: url.href });
  }

  /**
   * Decides who comes in, by all that a request tells, and by whom else has to be asked.
   *
   * @ignore
   * @internal
   */
  ask(visit: Visit): Admission | Promise<Admission> {
    return this.#entrance.ask(visit);
  }

  /**
   * What is remembered of those who came: nothing, some time after all went.
   *
   * @ignore
   * @internal
   */
  get held(): { readonly sockets: number; readonly households: number } {
    return this.#entrance.held;
  }

  /**
   * Ends all connections, with the close code 1001 (RFC 6455 section 7.4.1), and takes no more. The
   * server that its handler is part of goes on, and has to be ended besides.
   */
  close(): void {
    this.#closed = true;
    this.#mailbox.post({ type: "stop" });
  }

  #take(channel: Channel, seat: Seat): void {
    if (this.#closed) return turnAway(channel, GOING_AWAY);
    const nowMs = this.#world.clock.now();
    const id = asSessionId(++this.#counts.connectionsOpened);
    const session = new Session(id, seat, channel, this.#rules, nowMs);
    this.#sessions.set(session.id, session);
    this.#heartbeats.start(session);
    this.#handshakes.start(session);
    this.#note(session, "came");
    channel.listen({
      received: (frame) => this.#mailbox.post({ type: "received", session, frame }),
      drained: ignore,
      closed: () => this.#mailbox.post({ type: "closed", session }),
    });
  }

  #handle(event: ServerEvent): void {
    if (event.type === "stop") return this.#endAll();
    const { session } = event;
    // A channel that is closing may still tell of frames, and always of its end.
    if (!this.#sessions.has(session.id)) return;
    switch (event.type) {
      case "received":
        return this.#read(session, session.read(event.frame, this.#world.clock.now()));
      case "beat":
        return this.#judge(session, session.beat());
      case "late":
        return this.#end(session, LATE);
      case "closed":
        return this.#forget(session, BY_ITSELF);
    }
  }

  #read(session: Session, message: SignalingMessage | Verdict): void {
    const from = session.id;
    switch (message.type) {
      case "verdict":
        return this.#end(session, message);
      case "content":
        return this.#tell(session, { ...message, from, nowMs: session.heardMs });
      case "connect": {
        const { id, members } = message;
        if (!isId(id)) return this.#end(session, badMessage("0 is nobody's id"));
        this.#handshakes.stop(session);
        const { favored } = session.seat;
        const connect = { from, favored, id: asMemberId(id), members, nowMs: session.heardMs };
        return this.#tell(session, { type: "connect", ...connect });
      }
    }
  }

  #tell({ seat: { key } }: Session, event: RoomEvent): void {
    for (const effect of this.#rooms.step(key, event)) this.#perform(effect);
  }

  #perform(effect: RoomEffect): void {
    const session = this.#sessions.get(effect.to);
    // An effect before this one may have ended it.
    if (session === undefined) return;
    if (effect.type === "send") {
      this.#count(effect.excess);
      return this.#judge(session, session.send(effect.message));
    }
    this.#end(session, { ...effect, type: "verdict" });
  }

  #judge(session: Session, verdict: Verdict | undefined): void {
    if (verdict) this.#end(session, verdict);
  }

  #count(excess: Excess | undefined): void {
    if (excess !== undefined) this.#counts.exceeded[excess]++;
  }

  #end(session: Session, { code, reason, excess }: Verdict): void {
    this.#count(excess);
    this.#note(session, `is sent away: ${code} ${reason}`);
    session.close(code, reason);
    this.#forget(session, code);
  }

  #endAll(): void {
    for (const session of [...this.#sessions.values()]) this.#end(session, GOING_AWAY);
  }

  #forget(session: Session, code: number): void {
    this.#sessions.delete(session.id);
    this.#counts.closed(code);
    this.#heartbeats.stop(session);
    this.#handshakes.stop(session);
    this.#note(session, "went");
    this.#tell(session, { type: "gone", from: session.id });
  }

  #note(session: Session, text: string): void {
    this.#world.log.note("signaling", `Client ${session.id} ${text}`);
  }
}

/** In place of a close code: the client ended the connection, or it broke. */
const BY_ITSELF = 0;

/** Going away (RFC 6455 section 7.4.1). */
const GOING_AWAY: Verdict = { type: "verdict", code: 1001, reason: "the server stops" };

/** No client is without a group for so long. */
const LATE: Verdict = {
  type: "verdict",
  code: SigverClose.HANDSHAKE,
  reason: "no connect came in time",
  excess: "handshake",
};

function ignore(): void {}
