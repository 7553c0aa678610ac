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
import { KEY_LENGTH_MAX, SIGNALING_HEARTBEAT_MS } from "../base/limits.ts";
import { Mailbox } from "../machine/mailbox.ts";
import { webPlatform } from "../platform/web.ts";
import type { Channel } from "../transport/channel.ts";
import type { Admission } from "../transport/transport.ts";
import { SigverClose } from "../wire/close_codes.ts";
import type { SignalingMessage } from "../wire/signaling.ts";
import { Counts, expose } from "./counts.ts";
import {
  BY_ITSELF,
  end,
  type Ending,
  GOING_AWAY,
  RESTART,
  turnAway,
  UNAVAILABLE,
} from "./endings.ts";
import { Heartbeats } from "./heartbeats.ts";
import { type Connect, deskOf, type IceDesk, type Minted } from "./ice.ts";
import { Journal } from "./log.ts";
import type { SigverOptions } from "./options.ts";
import { asSessionId, type SessionId } from "./pairings.ts";
import type { RoomEffect, RoomEvent } from "./room.ts";
import { Rooms } from "./rooms.ts";
import { type Address, badMessage, Session, type Verdict } from "./session.ts";
import { spread } from "./spread.ts";
import type { SigverLoad, SigverWorld } from "./world.ts";

type ServerEvent =
  | { readonly type: "received"; readonly session: Session; readonly frame: Uint8Array }
  | { readonly type: "beat"; readonly session: Session }
  | Minted<Session>
  | { readonly type: "closed"; readonly session: Session }
  | { readonly type: "dismissed"; readonly session: Session }
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
  readonly #journal: Journal;
  readonly #mailbox: Mailbox<ServerEvent>;
  readonly #heartbeats: Heartbeats<Session>;
  readonly #rooms: Rooms;
  readonly #sessions = new Map<SessionId, Session>();
  readonly #counts = new Counts();
  /** What hands out ICE servers; `undefined`: there are none. */
  readonly #ice: IceDesk<Session> | undefined;
  #phase: "OPEN" | "DRAINING" | "CLOSED" = "OPEN";
  #endDrain = ignore;
  /** Channels that are open, or closing; who waits for the end of the last. */
  #channels = 0;
  #lastClosed = ignore;

  /**
   * A server that nobody is connected to yet.
   *
   * @param options What differs from the defaults.
   * @throws {TypeError | RangeError} An option is not what is expected.
   */
  constructor(options?: SigverOptions);
  /**
   * A server in a world of its own.
   *
   * @ignore
   * @internal
   */
  constructor(options: SigverOptions, world: SigverWorld);
  constructor(options: SigverOptions = {}, world: SigverWorld = webPlatform({ note: ignore })) {
    this.#world = world;
    this.#journal = new Journal(options, world.random);
    this.#mailbox = new Mailbox(
      (event) => this.#handle(event),
      (error) => world.log.report(error),
    );
    this.#ice = deskOf(options.ice, world, (minted) => this.#mailbox.post(minted));
    this.#rooms = new Rooms(world.random, (id) => this.#sessions.get(id)?.heardMs);
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

  /** Whether new clients are welcome: until it is drained or closed. */
  get ready(): boolean {
    return this.#phase === "OPEN";
  }

  /** What it has done, and has to do now, for Prometheus (text format 0.0.4): no keys in it. */
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
    if (this.#phase === "DRAINING") return UNAVAILABLE;
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
    this.#phase = "CLOSED";
    this.#endDrain();
    this.#mailbox.post({ type: "stop" });
  }

  /**
   * Ends all connections one after the other, so that their clients do not look for another server
   * in one instant, with the close code 1012 (service restart); then it is closed. Who asks to come
   * in meanwhile is answered with 503.
   *
   * @param durationMs How long it may take.
   * @returns Settles when the last client is gone, who may take 2 s to answer.
   *
   * @example
   * ```ts
   * import { Sigver } from "@netflux/netflux/sigver";
   *
   * const sigver = new Sigver();
   * await sigver.drain(2_000);
   * if (sigver.ready) throw new Error("It takes no more");
   * ```
   */
  async drain(durationMs: number): Promise<void> {
    if (this.#phase !== "OPEN") return;
    this.#phase = "DRAINING";
    const all = [...this.#sessions.values()];
    this.#journal.tell("info", "draining", { clients: all.length, seconds: durationMs / 1000 });
    const dismiss = (session: Session) => this.#mailbox.post({ type: "dismissed", session });
    const { over, callOff } = spread(this.#world.clock, all, durationMs, dismiss);
    this.#endDrain = callOff;
    await over;
    this.close();
    if (this.#channels > 0) await new Promise<void>((resolve) => this.#lastClosed = resolve);
  }

  #take(channel: Channel, address: Address): void {
    if (this.#phase === "CLOSED") return end(channel, GOING_AWAY);
    if (this.#phase === "DRAINING") return end(channel, RESTART);
    const nowMs = this.#world.clock.now();
    const id = asSessionId(++this.#counts.connectionsOpened);
    const session = new Session(id, address, channel, this.#counts, nowMs);
    this.#sessions.set(session.id, session);
    this.#heartbeats.start(session);
    this.#journal.tell("debug", "opened", { client: id, group: address.key });
    this.#channels++;
    channel.listen({
      received: (frame) => this.#mailbox.post({ type: "received", session, frame }),
      drained: ignore,
      closed: () => {
        this.#mailbox.post({ type: "closed", session });
        if (--this.#channels === 0) this.#lastClosed();
      },
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
        this.#ice?.renew(session);
        return this.#judge(session, session.beat());
      case "dismissed":
        return this.#end(session, RESTART);
      case "minted": {
        const verdict = event.ice && session.send({ type: "heartbeat", ice: event.ice });
        if (verdict) return this.#end(session, verdict);
        return event.connect && this.#connect(session, event.connect);
      }
      case "closed":
        return this.#forget(session, BY_ITSELF);
    }
  }

  #read(session: Session, message: SignalingMessage | Verdict): void {
    switch (message.type) {
      case "verdict":
        return this.#end(session, message);
      case "content":
        return this.#tell(session, { ...message, from: session.id });
      case "connect":
        if (this.#ice?.holds(session, message)) return;
        return this.#connect(session, message);
    }
  }

  #connect(session: Session, { id, members }: Connect): void {
    if (!isId(id)) return this.#end(session, badMessage("0 is nobody's id"));
    const { favored } = session.address;
    const nowMs = this.#world.clock.now();
    const connect = { from: session.id, favored, id: asMemberId(id), members, nowMs };
    this.#tell(session, { type: "connect", ...connect });
  }

  #tell({ address: { key } }: Session, event: RoomEvent): void {
    for (const effect of this.#rooms.step(key, event)) this.#perform(effect);
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

  #end(session: Session, verdict: Verdict): void {
    session.close(verdict.code, verdict.reason);
    this.#forget(session, verdict);
  }

  #endAll(): void {
    for (const session of [...this.#sessions.values()]) this.#end(session, GOING_AWAY);
  }

  #forget(session: Session, { code, reason }: Ending): void {
    this.#sessions.delete(session.id);
    this.#ice?.forget(session);
    this.#counts.closed(code);
    this.#heartbeats.stop(session);
    const { id: client, address: { key: group } } = session;
    const isOurs = code !== BY_ITSELF.code && this.#phase === "OPEN";
    this.#journal.tell(isOurs ? "info" : "debug", "closed", { client, group, code, reason });
    this.#tell(session, { type: "gone", from: session.id });
  }
}

function ignore(): void {}
