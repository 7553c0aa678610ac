/**
 * The clients of a server: what they say is read, their group decides, and what it wants is done.
 *
 * ```text
 *   channel ──▶ Session: bytes, heartbeats ──▶ Room: one per key, decides ──▶ effects ──▶ Sessions
 * ```
 *
 * @module
 */

import { asMemberId, isId } from "../base/ids.ts";
import { Mailbox } from "../machine/mailbox.ts";
import type { Channel } from "../transport/channel.ts";
import type { SignalingMessage } from "../wire/signaling.ts";
import type { Closing } from "./closing.ts";
import type { Counts } from "./counts.ts";
import { BY_ITSELF, type Ending, GOING_AWAY, LATE, RESTART, turnAway } from "./endings.ts";
import { Groups } from "./groups.ts";
import { type Connect, deskOf, type IceDesk, type Minted } from "./ice_desk.ts";
import { Heartbeats } from "./heartbeats.ts";
import type { Excess } from "./limits.ts";
import type { Journal, LogLevel } from "./log.ts";
import type { Settings } from "./options.ts";
import { asSessionId, type SessionId } from "./pairings.ts";
import type { RoomEffect, RoomEvent } from "./room_event.ts";
import {
  badMessage,
  type News,
  rulesOf,
  type Seat,
  Session,
  type SessionRules,
  type Verdict,
} from "./session.ts";
import type { ClusterLoad, SigverLoad, SigverWorld } from "./world.ts";

type Happening =
  | News
  | { readonly type: "beat"; readonly session: Session }
  | { readonly type: "late"; readonly session: Session }
  | { readonly type: "dismissed"; readonly session: Session }
  | Minted<Session>
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
  readonly #rules: SessionRules;
  readonly #mailbox: Mailbox<Happening>;
  readonly #heartbeats: Heartbeats<Session>;
  /** Those who did not say yet which member they are. */
  readonly #handshakes: Heartbeats<Session>;
  readonly #groups: Groups;
  /** What hands out ICE servers; `undefined`: there are none. */
  readonly #ice: IceDesk<Session> | undefined;
  readonly #sessions = new Map<SessionId, Session>();
  #lastId = 0;

  /** Nobody is connected. */
  constructor(settings: Settings, world: SigverWorld, ports: ClientPorts) {
    const { clock, log } = world;
    const { limits } = settings;
    this.#world = world;
    this.#ports = ports;
    this.#rules = rulesOf(limits, { counts: ports.counts, told: (news) => this.#told(news) });
    this.#mailbox = new Mailbox((event) => this.#handle(event), (error) => log.report(error));
    const post = (type: "beat" | "late") => (session: Session) =>
      this.#mailbox.post({ type, session });
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
      aliveMs: (id, nowMs) => this.#sessions.get(id)?.pulse.aliveMs(nowMs),
      journal: ports.journal,
      perform: (effect) => this.#perform(effect),
    });
  }

  /** How much there is to do at the moment. */
  get load(): SigverLoad {
    return { rooms: this.#groups.size, sessions: this.#sessions.size };
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
  get all(): readonly Session[] {
    return [...this.#sessions.values()];
  }

  /** Sends one away who may come back, as the server stops. */
  dismiss(session: Session): void {
    this.#mailbox.post({ type: "dismissed", session });
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
    const session = new Session(this.#drawId(), seat, channel, this.#rules, nowMs);
    this.#sessions.set(session.id, session);
    this.#heartbeats.start(session);
    this.#handshakes.start(session);
    this.#tellOf(session, "debug", "opened");
    closing.channelOpened();
    session.listen();
  }

  #told(news: News): void {
    this.#mailbox.post(news);
    if (news.type === "closed") this.#ports.closing.channelClosed();
  }

  #handle(event: Happening): void {
    if (event.type === "stop") return this.#endAll();
    if (event.type === "turn") return event.turn();
    const { session } = event;
    // A channel that is closing may still tell of frames, and always of its end.
    if (!this.#sessions.has(session.id)) return;
    switch (event.type) {
      case "received":
        return this.#read(session, session.read(event.frame, this.#world.clock.now()));
      case "beat":
        this.#ice?.renew(session);
        return this.#judge(session, session.beat(this.#world.clock.now()));
      case "late":
        return this.#end(session, LATE);
      case "minted": {
        const verdict = event.ice && session.send({ type: "heartbeat", ice: event.ice });
        if (verdict) return this.#end(session, verdict);
        return event.connect && this.#connect(session, event.connect);
      }
      case "dismissed":
        return this.#end(session, RESTART);
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
        return this.#tell(session, { ...message, from, nowMs: session.pulse.heardMs });
      case "connect":
        this.#handshakes.stop(session);
        if (this.#ice?.holds(session, message)) return;
        return this.#connect(session, message);
    }
  }

  #connect(session: Session, { id, members }: Connect): void {
    if (!isId(id)) return this.#end(session, badMessage("0 is nobody's id"));
    const { id: from, seat: { favored }, pulse: { heardMs: nowMs } } = session;
    this.#tell(session, { type: "connect", from, favored, id: asMemberId(id), members, nowMs });
  }

  #tell({ id, seat }: Session, event: RoomEvent): void {
    this.#groups.tell(id, seat, event);
  }

  #drawId(): SessionId {
    return asSessionId(++this.#lastId);
  }

  #perform(effect: RoomEffect): void {
    const session = this.#sessions.get(effect.to);
    // An effect before this one may have ended it.
    if (session === undefined) return;
    if (effect.type === "send") {
      this.#count(effect.excess);
      this.#groups.told(session.id, effect.message);
      return this.#judge(session, session.send(effect.message));
    }
    if (effect.type === "ask") return this.#ask(session);
    this.#end(session, { ...effect, type: "verdict" });
  }

  #ask(session: Session): void {
    const nowMs = this.#world.clock.now();
    if (!session.pulse.mustBeAsked(nowMs)) return;
    // Who owes an answer is due sooner than one that is calm.
    this.#heartbeats.start(session);
    this.#judge(session, session.send({ type: "heartbeat" }));
  }

  #judge(session: Session, verdict: Verdict | undefined): void {
    if (verdict) this.#end(session, verdict);
  }

  #count(excess: Excess | undefined): void {
    if (excess !== undefined) this.#ports.counts.exceeded[excess]++;
  }

  #end(session: Session, verdict: Verdict): void {
    this.#count(verdict.excess);
    session.close(verdict.code, verdict.reason);
    this.#forget(session, verdict);
  }

  #endAll(): void {
    for (const session of this.all) this.#end(session, GOING_AWAY);
    this.#groups.close();
  }

  #forget(session: Session, ending: Ending): void {
    this.#sessions.delete(session.id);
    this.#ports.counts.closed(ending.code);
    this.#heartbeats.stop(session);
    this.#handshakes.stop(session);
    this.#ice?.forget(session);
    const isOurs = ending.code !== BY_ITSELF.code && this.#ports.closing.phase === "OPEN";
    this.#tellOf(session, isOurs ? "info" : "debug", "closed", ending);
    this.#tell(session, { type: "gone", from: session.id, nowMs: this.#world.clock.now() });
  }

  #tellOf({ id: client, seat }: Session, level: LogLevel, event: string, ending?: Ending): void {
    const { key: group, visitor } = seat;
    const address = visitor && { address: visitor.household };
    const end = ending && { code: ending.code, reason: ending.reason };
    this.#ports.journal.tell(level, event, { client, group, ...address, ...end });
  }
}
