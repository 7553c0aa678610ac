import { expect } from "expect";
import { fc } from "../support/fast_check.ts";
import { asMemberId, type MemberId } from "../../src/base/ids.ts";
import { HOP_LIMIT } from "../../src/base/limits.ts";
import { Neighbor } from "../../src/link/neighbor.ts";
import type { MeshState } from "../../src/topology/mesh_state.ts";
import { nextHop } from "../../src/topology/next_hop.ts";
import { Router } from "../../src/topology/router.ts";
import type { Channel } from "../../src/transport/channel.ts";
import { decodeEnvelope, encodeEnvelope, type Envelope, Service } from "../../src/wire/envelope.ts";
import { encodeMeshMessage } from "../../src/wire/mesh_message.ts";
import { mesh, type View } from "./mesh_view.ts";

function envelope(sender: number, recipient: number | "everyone", hopLimit?: number): Envelope {
  return {
    sender: sender === 0 ? undefined : asMemberId(sender),
    recipient: recipient === "everyone" ? recipient : asMemberId(recipient),
    service: 743,
    content: new Uint8Array(0),
    hopLimit: hopLimit,
  };
}

type Outcome = "deliver" | "drop" | { readonly to: number; readonly hopLimit: number | undefined };

/** The one thing that a router does with a frame that arrives from a neighbor. */
function received(mesh: MeshState, envelope: Envelope, from: MemberId): Outcome {
  const outcomes = outcomesOf(mesh, envelope, from);
  expect(outcomes).toHaveLength(1);
  return outcomes[0]!;
}

function outcomesOf(mesh: MeshState, envelope: Envelope, from: MemberId): readonly Outcome[] {
  const outcomes: Outcome[] = [];
  const trace = { traces: () => false, note: () => {} };
  const sink = { received() {}, switched() {}, lost() {}, closed() {} };
  const environment = { clock: { now: () => mesh.now }, post: (turn: () => void) => turn(), trace };
  const neighbors = new Map(mesh.neighborIds.map((to) => {
    const neighbor = new Neighbor(to, environment, sink);
    const sent = (frame: Uint8Array) =>
      void outcomes.push({ to, hopLimit: decodeEnvelope(frame).hopLimit });
    neighbor.add(channel(sent));
    return [to, neighbor];
  }));
  const router = new Router({
    mesh,
    neighbors,
    meshMessage: () => outcomes.push("deliver"),
    // The frame is for this member, and comes in the name of one with a channel.
    heardElsewhere: () => outcomes.push("deliver"),
    received: () => outcomes.push("deliver"),
    trace: { ...trace, note: () => void outcomes.push("drop") },
  });
  router.receive(from, encodeEnvelope(envelope));
  return outcomes;
}

/** A channel that accepts everything. */
function channel(send: (frame: Uint8Array) => void): Channel {
  return { kind: "rtc", bufferedAmount: 0, listen() {}, send, close() {}, abort() {} };
}

const TRIO: View = { neighbors: [1, 2], distant: { 3: { adjacent: [2] }, 4: { adjacent: [1] } } };

const ROUTES: readonly (readonly [string, Envelope, number, string])[] = [
  ["delivers what is for us", envelope(1, 10), 1, "deliver"],
  ["delivers what came through another", envelope(3, 10, 0), 2, "deliver"],
  ["delivers a broadcast of its sender", envelope(1, "everyone"), 1, "deliver"],
  ["delivers a letter without a sender", envelope(0, 10), 1, "deliver"],
  ["drops a broadcast of another", envelope(3, "everyone"), 1, "drop"],
  ["drops our own message", envelope(10, 3), 1, "drop"],
  ["drops our own broadcast", envelope(10, "everyone"), 1, "drop"],
  ["drops our own message to us", envelope(10, 10), 1, "drop"],
  ["forwards to a neighbor", envelope(1, 2, 3), 1, "forward to 2, 2 left"],
  ["forwards to who is adjacent", envelope(1, 3, 3), 1, "forward to 2, 2 left"],
  ["counts a deployed sender's message from the start", envelope(1, 3), 1, "forward to 2, 2 left"],
  [
    "believes no count beyond the limit",
    envelope(1, 2, 1_000),
    1,
    `forward to 2, ${HOP_LIMIT - 1} left`,
  ],
  [
    "gives what a deployed peer relayed to its recipient",
    envelope(4, 2),
    1,
    "forward to 2, 0 left",
  ],
  ["drops what a deployed peer relayed when there is no channel", envelope(4, 3), 1, "drop"],
  ["drops what was relayed too often", envelope(4, 2, 0), 1, "drop"],
  ["drops what has one relay left and needs two", envelope(4, 3, 1), 1, "drop"],
  ["drops what would go back", envelope(3, 4, 3), 1, "drop"],
  ["drops what would go back to its sender", envelope(1, 1, 3), 1, "drop"],
  ["drops what is for a stranger", envelope(1, 9, 3), 1, "drop"],
];

