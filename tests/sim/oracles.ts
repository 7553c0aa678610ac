// Checks the guarantees of docs/GUARANTEES.md at each event of a simulated group.

import { ProtocolError } from "../../src/base/errors.ts";
import { WebGroupState } from "../../src/group/state.ts";
import { decodeEnvelope, Service } from "../../src/wire/envelope.ts";
import { decodeSessionFrame } from "../../src/wire/session_frame.ts";
import { labelOf } from "./messages.ts";
import { membersOf, type SeenEvent, type SimPeer } from "./sim_network.ts";

/** Checks G2, G4 and G8 with each event of a program. */
export class Safety {
  readonly #here = new Map<SimPeer, Set<number>>();
  /** Includes messages of members that left and returned. */
  readonly #received = new Map<SimPeer, Set<number>>();
  readonly #sent = new Map<number, number>();
  /** Events and messages of untrusted peers prove nothing. */
  readonly excused = new Set<SimPeer>();
  readonly #excusedIds = new Set<number>();
  readonly #left = new Set<SimPeer>();
  delivered = 0;

  sending(sender: number, number: number): void {
    this.#sent.set(number, sender);
  }

  /** From now on, messages of this member may be arbitrary. */
  excuse(peer: SimPeer): void {
    this.excused.add(peer);
    this.#excusedIds.add(peer.group.myId);
  }

  isExcused(peer: SimPeer, id: number): boolean {
    return this.excused.has(peer) || this.#excusedIds.has(id);
  }

  /** Whether messages in the name of an id prove nothing. */
  isExcusedId(id: number): boolean {
    return this.#excusedIds.has(id);
  }

  sees(peer: SimPeer, id: number): boolean {
    return this.#here.get(peer)?.has(id) === true;
  }

  /** Throws when an event violates safety. */
  judge(peer: SimPeer, [kind, id, data]: SeenEvent): void {
    if (this.excused.has(peer)) {
      if (kind === "myId") this.#excusedIds.add(id);
      return;
    }
    if (kind === "state" && id !== WebGroupState.LEFT && this.#left.has(peer)) {
      throw new Error(`G8: ${peer.name} rejoins although it left`);
    }
    if (kind === "error") return this.#judgeError(peer, data);
    const here = this.#here.get(peer) ?? new Set<number>();
    this.#here.set(peer, here);
    const fail = (guarantee: string, what: string): never => {
      throw new Error(`${guarantee}: ${peer.name} sees ${what} of ${id}`);
    };
    if (kind === "join") {
      if (here.has(id)) fail("G8", "a second join");
      here.add(id);
    } else if (kind === "leave") {
      if (!here.delete(id)) fail("G8", "a leave without a join");
    } else if (kind === "message" && !this.#excusedIds.has(id)) {
      if (!here.has(id)) fail("G8", "a message without a join");
      const label = labelOf(data) ?? fail("G2", "a message without a sender");
      if (label.sender !== id) fail("G2", `a message of ${label.sender} in the name`);
      if (this.#sent.get(label.number) !== id) fail("G2", "a message that it did not send");
      const received = this.#received.get(peer) ?? new Set<number>();
      if (received.has(label.number)) fail("G2", "a duplicate message");
      this.#received.set(peer, received.add(label.number));
      this.delivered++;
    }
  }

  /** No error calls a member unreachable while it has a channel to this one. */
  #judgeError({ name, group }: SimPeer, message: string): void {
    const [, id] = /^Cannot reach member (\d+):/.exec(message) ?? [];
    if (id === undefined || !group.neighbors.includes(Number(id))) return;
    throw new Error(`G14: ${name} has a channel, but gets the error: ${message}`);
  }

  /** Only a group that was not left rejoins by itself. */
  called(peer: SimPeer, what: "join" | "leave"): void {
    if (what === "leave") this.#left.add(peer);
    else this.#left.delete(peer);
  }
}

