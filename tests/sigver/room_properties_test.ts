import { expect } from "expect";
import { fc } from "../support/fast_check.ts";
import { asMemberId, asPairingId } from "../../src/base/ids.ts";
import { SIGVER_SILENCE_MS } from "../../src/base/sigver_limits.ts";
import { asConnectionId } from "../../src/sigver/pairings.ts";
import { DEFAULT_LIMITS } from "../../src/sigver/limits.ts";
import { Room } from "../../src/sigver/room.ts";
import type { RoomInput, RoomOutput } from "../../src/sigver/room.ts";
import { seededRandom } from "../../src/testing/random.ts";

const PEERS = 6;

const peer = fc.integer({ min: 1, max: PEERS });

/** The recipient is a former pairing, or arbitrary. */
type Command =
  | { type: "connect"; from: number; id: number; members: number[]; favored: boolean }
  | { type: "content"; from: number; recipient: number | undefined; last: boolean }
  | { type: "gone"; from: number }
  | { type: "wait"; ms: number };

type ClientCommand = Exclude<Command, { type: "wait" }>;

const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant("connect"),
      from: peer,
      id: peer,
      members: fc.array(peer, { maxLength: PEERS }),
      favored: fc.boolean(),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant("content"),
      from: peer,
      recipient: fc.option(fc.nat(1_000), { nil: undefined }),
      last: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("gone"), from: peer }) },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant("wait"),
      ms: fc.integer({ min: 0, max: 2 * SIGVER_SILENCE_MS }),
    }),
  },
);

/** Runs commands against a room, and compares each answer with earlier ones. */
class Run {
  readonly room: Room;
  /** Known connections that have not ended. */
  readonly here = new Set<number>();
  /** Pairing ids with their sides, as far as signals have shown them. */
  readonly pairings = new Map<number, { newcomer: number; member: number }>();
  /** The last known pairing of each newcomer. */
  readonly current = new Map<number, number>();
  readonly #heard = new Map<number, number>();
  #nowMs = 0;

  constructor(seed: number) {
    const heardMs = (connection: number) => this.#heard.get(connection) ?? NaN;
    this.room = new Room(seededRandom(seed), heardMs, DEFAULT_LIMITS);
  }

  perform(command: Command): void {
    if (command.type === "wait") {
      this.#nowMs += command.ms;
      return;
    }
    const before = new Set(this.here);
    this.#heard.set(command.from, this.#nowMs);
    const event = this.#event(command);
    if (command.type === "connect") this.here.add(command.from);
    if (command.type === "gone") this.here.delete(command.from);
    const outputs = this.room.step(event);
    const expired =
      outputs.filter((output) => output.type === "send" && output.exceeded === "pairing_time")
        .length;
    for (const output of outputs) this.#check(command, output, before, expired > 0);
    this.#checkAnswer(command, outputs, expired);
    expect(this.room.empty).toBe(this.here.size === 0);
    expect(this.room.members.length).toBeLessThanOrEqual(this.here.size);
    expect(this.room.pairingCount).toBeLessThanOrEqual(this.here.size);
  }

  #event(command: ClientCommand): RoomInput {
    const from = asConnectionId(command.from);
    if (command.type === "gone") return { type: "gone", from, nowMs: this.#nowMs };
    if (command.type === "connect") {
      const { members, favored } = command;
      return {
        type: "connect",
        from,
        id: asMemberId(command.id),
        members,
        favored,
        nowMs: this.#nowMs,
      };
    }
    const seen = [...this.pairings.keys()];
    const { recipient, last } = command;
    const known = recipient === undefined ? undefined : seen[recipient % (seen.length + 1)];
    return {
      type: "content",
      from,
      recipient: recipient === undefined ? undefined : asPairingId(known ?? 5),
      last,
      data: Uint8Array.of(1),
      nowMs: this.#nowMs,
    };
  }