for (const [name, message, from, expected] of ROUTES) {
  Deno.test(`Router.receive() ${name}`, () => {
    const outcome = received(mesh(10, TRIO), message, asMemberId(from));
    expect(
      typeof outcome === "string" ? outcome : `forward to ${outcome.to}, ${outcome.hopLimit} left`,
    ).toBe(expected);
  });
}

const PING: Envelope = {
  ...envelope(1, 9, 3),
  service: Service.FULL_MESH,
  content: encodeMeshMessage({ type: "ping" }),
};

/** Member 9 has left. */
function withLeaver(isAnnounced: boolean): MeshState {
  const view = mesh(10, TRIO);
  view.tombstones.set(asMemberId(9), { since: 0, isAnnounced });
  return view;
}

Deno.test("Router.receive() answers a ping with the leave of a member that announced it", () => {
  const reply = { to: 1, hopLimit: HOP_LIMIT };
  expect(outcomesOf(withLeaver(true), PING, asMemberId(1))).toEqual([reply, "drop"]);
  expect(outcomesOf(withLeaver(false), PING, asMemberId(1))).toEqual(["drop"]);
});

Deno.test("Router.receive() answers no relayed ping, as its sender may be forged", () => {
  for (const sender of [2, 3]) {
    const ping = { ...PING, sender: asMemberId(sender) };
    expect(outcomesOf(withLeaver(true), ping, asMemberId(1))).toEqual(["drop"]);
  }
});

Deno.test("Router.forwardLeave() sends nothing to a deployed peer, which knows no such message", () => {
  for (const protocol of ["v5", "unknown", "v4"] as const) {
    const view = withLeaver(true);
    view.members.get(asMemberId(1))!.protocol = protocol;
    const outcomes = outcomesOf(view, PING, asMemberId(1));
    expect([protocol, outcomes.length]).toEqual([protocol, protocol === "v4" ? 1 : 2]);
  }
});

/** Members 1 to n, the channels between them, and what each knows of the others. */
const worlds = fc.integer({ min: 2, max: 8 }).chain((count) => {
  const member = fc.integer({ min: 1, max: count });
  const some = fc.uniqueArray(member, { maxLength: count });
  return fc.record({
    count: fc.constant(count),
    channels: fc.uniqueArray(fc.tuple(member, member), { maxLength: 2 * count, selector: String }),
    beliefs: fc.array(
      fc.array(fc.record({ adjacent: some, via: member, known: fc.nat(9) }), {
        minLength: count,
        maxLength: count,
      }),
      { minLength: count, maxLength: count },
    ),
    deployed: some,
    sender: member,
    recipient: member,
  });
});

Deno.test("Router.receive() terminates in random graphs, with any stale views", () => {
  fc.assert(
    fc.property(worlds, ({ count, channels, beliefs, deployed, sender, recipient }) => {
      fc.pre(sender !== recipient);
      const states = Array.from({ length: count }, (_, index) => {
        const me = index + 1;
        const neighbors = channels.flatMap(([a, b]) => a === me ? [b] : b === me ? [a] : [])
          .filter((one) => one !== me);
        const distant: Record<number, { adjacent: number[]; via: number }> = {};
        const unconfirmed: Record<number, number> = {};
        for (const [other, { adjacent, via, known }] of (beliefs[index] ?? []).entries()) {
          const id = other + 1;
          if (id === me || neighbors.includes(id)) continue;
          if (known === 0) unconfirmed[id] = via;
          else if (known < 8) distant[id] = { adjacent, via };
        }
        return mesh(me, { neighbors, distant, unconfirmed });
      });
      const stateOf = (id: number) => states[id - 1] ?? mesh(id, {});
      let from: number = sender;
      let at: number | undefined = nextHop(stateOf(sender), asMemberId(recipient));
      let hopLimit: number | undefined = deployed.includes(sender) ? undefined : HOP_LIMIT;
      let oursInARow = 0;
      let relays = 0;
      while (at !== undefined) {
        // A deployed peer forwards by its own view without a limit, and drops the hop count. A
        // frame may circle among deployed peers for ever; v5 members must break every cycle that
        // they are in.
        if (deployed.includes(at) && at !== recipient) {
          const hop: number | undefined = nextHop(stateOf(at), asMemberId(recipient));
          // For the next receiver, a frame that is back at a deployed sender looks like a new
          // message.
          if (hop !== undefined && deployed.includes(hop)) return;
          [from, at, hopLimit, oursInARow] = [at, hop, undefined, 0];
        } else {
          const outcome = received(
            stateOf(at),
            envelope(sender, recipient, hopLimit),
            asMemberId(from),
          );
          if (typeof outcome === "string") {
            if (outcome === "deliver") expect(at).toBe(recipient);
            return;
          }
          expect(outcome.to).not.toBe(from);
          [from, at, hopLimit] = [at, outcome.to, outcome.hopLimit];
          expect(++oursInARow).toBeLessThanOrEqual(HOP_LIMIT);
        }
        if (++relays > 4 * HOP_LIMIT) throw new Error("it circles");
      }
    }),
    { numRuns: 3_000 },
  );
});