/** G10: no frame passes the same machine again and again. */
export class Relays {
  /** The machine that sent a frame first, and how often: a link that stalls delivers all copies. */
  readonly #sent = new Map<string, { readonly origin: string; copies: number }>();
  #seen = new Map<string, { at: number; times: number }>();
  #since = 0;
  /** Whether a sender may repeat frames. */
  readonly #isExcused: (id: number) => boolean;

  constructor(isExcused: (id: number) => boolean) {
    this.#isExcused = isExcused;
  }

  watch(from: string, frame: Uint8Array, now: number): void {
    const envelope = readEnvelope(frame);
    if (envelope?.service !== Service.SESSION) return;
    if (now - this.#since > RELAYS_WITHIN_MS) [this.#seen, this.#since] = [new Map(), now];
    const { sender, recipient, content } = envelope;
    if (sender !== undefined && this.#isExcused(sender)) return;
    const name = `${sender} ${recipient} ${content.length} ${content.subarray(0, 32).join()}`;
    const sent = this.#sent.get(name) ?? { origin: from, copies: 0 };
    this.#sent.set(name, sent);
    if (from === sent.origin) sent.copies++;
    const passage = `${from} ${name}`;
    const passed = this.#seen.get(passage) ?? { at: -Infinity, times: 0 };
    this.#seen.set(passage, passed);
    // Delayed frames arrive at once, and lost ones are retransmitted, but not this often.
    if (now - passed.at > AT_ONCE_MS) passed.times++;
    passed.at = now;
    const timesMax = from === sent.origin ? RELAYS_MAX : Math.max(RELAYS_MAX, sent.copies);
    // Frames without chunks are repeated as replies.
    if (passed.times > timesMax && !isEmpty(content)) {
      throw new Error(`G10: ${from} relays a frame of ${sender} for ${recipient} in a loop`);
    }
  }
}

/** Whether a session frame carries no data. */
function isEmpty(content: Uint8Array): boolean {
  try {
    return decodeSessionFrame(content).chunks.length === 0;
  } catch (error) {
    if (error instanceof ProtocolError) return false;
    throw error;
  }
}

/** A circling frame passes a machine every 100 ms. */
const RELAYS_WITHIN_MS = 2_000;
const RELAYS_MAX = 8;
const AT_ONCE_MS = 5;

/** G11: no peer dials the same server again and again. */
export class Calls {
  readonly #latest = new Map<string, number[]>();

  dialed(from: string, host: string, now: number): void {
    const name = `${from} ${host}`;
    const latest = (this.#latest.get(name) ?? []).filter((at) => now - at < CALLS_WITHIN_MS);
    this.#latest.set(name, [...latest, now]);
    if (latest.length >= CALLS_MAX) {
      throw new Error(`G11: ${from} dials ${host} ${CALLS_MAX} times in ${CALLS_WITHIN_MS} ms`);
    }
  }
}

/** A page that leaves and returns dials at once, each time. */
const CALLS_MAX = 16;
const CALLS_WITHIN_MS = 10_000;

/** Returns `undefined` for a frame without an envelope. */
export function readEnvelope(frame: Uint8Array): ReturnType<typeof decodeEnvelope> | undefined {
  try {
    return decodeEnvelope(frame);
  } catch (error) {
    if (error instanceof ProtocolError) return undefined;
    throw error;
  }
}

/** Returns how the member lists differ; `undefined` if all agree. */
export function disagreement(everyone: readonly SimPeer[]): string | undefined {
  const ids = everyone.map(({ group }) => group.myId).sort((a, b) => a - b);
  for (const one of everyone) {
    if (one.group.state !== WebGroupState.JOINED) {
      return `${one.name} is ${one.group.state === WebGroupState.LEFT ? "LEFT" : "JOINING"}`;
    }
    const members = membersOf(one);
    if (members.join() !== ids.join()) {
      return `${one.name} sees ${members.length} of ${ids.length} members`;
    }
    // It lists others, but has no channel: it does not know yet whether they will meet again.
    if (ids.length > 1 && one.group.neighbors.length === 0) {
      return `${one.name} has a channel to none of ${ids.length - 1} members`;
    }
  }
  return undefined;
}
