import { asMemberId, asPairingId, type PairingId } from "../../../src/base/ids.ts";
import { SIGVER_SILENCE_MS, SPLIT_AFTER_MS } from "../../../src/base/sigver_limits.ts";
import { asConnectionId } from "../../../src/sigver/pairings.ts";
import { DEFAULT_LIMITS, type SigverLimits } from "../../../src/sigver/limits.ts";
import { Room } from "../../../src/sigver/room.ts";
import type { RoomOutput } from "../../../src/sigver/room.ts";
import { seededRandom } from "../../../src/testing/random.ts";

/** From this age on, others should see a member. */
export const OLD_MS = SPLIT_AFTER_MS + 1;

/** After this silence, a connection counts as dead. */
export const SILENT_MS = SIGVER_SILENCE_MS + 1;

/** Applies inputs to a room, and reads its state. */
export class Rig {
  readonly room: Room;
  readonly favored = new Set<number>();
  nowMs = 0;
  readonly #heard = new Map<number, number>();

  constructor(seed = 1, limits: SigverLimits = DEFAULT_LIMITS) {
    this.room = new Room(
      seededRandom(seed),
      (connection) => this.#heard.get(connection) ?? NaN,
      limits,
    );
  }

  /** A peer sends something, such as a heartbeat. */
  beat(peer: number): this {
    this.#heard.set(peer, this.nowMs);
    return this;
  }

  connect(peer: number, members: readonly number[] = [], id = peer): readonly RoomOutput[] {
    this.beat(peer);
    return this.room.step({
      type: "connect",
      from: asConnectionId(peer),
      favored: this.favored.has(peer),
      id: asMemberId(id),
      members,
      nowMs: this.nowMs,
    });
  }

  /** Makes peers members that list each other. */
  group(...peers: number[]): this {
    for (const peer of peers) this.connect(peer, peers);
    return this;
  }

  content(peer: number, recipient?: PairingId, last = false): readonly RoomOutput[] {
    this.beat(peer);
    const data = Uint8Array.of(peer);
    const { nowMs } = this;
    const from = asConnectionId(peer);
    return this.room.step({ type: "content", from, recipient, last, data, nowMs });
  }

  gone(peer: number): readonly RoomOutput[] {
    return this.room.step({
      type: "gone",
      from: asConnectionId(peer),
      nowMs: this.nowMs,
    });
  }

  /** The member and the pairing of a newcomer, as its first signal shows. */
  partner(newcomer: number): { readonly member: number; readonly pairing: PairingId } {
    const [output] = this.content(newcomer);
    if (output?.type !== "send" || output.message.type !== "content") throw new Error("unpaired");
    return { member: output.to, pairing: output.message.sender ?? asPairingId(0) };
  }
}

/** Formats one line per output, without probes, which keepalive_test.ts tests. */
export function lines(outputs: readonly RoomOutput[]): string[] {
  return outputs.flatMap((output) => {
    if (output.type === "probe") return [];
    if (output.type === "close") return `${output.to}: close ${output.code}`;
    const { message } = output;
    if (message.type === "connected") return `${output.to}: ${message.connected}`;
    if (message.type !== "content") return `${output.to}: ${message.type}`;
    const way = message.sender === undefined ? "from member" : "from newcomer";
    return `${output.to}: ${way} ${message.data?.join() ?? "gone"}${message.last ? " last" : ""}`;
  });
}
