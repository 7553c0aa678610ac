import { expect } from "expect";
import {
  NODE_GONE_MS,
  NODE_HEARTBEAT_INTERVAL_MS,
  NODE_SETTLE_MS,
} from "../../src/base/cluster_limits.ts";
import { asMemberId } from "../../src/base/ids.ts";
import type { Bus, BusSink } from "../../src/sigver/bus.ts";
import { asNodeName, ownerNode } from "../../src/sigver/rendezvous_hash.ts";
import type { SigverOptions } from "../../src/sigver/options.ts";
import { Sigver } from "../../src/sigver/server.ts";
import { type ClusterBody, decodeCluster, encodeCluster } from "../../src/wire/cluster.ts";
import { encodeSignaling, type SignalingMessage } from "../../src/wire/signaling.ts";
import { repeatable, SEED } from "../support/seed.ts";
import { FakeClient, requestUpgrade, StrictLog, VirtualClock } from "./support/fakes.ts";
import { seededRandom } from "../../src/testing/random.ts";
import { signToken } from "./support/token.ts";

/** The test plays the other nodes on the bus. */
class Rig {
  readonly clock = new VirtualClock();
  readonly log = new StrictLog();
  /** Messages of the server to all nodes, or to one. */
  readonly sent: { readonly to: string; readonly body: ClusterBody }[] = [];
  readonly sigver: Sigver;
  sink!: BusSink;
  /** How often the server has left the bus. */
  leaves = 0;
  /** Thrown by the bus. */
  fault: Error | undefined;
  /** The incarnation in the latest message of the server. */
  incarnation = 0;
  #me = "";

  constructor(seed = 1, options: SigverOptions = {}) {
    const bus: Bus = {
      join: (node, sink) => {
        this.#me = node;
        this.sink = sink;
        const note = (to: string, bytes: Uint8Array) => {
          if (this.fault) throw this.fault;
          const { incarnation, body } = decodeCluster(bytes);
          this.incarnation = incarnation;
          if (body.type !== "heartbeat") this.sent.push({ to, body });
        };
        return {
          tellAll: (bytes) => note("all", bytes),
          tell: note,
          close: () => void this.leaves++,
        };
      },
    };
    const { clock, log } = this;
    this.sigver = new Sigver({ ...options, bus }, { clock, random: seededRandom(seed), log });
  }

  /** The bus is connected, and the other nodes are known. */
  settle(...others: string[]): this {
    this.sink.up();
    for (const other of others) this.receive(other, { type: "heartbeat" });
    this.clock.pass(NODE_SETTLE_MS);
    this.sent.length = 0;
    return this;
  }

  /** Lets seconds pass, while another node sends heartbeats. */
  passWith(other: string, seconds: number): void {
    for (let second = 0; second < seconds; second++) {
      this.receive(other, { type: "heartbeat" });
      this.clock.pass(1_000);
    }
  }

  receive(from: string, body: ClusterBody, incarnation = 1, to?: number): void {
    this.sink.heard(encodeCluster({ from, incarnation, to, body }));
  }

