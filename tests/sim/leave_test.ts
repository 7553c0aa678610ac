import { expect } from "expect";
import { peerOf } from "../../src/group/web_group.ts";
import { asMemberId } from "../../src/base/ids.ts";
import { HOP_LIMIT } from "../../src/base/limits.ts";
import { encodeEnvelope, Service } from "../../src/wire/envelope.ts";
import { encodeMeshMessage } from "../../src/wire/mesh_message.ts";
import { readEnvelope } from "./oracles.ts";
import { messagesOf, SimNetwork, type SimPeer } from "./sim_network.ts";

/** G5: all agree within this time after a leave. */
const AGREED_MS = 2_000;

/** The same if all relays leave at once: the leaver is pinged after 4.5 s. */
const PINGED_MS = 5_000;

/** Ends the relay just before the member that it relays for leaves. */
const ENDS: Readonly<Record<string, (network: SimNetwork, relay: SimPeer) => void>> = {
  leaves: (_, { group }) => void group.leave(),
  crashes: (_, { machine }) => machine.crash(),
  sleeps: ({ world }, { name }) => world.netem.sleep(name, 60_000),
};

/** Two members without a channel to each other, and two relays. */
function begin(seed: number, separate = ["leaver", "distant"]) {
  const isBlocked = (...pair: string[]) => separate.every((name) => pair.includes(name));
  const network = new SimNetwork({ seed, canConnect: (...pair) => !isBlocked(...pair) });
  const names = ["leaver", "distant", "one", "other"];
  const [leaver, distant, one, other] = names.map((name) => network.add(name)) as [
    SimPeer,
    SimPeer,
    SimPeer,
    SimPeer,
  ];
  for (const { group } of network.peers) {
    group.join("key");
    network.run(1_000);
  }
  network.run(30_000);
  const hop = peerOf(leaver.group).mesh.nextHopTo(asMemberId(distant.group.myId));
  return { network, leaver, distant, one, other, relay: one.group.myId === hop ? one : other };
}

for (const [end, make] of Object.entries(ENDS)) {
  Deno.test(`G5: a member without a channel notices a leave although its relay ${end}`, () => {
    for (let seed = 1; seed <= 5; seed++) {
      const { network, leaver, distant, relay } = begin(seed);
      const { myId } = leaver.group;
      make(network, relay);
      leaver.group.leave();
      network.run(AGREED_MS);
      expect({ seed, isListed: distant.group.members.includes(myId) }).toEqual({
        seed,
        isListed: false,
      });
    }
  });

  Deno.test(`G12: a first message precedes a leave although its relay ${end}`, () => {
    for (let seed = 1; seed <= 5; seed++) {
      const { network, leaver, distant, relay } = begin(seed);
      const { myId } = leaver.group;
      make(network, relay);
      leaver.group.sendTo(distant.group.myId, "first");
      leaver.group.leave();
      network.run(AGREED_MS);
      const isListed = distant.group.members.includes(myId);
      const heard = messagesOf(distant).map(([, text]) => text);
      expect({ seed, heard, isListed }).toEqual({ seed, heard: ["first"], isListed: false });
    }
  });
}

Deno.test("G5: a member notices a leave although all relays leave at once", () => {
  for (let seed = 1; seed <= 5; seed++) {
    const { network, leaver, distant, one, other } = begin(seed);
    const third = network.add("third");
    third.group.join("key");
    network.run(5_000);
    const witness = network.add("witness");
    witness.group.join("key");
    network.run(10_000);
    for (const { group } of [one, other, third, leaver]) group.leave();
    network.run(PINGED_MS);
    const counts = [distant, witness].map(({ group }) => group.members.length);
    expect({ seed, counts }).toEqual({ seed, counts: [2, 2] });
  }
});

Deno.test("A member that leaves slowly does not report the leave of others", () => {
  for (let seed = 1; seed <= 5; seed++) {
    const { network, leaver, distant, one, other } = begin(seed, ["distant", "one"]);
    const { myId } = leaver.group;
    const left: number[] = [];
    network.departed = (peer, { member }) => {
      if (peer === distant) left.push(member);
    };
    // The leaver waits for the ACK, and relays meanwhile.
    const acks = (from: string, frame: Uint8Array, to: string) =>
      from === "distant" && to === "leaver" && readEnvelope(frame)?.recipient === myId;
    network.world.replaceSent = (...sent) => acks(...sent) ? undefined : sent[1];
    leaver.group.send("unacknowledged");
    leaver.group.leave();
    const channel = distant.machine.open.find(({ peer }) => peer === "leaver")!;
    const ping = encodeEnvelope({
      sender: asMemberId(distant.group.myId),
      recipient: asMemberId(one.group.myId),
      service: Service.FULL_MESH,
      content: encodeMeshMessage({ type: "ping" }),
      hopLimit: HOP_LIMIT,
    });
    for (let passed = 0; passed < AGREED_MS; passed += 100) {
      // As if it heard nothing, it pings.
      channel.send(ping);
      network.run(100);
    }
    expect({ seed, left }).toEqual({ seed, left: [myId] });
    expect(other.group.members.length).toBe(3);
  }
});
