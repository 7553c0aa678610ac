import { expect } from "expect";
import { asGroupId, asMemberId, type MemberId } from "../../src/base/ids.ts";
import { HOP_LIMIT, LISTEN_HOSTS_MAX } from "../../src/base/limits.ts";
import { encodeChannelMessage } from "../../src/wire/channel_message.ts";
import { encodeConnect, type PeerInfo } from "../../src/wire/connect_message.ts";
import { decodeEnvelope, encodeEnvelope, Service } from "../../src/wire/envelope.ts";
import { encodeLegacyMessage } from "../../src/wire/legacy_message.ts";
import { decodeMeshMessage, encodeMeshMessage } from "../../src/wire/mesh_message.ts";
import {
  decodeSessionFrame,
  encodeSessionFrame,
  type SessionFrame,
} from "../../src/wire/session_frame.ts";
import { membersOf, messagesOf, numbersOf, SimNetwork, type SimPeer } from "./sim_network.ts";

const TEXT = new TextEncoder().encode("forged");

/** Three members with a channel to each other, one of which forges frames. */
class Scene {
  readonly network = new SimNetwork({ seed: 1 });
  readonly receiver: SimPeer;
  readonly victim: SimPeer;
  readonly forger: SimPeer;
  session: SessionFrame | undefined;

  constructor() {
    const [receiver, victim, forger] = this.network.addMany(3) as [SimPeer, SimPeer, SimPeer];
    [this.receiver, this.victim, this.forger] = [receiver, victim, forger];
    this.network.world.sends = (from, frame) => this.#look(from, frame);
    for (const { group } of [receiver, victim, forger]) group.join("key");
    this.network.run(10_000);
    for (const { group } of [receiver, victim, forger]) expect(group.neighbors.length).toBe(2);
    expect(this.session).toBeDefined();
    victim.group.send("honest");
    this.network.run(1_000);
  }

  #look(from: string, frame: Uint8Array): void {
    if (from !== this.victim.name || frame.length < 2) return;
    try {
      const { recipient, service, content } = decodeEnvelope(frame);
      if (service !== Service.SESSION || recipient !== this.receiver.group.myId) return;
      this.session = decodeSessionFrame(content);
    } catch {
      // The frame is for the signaling server.
    }
  }

  /** Sends the receiver a frame in the name of another member. */
  forge(sender: number, service: number, content: Uint8Array): void {
    const { machine } = this.forger;
    const channel = machine.open.find(({ peer }) => peer === this.receiver.name);
    channel!.send(encodeEnvelope({
      sender: asMemberId(sender),
      recipient: asMemberId(this.receiver.group.myId),
      service,
      content,
      hopLimit: HOP_LIMIT - 1,
    }));
  }

  forgeFor(ms: number, sender: number, service: number, content: Uint8Array): void {
    for (let passed = 0; passed < ms; passed += 100) {
      this.forge(sender, service, content);
      this.network.run(100);
    }
  }
}

Deno.test("G13: frames that others relay in the name of a neighbor end, reset and deliver nothing", () => {
  const forgeries: [string, (scene: Scene) => [number, Uint8Array]][] = [
    ["a leave", () => [Service.FULL_MESH, encodeMeshMessage({ type: "leave" })]],
    ["a plain message", () => {
      const { length } = TEXT;
      return [
        Service.USER,
        encodeLegacyMessage({ type: "full", length, kind: "string", content: TEXT }),
      ];
    }],
    ["a newer session", ({ session }) => {
      const frame = { ...session!, epoch: session!.epoch + 100, syn: true, seq: 0, chunks: [] };
      return [Service.SESSION, encodeSessionFrame(frame).finish()];
    }],
    ["a message of the session", ({ session }) => {
      const units = [{ type: "complete", kind: "string", content: TEXT }] as const;
      const { seq, chunks: { length } } = session!;
      return [
        Service.SESSION,
        encodeSessionFrame({ ...session!, syn: false, seq: seq + length, chunks: units }).finish(),
      ];
    }],
    ["an acknowledgement", ({ session }) => {
      const frame = { ...session!, asks: false, next: 1, first: 0, units: [] };
      return [Service.SESSION, encodeSessionFrame(frame).finish()];
    }],
    ["a request for a channel", ({ victim }) => {
      const id = asMemberId(victim.group.myId);
      const message = { type: "request", request: { id, adjacent: [] }, version: 5 } as const;
      return [Service.CHANNEL_BUILDER, encodeConnect(message)];
    }],
  ];
  for (const [name, make] of forgeries) {
    const scene = new Scene();
    const { network, receiver, victim } = scene;
    const { connections } = network.world;
    const seen = receiver.seen.length;
    scene.forgeFor(15_000, victim.group.myId, ...make(scene));
    victim.group.send("still here");
    receiver.group.send("and here");
    network.run(1_000);
    expect([name, messagesOf(receiver).map(([, data]) => data)]).toEqual([
      name,
      ["honest", "still here"],
    ]);
    expect([name, messagesOf(victim).map(([, data]) => data)]).toEqual([name, ["and here"]]);
    const news = receiver.seen.slice(seen).filter(([kind]) => kind === "join" || kind === "leave");
    expect([name, news]).toEqual([name, []]);
    expect([name, network.world.connections]).toEqual([name, connections]);
    expect(network.world.errors).toEqual([]);
  }
});

