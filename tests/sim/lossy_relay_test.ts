// Two members without a channel to each other, and two relays, one of which loses frames.

import { expect } from "expect";
import { asMemberId } from "../../src/base/ids.ts";
import { peerOf } from "../../src/group/web_group.ts";
import { readEnvelope } from "./oracles.ts";
import { messagesOf, SimNetwork, type SimPeer } from "./sim_network.ts";

const MESSAGES = 50;
/** When a channel dies silently, its ends notice within this time (docs/GUARANTEES.md). */
const DELAY_MAX_MS = 11_500;

/** Time for a few attempts to establish a session, each over another relay. */
const FOUND_MS = 60_000;

interface Scene {
  readonly network: SimNetwork;
  readonly one: SimPeer;
  readonly other: SimPeer;
  /** The relay that `one` uses. */
  readonly relay: SimPeer;
}

/** How the relay loses frames. */
const LOSSES: Readonly<Record<string, (scene: Scene) => void>> = {
  "loses all frames of one member": ({ network: { world }, one, relay }) => {
    world.replaceSent = (from, frame, to) => {
      const isLost = from === relay.name && to === "other" &&
        readEnvelope(frame)?.sender === one.group.myId;
      return isLost ? undefined : frame;
    };
  },
  "has a channel that loses all frames one way": ({ network: { world }, relay }) => {
    world.replaceSent = (from, frame, to) =>
      from === relay.name && to === "other" ? undefined : frame;
  },
  "has a channel that loses all frames": ({ relay }) => {
    relay.machine.open.find(({ peer }) => peer === "other")!.die();
  },
};

function begin(seed: number): Scene {
  const isBlocked = (...pair: string[]) => pair.includes("one") && pair.includes("other");
  const network = new SimNetwork({ seed, canConnect: (...pair) => !isBlocked(...pair) });
  const peers = ["one", "other", "third", "fourth"].map((name) => network.add(name));
  for (const { group } of peers) {
    group.join("key");
    network.run(1_000);
  }
  network.run(30_000);
  const [one, other, ...relays] = peers as [SimPeer, SimPeer, SimPeer, SimPeer];
  const hop = peerOf(one.group).mesh.nextHopTo(asMemberId(other.group.myId));
  return { network, one, other, relay: relays.find(({ group }) => group.myId === hop)! };
}

for (const [loss, lose] of Object.entries(LOSSES)) {
  Deno.test(`G3: messages take another relay if the first one ${loss}`, () => {
    for (let seed = 1; seed <= 5; seed++) {
      const scene = begin(seed);
      const { network, one, other } = scene;
      const left: string[] = [];
      network.departed = ({ name }, { reason }) => left.push(`${name}: ${reason}`);
      lose(scene);
      const sentAt = new Map<unknown, number>();
      let delayMs = 0;
      network.watch = (_, [, , text]) => {
        delayMs = Math.max(delayMs, network.world.clock.now() - (sentAt.get(text) ?? Infinity));
      };
      for (let number = 0; number < MESSAGES; number++) {
        for (const [from, to] of [[one, other], [other, one]] as const) {
          const text = `${number} of ${from.name}`;
          sentAt.set(text, network.world.clock.now());
          from.group.sendTo(to.group.myId, text);
        }
        network.run(1_000);
      }
      network.run(DELAY_MAX_MS);
      const arrived = [one, other].map((peer) => messagesOf(peer).length);
      expect({ seed, arrived, left }).toEqual({ seed, arrived: [MESSAGES, MESSAGES], left: [] });
      expect(delayMs).toBeLessThan(DELAY_MAX_MS);
    }
  });
}

Deno.test("G3: acknowledgements take another relay if the first one loses them", () => {
  for (let seed = 1; seed <= 5; seed++) {
    const scene = begin(seed);
    const { network, one, other } = scene;
    LOSSES["loses all frames of one member"]!(scene);
    for (let number = 0; number < MESSAGES; number++) {
      other.group.sendTo(one.group.myId, `${number}`);
      network.run(1_000);
    }
    expect([seed, messagesOf(one).length]).toEqual([seed, MESSAGES]);
  }
});

Deno.test("G3: a newcomer takes another relay if the first one loses its frames from the start", () => {
  for (let seed = 1; seed <= 8; seed++) {
    const isBlocked = (...pair: string[]) => pair.includes("newcomer") && pair.includes("distant");
    const network = new SimNetwork({ seed, canConnect: (...pair) => !isBlocked(...pair) });
    const names = ["relay", "other", "distant", "newcomer"];
    const peers = names.map((name) => network.add(name)) as [SimPeer, SimPeer, SimPeer, SimPeer];
    const [, , distant, newcomer] = peers;
    network.world.replaceSent = (from, frame, to) => {
      const isLost = from === "relay" && to === "distant" &&
        readEnvelope(frame)?.sender === newcomer.group.myId;
      return isLost ? undefined : frame;
    };
    for (const { group } of peers) {
      group.join("key");
      network.run(3_000);
    }
    network.run(FOUND_MS);
    for (const { group } of [distant, newcomer]) group.send("hello");
    network.run(DELAY_MAX_MS);
    const arrived = [distant, newcomer].map((peer) => messagesOf(peer).length);
    expect({ seed, arrived }).toEqual({ seed, arrived: [1, 1] });
  }
});