  /** A key whose group is owned by the server, or by the other one of two nodes. */
  key(home: "here" | "other"): string {
    const me = asNodeName(this.#me);
    for (let count = 0;; count++) {
      const isHere = ownerNode(`key${count}`, me, [asNodeName("other")]) === me;
      if (isHere === (home === "here")) return `key${count}`;
    }
  }

  client(key: string): FakeClient {
    return new FakeClient(requestUpgrade(this.sigver, key, { remote: "192.0.2.1" }));
  }

  /** Messages to nodes since the last call. */
  takeSent(): readonly ClusterBody[] {
    return this.sent.splice(0).map(({ body }) => body);
  }

  /** Forwards a message of a client of the other node to a group that the server owns. */
  forward(client: number, key: string, message: SignalingMessage): void {
    const frame = encodeSignaling(message);
    this.receive("other", { type: "fromClient", client, key, favored: false, frame });
  }
}

const connect = (id: number, members: readonly number[] = []): SignalingMessage => ({
  type: "connect",
  id,
  members,
  version: undefined,
});
const connected = (yes: boolean): SignalingMessage => ({ type: "connected", connected: yes });

Deno.test("Cluster: a client waits for its reply until the other nodes are known", () => {
  const rig = new Rig();
  const client = rig.client("key");
  client.connect(1);
  expect([client.received(), rig.sigver.ready]).toEqual([[], false]);
  rig.settle();
  expect(rig.sigver.ready).toBe(true);
  expect(client.received()).toEqual([connected(true)]);
});

Deno.test("Cluster: a client gets its reply after a time limit if there is no bus", () => {
  const rig = new Rig();
  const client = rig.client("key");
  client.connect(1);
  rig.clock.pass(NODE_GONE_MS + NODE_HEARTBEAT_INTERVAL_MS);
  expect(client.received()).toEqual([connected(true)]);
});

Deno.test("Cluster: messages of a client are sent to the owner node, and replies are sent back", () => {
  const rig = new Rig().settle("other");
  const key = rig.key("other");
  const client = rig.client(key);
  client.connect(7, [8]);
  const [forwarded] = rig.takeSent();
  expect(forwarded).toEqual({
    type: "fromClient",
    client: expect.any(Number),
    key,
    favored: false,
    frame: encodeSignaling(connect(7, [8])),
  });
  if (forwarded?.type !== "fromClient") throw new Error("nothing was forwarded");
  const frame = encodeSignaling(connected(true));
  rig.receive("other", { type: "toClient", client: forwarded.client, frame });
  expect(client.received()).toEqual([connected(true)]);
  rig.receive("other", { type: "close", client: forwarded.client, code: 4744, reason: "blocks" });
  expect(client.channel.closedWith).toBe(4744);
  expect(rig.takeSent()).toEqual([{ type: "clientGone", client: forwarded.client }]);
});

Deno.test("Cluster: the member limit of a token goes to the owner of the group, which keeps it", async () => {
  const secret = "a secret of at least 32 characters";
  const rig = new Rig(1, { secret }).settle("other");
  const key = rig.key("other");
  const token = await signToken(secret, { key, members: 1 });
  const client = new FakeClient(await rig.sigver.ask({ url: `ws://host/${key}?token=${token}` }));
  client.connect(1);
  expect(rig.takeSent()).toMatchObject([{ type: "fromClient", key, membersMax: 1 }]);

  const here = rig.key("here");
  const forward = (client: number, message: SignalingMessage) => {
    const frame = encodeSignaling(message);
    rig.receive("other", {
      type: "fromClient",
      client,
      key: here,
      favored: false,
      membersMax: 1,
      frame,
    });
    return rig.takeSent().map(({ type }) => type);
  };
  expect(forward(11, connect(11))).toEqual(["toClient"]);
  expect(forward(12, connect(12, [11]))).toEqual(["close"]);
});

Deno.test("Cluster: a member stays when its group moves, also if that has outgrown its token", () => {
  const rig = new Rig().settle("other");
  const key = rig.key("here");
  const adopt = (id: number, membersMax?: number) =>
    rig.receive("other", {
      type: "adopt",
      client: id,
      key,
      favored: false,
      id: asMemberId(id),
      ...(membersMax && { membersMax }),
    });
  // The third one was there first.
  for (const id of [1, 2]) adopt(id);
  adopt(3, 2);
  expect(rig.takeSent()).toEqual([]);
});

Deno.test("Cluster: a node ignores messages for its clients from a node that is not the owner", () => {
  const rig = new Rig().settle("other", "third");
  const client = rig.client(rig.key("here"));
  client.connect(1);
  client.received();
  const frame = encodeSignaling(connected(false));
  for (const id of [0, 1, 2]) rig.receive("other", { type: "toClient", client: id, frame });
  for (const id of [0, 1, 2]) {
    rig.receive("other", { type: "close", client: id, code: 4744, reason: "" });
  }
  expect([client.received(), client.channel.closedWith]).toEqual([[], undefined]);
});

Deno.test("Cluster: clients of another node are members, are paired, and leave with their node", () => {
  const rig = new Rig().settle("other");
  const key = rig.key("here");
  rig.forward(5, key, connect(1));
  expect(rig.takeSent()).toEqual([{
    type: "toClient",
    client: 5,
    frame: encodeSignaling(connected(true)),
  }]);
  const client = rig.client(key);
  client.connect(2);
  expect(client.received()).toEqual([connected(false)]);
  expect(rig.takeSent()).toEqual([{ type: "probe", client: 5 }]);
  const data = Uint8Array.of(1, 2, 3);
  client.send({ type: "content", sender: undefined, recipient: undefined, last: false, data });
  expect(rig.takeSent()).toMatchObject([{ type: "toClient", client: 5 }]);
  rig.receive("other", { type: "bye" });
  expect(client.received()).toEqual([{
    type: "content",
    recipient: expect.any(Number),
    last: false,
  }]);
  client.connect(2);
  expect(client.received()).toEqual([connected(true)]);
});

Deno.test("Cluster: an owner probes a client of another node at most once a second", () => {
  const rig = new Rig().settle("other");
  const key = rig.key("here");
  rig.forward(5, key, connect(1));
  rig.takeSent();
  const probes = () => {
    for (const id of [2, 3, 4]) rig.client(key).connect(id);
    return rig.takeSent();
  };
  expect(probes()).toEqual([{ type: "probe", client: 5 }]);
  expect(probes()).toEqual([]);
  rig.passWith("other", 1);
  expect(probes()).toEqual([{ type: "probe", client: 5 }]);
});

Deno.test("Cluster: a client with a keepalive is probed when a newcomer at the owner depends on it", () => {
  const rig = new Rig().settle("other");
  const client = rig.client(rig.key("other"));
  client.send({ type: "connect", id: 1, members: [], version: 5, calmS: 25 });
  const [forwarded] = rig.takeSent();
  if (forwarded?.type !== "fromClient") throw new Error("nothing was forwarded");
  rig.passWith("other", 10);
  expect(client.received()).toEqual([]);
  rig.receive("other", { type: "probe", client: forwarded.client });
  expect(client.received()).toEqual([{ type: "heartbeat" }]);
  rig.passWith("other", 15);
  expect(client.channel.closedWith).toBe(4742);
  expect(rig.takeSent()).toEqual([{ type: "clientGone", client: forwarded.client }]);
});

Deno.test("Cluster: when an owner is lost, its members are adopted and waiting clients get replies", () => {
  const rig = new Rig().settle("other");
  const key = rig.key("other");
  const [member, newcomer, paired] = [1, 2, 3].map((id) => {
    const client = rig.client(key);
    client.connect(id);
    return client;
  });
  const forwarded = rig.takeSent();
  const reply = (at: number, message: SignalingMessage) => {
    const one = forwarded[at];
    if (one?.type !== "fromClient") throw new Error("nothing was forwarded");
    const frame = encodeSignaling(message);
    rig.receive("other", { type: "toClient", client: one.client, frame });
  };
  reply(0, connected(true));
  reply(2, connected(false));
  for (const client of [member, newcomer, paired]) client?.received();
  rig.clock.pass(NODE_GONE_MS + NODE_HEARTBEAT_INTERVAL_MS);
  // The newcomer finds the adopted member.
  expect([member?.received(), newcomer?.received()]).toEqual([[], [connected(false)]]);
  expect([member?.channel.closedWith, paired?.channel.closedWith]).toEqual([undefined, 1012]);
});

Deno.test("Cluster: a client that is closed while its group moves does not move with it", () => {
  const rig = new Rig().settle();
  const key = rig.key("other");
  const [one, newcomer, slow] = [rig.client(key), rig.client(key), rig.client(key)];
  one.send(connect(1));
  newcomer.send(connect(2));
  slow.send(connect(3, [1]));
  newcomer.send(connect(2));
  expect(newcomer.received().at(-1)).toEqual(connected(false));
  // It is closed as the newcomer that it is paired with leaves for the other node.
  slow.channel.bufferedAmount = Infinity;
  rig.receive("other", { type: "heartbeat" });
  expect(slow.channel.closedWith).toBe(1008);
  const moved = rig.takeSent().flatMap((body) => body.type === "adopt" ? body.id : []);
  expect(moved).toEqual([1]);
});

Deno.test("Cluster: a bus that throws once is reported, and lost nodes are still noticed", () => {
  const rig = new Rig().settle("other");
  const client = rig.client(rig.key("other"));
  rig.fault = new Error("the bus is full");
  rig.clock.pass(NODE_HEARTBEAT_INTERVAL_MS);
  expect(rig.log.reported).toEqual([rig.fault]);
  rig.fault = undefined;
  client.connect(1);
  rig.clock.pass(NODE_GONE_MS + NODE_HEARTBEAT_INTERVAL_MS);
  expect(client.received()).toEqual([connected(true)]);
});

Deno.test("Cluster: a server that is drained, and then closed, leaves the bus once", async () => {
  const rig = new Rig().settle("other");
  await rig.sigver.drain(0);
  rig.sigver.close();
  expect([rig.leaves, rig.takeSent()]).toEqual([1, [{ type: "bye" }]]);
});

Deno.test("Cluster: a node that sends hello receives the members of the groups that it owns", () => {
  const rig = new Rig().settle("other");
  const key = rig.key("other");
  const client = rig.client(key);
  client.connect(9);
  const [forwarded] = rig.takeSent();
  if (forwarded?.type !== "fromClient") throw new Error("nothing was forwarded");
  const frame = encodeSignaling(connected(true));
  rig.receive("other", { type: "toClient", client: forwarded.client, frame });
  const adopted = {
    type: "adopt",
    client: forwarded.client,
    key,
    favored: false,
    id: asMemberId(9),
  };
  rig.receive("other", { type: "hello" });
  expect(rig.takeSent()).toEqual([adopted]);
  // Another incarnation has lost its state as well.
  rig.receive("other", { type: "heartbeat" }, 2);
  expect(rig.takeSent()).toEqual([{ type: "hello" }, adopted]);
});

Deno.test("Cluster: messages to an earlier incarnation of a node are ignored", () => {
  const rig = new Rig().settle("other");
  const key = rig.key("here");
  const before = rig.incarnation;
  rig.sink.down();
  rig.sink.up();
  rig.clock.pass(NODE_SETTLE_MS);
  expect(rig.incarnation).not.toBe(before);
  const frame = encodeSignaling(connect(1));
  const body: ClusterBody = { type: "fromClient", client: 1, key, favored: false, frame };
  rig.takeSent();
  rig.receive("other", body, 1, before);
  expect(rig.takeSent()).toEqual([]);
  rig.receive("other", body, 1, rig.incarnation);
  expect(rig.takeSent()).toMatchObject([{ type: "toClient", client: 1 }]);
});

Deno.test(
  "Cluster: arbitrary messages on the bus throw nothing, and clients are served",
  repeatable(import.meta.url, () => {
    const random = seededRandom(SEED);
    const below = (limit: number) => random.uint32() % limit;
    const rig = new Rig(SEED).settle("other", "third");
    const keys = ["a", "b", rig.key("here"), rig.key("other")];
    const bytes = () => Uint8Array.from({ length: below(20) }, () => below(256));
    const frame = () =>
      [
        bytes(),
        encodeSignaling(connect(below(5), [below(5)])),
        encodeSignaling(connected(below(2) === 0)),
        encodeSignaling({ type: "heartbeat" }),
        encodeSignaling({
          type: "content",
          sender: undefined,
          recipient: undefined,
          last: below(2) === 0,
          data: bytes(),
        }),
      ][below(5)]!;
    const bodies: readonly (() => ClusterBody)[] = [
      () => ({ type: "heartbeat" }),
      () => ({ type: "bye" }),
      () => ({ type: "hello" }),
      () => ({ type: "clientGone", client: below(9) }),
      () => ({ type: "probe", client: below(9) }),
      () => ({ type: "toClient", client: below(9), frame: frame() }),
      () => ({ type: "close", client: below(9), code: 4700 + below(99), reason: "because" }),
      () => ({
        type: "adopt",
        client: below(9),
        key: keys[below(4)]!,
        favored: true,
        id: below(5),
      }),
      () => ({
        type: "fromClient",
        client: below(9),
        key: keys[below(4)]!,
        favored: false,
        frame: frame(),
      }),
    ];
    for (let round = 0; round < 20_000; round++) {
      const from = ["other", "third", "fourth", ""][below(4)]!;
      if (below(10) === 0) rig.sink.heard(bytes());
      else {rig.receive(
          from,
          bodies[below(bodies.length)]!(),
          below(3),
          below(2) === 0 ? undefined : 7,
        );}
      if (below(50) === 0) rig.clock.pass(below(3_000));
      if (below(100) === 0) rig.client(keys[below(4)]!).connect(1 + below(4), [1 + below(4)]);
      if (below(500) === 0) below(2) === 0 ? rig.sink.down() : rig.sink.up();
    }
    rig.sink.up();
    rig.clock.pass(2 * NODE_GONE_MS);
    const client = rig.client("another key");
    client.connect(1);
    expect([client.received(), rig.log.reported]).toEqual([[connected(true)], []]);
    rig.sigver.close();
    expect([rig.sigver.load, rig.clock.timers]).toEqual([{ rooms: 0, sessions: 0 }, 0]);
  }),
);

Deno.test("Cluster: a client that connects right after the bus is back gets a reply", () => {
  const rig = new Rig();
  rig.sink.up();
  rig.clock.pass(1_000);
  const [member, newcomer] = [rig.client("key"), rig.client("key")];
  for (const [index, client] of [member, newcomer].entries()) client.connect(index + 1);
  for (const client of [member, newcomer]) client.received();
  rig.sink.down();
  rig.clock.pass(100);
  rig.sink.up();
  rig.clock.pass(NODE_SETTLE_MS / 2);
  for (const [index, client] of [member, newcomer].entries()) client.connect(index + 1);
  rig.clock.pass(10_000);
  const isAnswer = ({ type }: SignalingMessage) => type === "connected";
  expect([member, newcomer].map((client) => client.received().filter(isAnswer).length)).toEqual([
    1,
    1,
  ]);
});

Deno.test("Cluster: a limit that the owner applies to clients of other nodes is counted", () => {
  const clock = new VirtualClock();
  const sinks = new Map<string, BusSink>();
  const bus: Bus = {
    join(node, sink) {
      sinks.set(node, sink);
      return {
        tellAll: (bytes) => sinks.forEach((other) => other === sink || other.heard(bytes)),
        tell: (other, bytes) => sinks.get(other)?.heard(bytes),
        close: () => sinks.delete(node),
      };
    },
  };
  const nodes = [1, 2].map((seed) => {
    const environment = { clock, random: seededRandom(seed), log: new StrictLog() };
    return new Sigver({ bus, limits: { groupMembers: 1 } }, environment);
  });
  sinks.forEach((sink) => sink.up());
  clock.pass(1_000);
  const keys = Array.from({ length: 6 }, (_, index) => `key ${index}`);
  for (const key of keys) {
    const [first, second] = nodes.map((node) => new FakeClient(requestUpgrade(node, key)));
    first!.connect(1);
    second!.connect(2, [1]);
    expect(second!.channel.closedWith).toBe(4747);
  }
  const exceeded = nodes.map((node) =>
    Number(/^sigver_exceeded_total{limit="group_members"} (\d+)$/m.exec(node.metrics())?.[1])
  );
  expect(exceeded[0]! + exceeded[1]!).toBe(keys.length);
});