Deno.test("G13: unreliable values that are malformed, relayed or from a non-member are dropped", async () => {
  const scene = new Scene();
  const { network, receiver, victim, forger } = scene;
  const heard: unknown[] = [];
  receiver.group.channel("cursor").onMessage = (sender, value) => heard.push([sender, value]);
  const value = (json: string) => encodeChannelMessage({ name: "cursor", json, sequence: 7 });
  const { myId } = forger.group;
  for (const content of [TEXT, value("{"), new Uint8Array(0), new Uint8Array(60_000).fill(255)]) {
    scene.forge(myId, Service.UNRELIABLE, content);
  }
  scene.forge(victim.group.myId, Service.UNRELIABLE, value("1"));
  scene.forge(12_345, Service.UNRELIABLE, value("2"));
  network.run(1_000);
  expect([heard, network.world.errors]).toEqual([[], []]);
  const stats = await receiver.group.getStats();
  const errorsOf = ({ group }: SimPeer) => stats.get(group.myId)?.protocolErrors;
  expect({ forger: errorsOf(forger), victim: errorsOf(victim) }).toEqual({ forger: 3, victim: 0 });
  const cursor = forger.group.channel<number>("cursor", { delivery: "unreliable" });
  for (let sent = 3; sent < 20; sent++) {
    cursor.send(sent);
    network.run(100);
  }
  expect(heard.at(-1)).toEqual([myId, 19]);
});

Deno.test("G13: a frame without a sender is not relayed in the name of the relay", () => {
  const { network, receiver, victim: relay, forger } = new Scene();
  const channel = forger.machine.open.find(({ peer }) => peer === relay.name);
  channel!.send(encodeEnvelope({
    sender: undefined,
    recipient: asMemberId(receiver.group.myId),
    service: Service.FULL_MESH,
    content: encodeMeshMessage({ type: "leave" }),
    hopLimit: HOP_LIMIT,
  }));
  network.run(5_000);
  expect(numbersOf(receiver, "leave")).toEqual([]);
  expect(membersOf(receiver).length).toBe(3);
});

Deno.test("G13: a neighbor whose channel is a black hole is heard through relays", () => {
  const { network, receiver, victim } = new Scene();
  const channel = victim.machine.open.find(({ peer }) => peer === receiver.name);
  channel!.dropSilently();
  victim.group.send("over another way");
  network.run(12_000);
  expect(messagesOf(receiver).map(([, data]) => data)).toEqual(["honest", "over another way"]);
  expect(membersOf(receiver).length).toBe(3);
});

Deno.test("G13: invented members neither fill the group nor keep it busy", () => {
  const scene = new Scene();
  const { network, receiver, victim, forger } = scene;
  const dialed: string[] = [];
  network.world.dialed = (from, host) => {
    if (from === receiver.name && host.startsWith("named")) dialed.push(host);
  };
  let asked = 0;
  for (let index = 0; index < 300; index++) {
    const id = asMemberId(3_000_000_000 + index);
    scene.forge(id, Service.CHANNEL_BUILDER, requestOf(id, `ws://named${index}:1`));
    asked++;
    network.run(20);
  }
  expect(asked).toBe(300);
  expect(new Set(dialed).size).toBeLessThanOrEqual(LISTEN_HOSTS_MAX);
  const newcomer = network.add("newcomer");
  newcomer.group.join("key");
  network.run(10_000);
  for (const { group } of [receiver, victim, forger]) {
    expect(group.members).toContain(newcomer.group.myId);
  }
  expect(newcomer.group.members).toContain(receiver.group.myId);
  victim.group.send("heard");
  network.run(1_000);
  expect(messagesOf(newcomer).map(([, data]) => data)).toContain("heard");
});

