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

import { assert } from "../base/assert.ts";
import { asMemberId, isId } from "../base/ids.ts";
import type { Random } from "../base/ids.ts";
import { KEY_LENGTH_MAX, SIGNALING_HEARTBEAT_MS } from "../base/limits.ts";
import { Mailbox } from "../machine/mailbox.ts";
import type { Clock, Log } from "../platform/platform.ts";
import { webPlatform } from "../platform/web.ts";
import type { Channel } from "../transport/channel.ts";
import type { Admission } from "../transport/transport.ts";
import { SigverClose } from "../wire/close_codes.ts";
import type { SignalingMessage } from "../wire/signaling.ts";
import { Counts, expose } from "./counts.ts";
import { Heartbeats } from "./heartbeats.ts";
import { asSessionId, type SessionId } from "./pairings.ts";
import { Room, type RoomEffect, type RoomEvent } from "./room.ts";
import { type Address, badMessage, Session, type Verdict } from "./session.ts";

/**
 * What a server needs of the machine around it.
 *
 * @internal
 */
export interface SigverWorld {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/**
 * How much a server has to do at one moment, as `load` of a {@linkcode Sigver} tells it.
 *
 * @example
 * ```ts
 * import { Sigver, type SigverLoad } from "@netflux/netflux/sigver";
 *
 * const sigver = new Sigver();
 * const load: SigverLoad = sigver.load;
 * if (load.sessions !== 0) throw new Error("Nobody is connected yet");
 * ```
 */
export interface SigverLoad {
  /** Groups that somebody asked for. */
  readonly rooms: number;
  /** Open connections. */
  readonly sessions: number;
}

type ServerEvent =
  | { readonly type: "received"; readonly session: Session; readonly frame: Uint8Array }
  | { readonly type: "beat"; readonly session: Session }
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
  readonly #mailbox: Mailbox<ServerEvent>;
  readonly #heartbeats: Heartbeats<Session>;
  readonly #rooms = new Map<string, Room>();
  readonly #sessions = new Map<SessionId, Session>();
  readonly #counts = new Counts();
  #closed = false;

  /** A server that nobody is connected to yet. */
  constructor();
  /**
   * A server in a world of its own, for tests, and for programs with a log.
   *
   * @param world Time, chance and log.
   * @ignore
   * @internal
   */
  constructor(world: SigverWorld);
  constructor(world: SigverWorld = webPlatform({ note: ignore })) {
    this.#world = world;
    this.#mailbox = new Mailbox(
      (event) => this.#handle(event),
      (error) => world.log.report(error),
    );
    this.#heartbeats = new Heartbeats(
      world.clock,
      SIGNALING_HEARTBEAT_MS,
      (session) => this.#mailbox.post({ type: "beat", session }),
    );
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
   * Lets everyone in: what is wrong with a URL is told by a close code, as clients expect it.
   *
   * The group's key is the path without its first slash, percent signs and all.
   *
   * @ignore
   * @internal
   */
  admit(url: URL): Admission {
    const key = url.pathname.slice(1);
    if (key.length < 1 || key.length > KEY_LENGTH_MAX) {
      return turnAway(SigverClose.KEY, `a key has 1 to ${KEY_LENGTH_MAX} characters`);
    }
    const address = { key, favored: url.searchParams.has("favored") };
    return { type: "admit", take: (channel) => this.#take(channel, address) };
  }

  /**
   * {@linkcode Sigver.admit} for a URL that may be none.
   *
   * @ignore
   * @internal
   */
  admitAddress(address: string): Admission {
    return URL.canParse(address)
      ? this.admit(new URL(address))
      : turnAway(SigverClose.URL, "the URL is not one");
  }

  /**
   * Ends all connections, with the close code 1001 (RFC 6455 section 7.4.1), and takes no more. The
   * server that its handler is part of goes on, and has to be ended besides.
   */
  close(): void {
    this.#closed = true;
    this.#mailbox.post({ type: "stop" });
  }

  #take(channel: Channel, address: Address): void {
    if (this.#closed) return end(channel, GOING_AWAY);
    const nowMs = this.#world.clock.now();
    const id = asSessionId(++this.#counts.connectionsOpened);
    const session = new Session(id, address, channel, this.#counts, nowMs);
    this.#sessions.set(session.id, session);
    this.#heartbeats.start(session);
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
        return this.#tell(session, { ...message, from });
      case "connect": {
        const { id, members } = message;
        if (!isId(id)) return this.#end(session, badMessage("0 is nobody's id"));
        const { favored } = session.address;
        const nowMs = this.#world.clock.now();
        const connect = { from, favored, id: asMemberId(id), members, nowMs };
        return this.#tell(session, { type: "connect", ...connect });
      }
    }
  }

  /** Has the room decide, if there is one; a peer that asks makes it. */
  #tell({ address: { key } }: Session, event: RoomEvent): void {
    let room = this.#rooms.get(key);
    if (room === undefined) {
      if (event.type !== "connect") return;
      room = new Room(this.#world.random, (id) => this.#heardMs(id));
      this.#rooms.set(key, room);
    }
    const effects = room.step(event);
    if (room.empty) this.#rooms.delete(key);
    for (const effect of effects) this.#perform(effect);
  }

  #heardMs(id: SessionId): number {
    const session = this.#sessions.get(id);
    assert(session, "a room asks for a connection that is over");
    return session.heardMs;
  }

  #perform(effect: RoomEffect): void {
    const session = this.#sessions.get(effect.to);
    // An effect before this one may have ended it.
    if (session === undefined) return;
    if (effect.type === "send") return this.#judge(session, session.send(effect.message));
    this.#end(session, { type: "verdict", code: effect.code, reason: effect.reason });
  }

  #judge(session: Session, verdict: Verdict | undefined): void {
    if (verdict) this.#end(session, verdict);
  }

  #end(session: Session, { code, reason }: Verdict): void {
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

function turnAway(code: number, reason: string): Admission {
  return { type: "admit", take: (channel) => end(channel, { type: "verdict", code, reason }) };
}

function end(channel: Channel, { code, reason }: Verdict): void {
  channel.listen({ received: ignore, drained: ignore, closed: ignore });
  channel.close(code, reason);
}

function ignore(): void {}