  #check(
    command: ClientCommand,
    output: RoomOutput,
    before: ReadonlySet<number>,
    expired: boolean,
  ): void {
    expect(before.has(output.to) || output.to === command.from).toBe(true);
    if (output.type === "close") {
      this.here.delete(output.to);
      expect(output.to).not.toBe(command.from);
      expect(this.#nowMs - (this.#heard.get(output.to) ?? NaN)).toBeGreaterThan(SIGVER_SILENCE_MS);
      return;
    }
    if (output.type === "probe") {
      expect(output.to).not.toBe(command.from);
      return;
    }
    const { message } = output;
    if (message.type !== "content") {
      expect(output.to).toBe(command.from);
      return;
    }
    const id = message.sender ?? message.recipient;
    if (id === undefined) throw new Error("A signal names no pairing");
    expect(id).toBeGreaterThan(0);
    expect(id).toBeLessThanOrEqual(0x7fff_ffff);
    if (message.data === undefined) {
      expect(command.type !== "content" || expired).toBe(true);
    } else {
      this.#see(id, command.from, output.to, message.sender !== undefined);
    }
  }

  /** A signal shows both sides of a pairing, which never change; a newcomer has one pairing. */
  #see(id: number, from: number, to: number, byNewcomer: boolean): void {
    const sides = byNewcomer ? { newcomer: from, member: to } : { newcomer: to, member: from };
    expect(sides.newcomer).not.toBe(sides.member);
    expect(this.pairings.get(id) ?? sides).toEqual(sides);
    this.pairings.set(id, sides);
    const current = this.current.get(sides.newcomer);
    if (byNewcomer) this.current.set(sides.newcomer, id);
    else if (current !== undefined) expect(id).toBe(current);
  }

  #checkAnswer(command: ClientCommand, outputs: readonly RoomOutput[], expired: number): void {
    const answers = outputs.filter((output) =>
      output.type === "send" && output.message.type === "connected"
    );
    expect(answers.length).toBe(command.type === "connect" ? 1 : 0);
    if (command.type === "connect") {
      this.current.delete(command.from);
      expect(outputs.filter((output) => output.type === "close").length).toBeLessThanOrEqual(1);
    }
    // Both sides of each expired pairing are told.
    if (command.type === "content") expect(outputs.length).toBeLessThanOrEqual(1 + 2 * expired);
  }
}

Deno.test("Room keeps its invariants in any sequence of events", () => {
  // A failing run prints its seed and path: `{ seed, path }` beside numRuns repeats it.
  fc.assert(
    fc.property(fc.nat(), fc.array(command, { maxLength: 60 }), (seed, commands) => {
      const run = new Run(seed);
      for (const each of commands) run.perform(each);
      for (let each = 1; each <= PEERS; each++) run.perform({ type: "gone", from: each });
      expect(run.room.empty).toBe(true);
      expect(run.room.pairingCount).toBe(0);
      expect(run.room.members).toEqual([]);
    }),
    { numRuns: 2_000 },
  );
});

Deno.test("Room keeps a member that is heard, whatever strangers send", () => {
  const stranger = fc.integer({ min: 2, max: PEERS });
  const turn = fc.oneof(
    fc.record({
      type: fc.constant("connect" as const),
      from: stranger,
      id: stranger,
      members: fc.array(stranger, { maxLength: PEERS }),
      favored: fc.boolean(),
    }),
    fc.record({ type: fc.constant("gone" as const), from: stranger }),
    fc.record({ type: fc.constant("wait" as const), ms: fc.nat(SIGVER_SILENCE_MS) }),
  );
  fc.assert(
    fc.property(fc.nat(), fc.array(turn, { maxLength: 60 }), (seed, turns) => {
      const run = new Run(seed);
      const ask: Command = { type: "connect", from: 1, id: 1, members: [], favored: false };
      run.perform(ask);
      for (const each of turns) {
        run.perform(each);
        if (each.type === "wait") run.perform(ask);
        expect([run.here.has(1), run.room.members.includes(asMemberId(1))]).toEqual([true, true]);
      }
    }),
    { numRuns: 1_000 },
  );
});

Deno.test("Room unites all clients that can reach each other into one group", () => {
  fc.assert(
    fc.property(fc.nat(), fc.integer({ min: 2, max: 8 }), (seed, parts) => {
      // Each member sees only itself and its twin, so parts can meet through pairings alone.
      const limit = new Room(seededRandom(seed), () => Infinity, DEFAULT_LIMITS);
      const part = new Map(Array.from({ length: 2 * parts }, (_, peer) => [peer + 1, peer >> 1]));
      const ask = (from: number, nowMs: number) => {
        const members = [...part].filter(([peer, it]) => it === part.get(from) && peer !== from)
          .map(([peer]) => peer);
        return limit.step({
          type: "connect",
          from: asConnectionId(from),
          favored: false,
          id: asMemberId(from),
          members,
          nowMs,
        });
      };
      // As after a restart of the server while every link between the parts is cut: all saw all
      // once.
      for (const from of part.keys()) {
        limit.step({
          type: "connect",
          from: asConnectionId(from),
          favored: false,
          id: asMemberId(from),
          members: [...part.keys()],
          nowMs: 0,
        });
      }
      for (let round = 1; round <= 2 * parts; round++) {
        for (const from of part.keys()) {
          ask(from, round * 10_000);
          const [signal] = limit.step({
            type: "content",
            from: asConnectionId(from),
            recipient: undefined,
            last: false,
            data: Uint8Array.of(1),
            nowMs: round * 10_000,
          });
          if (signal === undefined) continue;
          const [mine, theirs] = [part.get(from) ?? 0, part.get(signal.to) ?? 0];
          for (const [peer, it] of part) if (it === theirs) part.set(peer, mine);
        }
      }
      expect(new Set(part.values()).size).toBe(1);
    }),
    { numRuns: 200 },
  );
});