Deno.test("G13: a list of invented members starts few attempts to connect", () => {
  const scene = new Scene();
  const requests = new Set<MemberId>();
  scene.network.world.sends = (from, frame) => {
    if (from !== scene.receiver.name) return;
    const { recipient, service } = decodeEnvelope(frame);
    if (service === Service.CHANNEL_BUILDER && recipient !== "everyone") requests.add(recipient);
  };
  for (let round = 0; round < 50; round++) {
    const ids = Array.from(
      { length: 60 },
      (_, index) => asMemberId(3_000_000_000 + 60 * round + index),
    );
    const content = encodeMeshMessage({ type: "members", ids });
    scene.forge(scene.forger.group.myId, Service.FULL_MESH, content);
    scene.network.run(100);
  }
  expect(requests.size).toBeLessThan(80);
});

Deno.test("G13: a newcomer with the id of a live member behind a relay is refused", () => {
  for (let seed = 1; seed <= 20; seed++) {
    const isBlocked = (...pair: string[]) => pair.includes("a") && pair.includes("b");
    const network = new SimNetwork({ seed, canConnect: (...pair) => !isBlocked(...pair) });
    const [a, b, c] = ["a", "b", "c"].map((name) => network.add(name)) as [
      SimPeer,
      SimPeer,
      SimPeer,
    ];
    for (const { group } of [a, b, c]) group.join("key");
    network.run(40_000);
    expect([seed, a.group.members.length, a.group.neighbors.length]).toEqual([seed, 3, 1]);
    const [seenByA, seenByC] = [a.seen.length, c.seen.length];
    const thief = network.add("thief");
    thief.machine.draws.push(b.group.myId, b.group.myId, b.group.myId);
    thief.group.join("key");
    network.run(20_000);
    expect(thief.group.myId).not.toBe(b.group.myId);
    for (const [one, from] of [[a, seenByA], [c, seenByC]] as const) {
      const left = one.seen.slice(from).filter(([kind, id]) =>
        kind === "leave" && id === b.group.myId
      );
      expect([seed, one.name, left]).toEqual([seed, one.name, []]);
    }
    a.group.sendTo(b.group.myId, "for b");
    network.run(2_000);
    expect([seed, messagesOf(b).map(([, data]) => data)]).toEqual([seed, ["for b"]]);
    expect(messagesOf(thief)).toEqual([]);
  }
});

Deno.test("A member that lost all its channels returns with its id, and gets all messages", () => {
  for (let seed = 1; seed <= 20; seed++) {
    const network = new SimNetwork({ seed });
    const [a, b, c] = network.addMany(3) as [SimPeer, SimPeer, SimPeer];
    for (const { group } of [a, b, c]) group.join("key");
    network.run(10_000);
    const { myId } = b.group;
    for (const channel of b.machine.open) if (channel.peer !== "sigver") channel.cut();
    a.group.sendTo(myId, "meanwhile");
    network.run(10_000);
    expect([seed, b.group.myId, b.group.members.length]).toEqual([seed, myId, 3]);
    expect([seed, messagesOf(b).map(([, data]) => data)]).toEqual([seed, ["meanwhile"]]);
  }
});

function requestOf(id: MemberId, listens: string): Uint8Array {
  const initiator: PeerInfo = {
    id,
    listens,
    group: asGroupId(1),
    wsSupported: true,
    wsTried: false,
    dcSupported: false,
    dcTried: false,
  };
  return encodeConnect({
    type: "request",
    request: { id, adjacent: [] },
    initiator,
    version: 5,
  });
}

Deno.test("Members that hear each other send only heartbeats and lists, and no pings", () => {
  const network = new SimNetwork({ seed: 1 });
  const peers = network.addMany(4);
  for (const { group } of peers) group.join("key");
  network.run(5_000);
  const sent = new Set<string>();
  network.world.sends = (_, frame) => {
    const { content, recipient, service } = decodeEnvelope(frame);
    // Frames to the server have no recipient.
    if (recipient === "everyone") return;
    if (service === Service.FULL_MESH) sent.add(decodeMeshMessage(content).type);
    else sent.add(service === Service.HEARTBEAT ? "heartbeat" : `service ${service}`);
  };
  network.run(30_000);
  expect(sent).toEqual(new Set(["heartbeat", "members"]));
});
