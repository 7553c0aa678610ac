import { expect } from "expect";
import { asGroupId, asMemberId } from "../../src/base/ids.ts";
import { FRAME_BYTES_MAX } from "../../src/base/limits.ts";
import type { Channel, ChannelEnd } from "../../src/transport/channel.ts";
import type { UpgradeDecision } from "../../src/transport/transport.ts";
import { encodeConnect } from "../../src/wire/connect_message.ts";
import { encodeDialQuery } from "../../src/wire/dial_query.ts";
import { encodeEnvelope, Service } from "../../src/wire/envelope.ts";
import { decodeJoinHandshake, encodeJoinHandshake } from "../../src/wire/join_handshake.ts";
import { encodeLegacyMessage } from "../../src/wire/legacy_message.ts";
import { encodeMeshMessage } from "../../src/wire/mesh_message.ts";
import { encodeSignaling } from "../../src/wire/signaling.ts";
import { seededRandom } from "../../src/testing/random.ts";
import { messagesOf, SimNetwork, type SimPeer } from "./sim_network.ts";
import type { UpgradeHandler } from "../../src/testing/world.ts";

const SEED = Number(Deno.env.get("SEED") ?? 1);

/** Encodes its frames by hand; a bot has admitted it. */
interface Attacker {
  readonly id: number;
  readonly channel: Channel;
  readonly received: Uint8Array[];
  ended: ChannelEnd | undefined;
}

function connectAttacker(
  seed: number,
): { network: SimNetwork; a: SimPeer; b: SimPeer; attacker: Attacker } {
  const network = new SimNetwork({ seed });
  const bot = network.addBot("bot", { leaveOnceAlone: false });
  const [a, b] = [network.add("a"), network.add("b")];
  a.group.join("key");
  b.group.join("key");
  network.run(3_000);
  a.group.invite(bot.url);
  network.run(3_000);
  const [group] = [...bot.webGroups.values()];
  const me = asMemberId(3_000_000_000);
  const url = encodeDialQuery(bot.url, {
    type: "newcomer",
    group: asGroupId(group!.id),
    sender: me,
    key: "key",
    proof: undefined,
  });
  let attacker: Attacker | undefined;
  network.world.dialSocket(network.world.addMachine("attacker"), url, {
    opened: (channel) => {
      const one: Attacker = { id: me, channel, received: [], ended: undefined };
      attacker = one;
      channel.listen({
        received: (frame) => one.received.push(frame),
        bufferedAmountLow: () => {},
        closed: (end) => one.ended = end,
      });
    },
    failed: (reason) => {
      throw new Error(reason);
    },
  });
  network.run(1_000);
  expect(decodeJoinHandshake(attacker!.received[0]!)).toMatchObject({
    type: "initPing",
    key: "key",
  });
  attacker!.channel.send(
    encodeJoinHandshake({ type: "initPong", newcomer: me, version: undefined }),
  );
  network.run(1_000);
  return { network, a, b, attacker: attacker! };
}

/** A valid frame of each kind. */
function validFrames(attacker: Attacker, others: readonly number[]): Uint8Array[] {
  const ids = [...others, 1, 0xffff_ffff].map(asMemberId);
  const contents: [number, Uint8Array][] = [
    [
      Service.USER,
      encodeLegacyMessage({ type: "full", length: 5, kind: "string", content: utf8("hello") }),
    ],
    [
      Service.USER,
      encodeLegacyMessage({
        type: "chunk",
        length: 0xffff_ffff,
        kind: "bytes",
        id: 1,
        index: 0,
        content: new Uint8Array(100),
      }),
    ],
    [Service.FULL_MESH, encodeMeshMessage({ type: "members", ids })],
    [Service.FULL_MESH, encodeMeshMessage({ type: "adjacentMembers", ids })],
    [Service.FULL_MESH, encodeMeshMessage({ type: "leave" })],
    [
      Service.CHANNEL_BUILDER,
      encodeConnect({
        type: "request",
        request: { id: asMemberId(attacker.id), adjacent: ids },
        version: undefined,
      }),
    ],
    [
      Service.CHANNEL_BUILDER,
      encodeConnect({ type: "response", accepted: true, version: 5 }),
    ],
    [4_711, utf8("a service that nobody has")],
  ];
  return contents.flatMap(([service, content]) =>
    [...ids, "everyone" as const].map((recipient) =>
      encodeEnvelope({
        sender: asMemberId(attacker.id),
        recipient,
        service,
        content,
        hopLimit: undefined,
      })
    )
  );
}

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function mutated(frame: Uint8Array, random: { uint32(): number }): Uint8Array {
  const bytes = [...frame];
  for (let change = random.uint32() % 4; change >= 0; change--) {
    const at = random.uint32() % (bytes.length + 1);
    const kind = random.uint32() % 3;
    if (kind === 0) bytes[at] = random.uint32() & 0xff;
    else if (kind === 1) bytes.splice(at, random.uint32() % 8);
    else bytes.splice(at, 0, random.uint32() & 0xff, 0xff);
  }
  return Uint8Array.from(bytes);
}

Deno.test(`WebGroup: a member that sends 5,000 broken frames changes nothing (SEED=${SEED})`, () => {
  const { network, a, b, attacker } = connectAttacker(SEED);
  const random = seededRandom(SEED);
  const frames = validFrames(attacker, [a.group.myId, b.group.myId]);
  for (let count = 0; count < 5_000 && attacker.ended === undefined; count++) {
    attacker.channel.send(mutated(frames[random.uint32() % frames.length]!, random));
    if (count % 50 === 0) network.run(100);
  }
  network.run(30_000);
  a.group.send("still here");
  network.run(1_000);
  expect(messagesOf(b).at(-1)).toEqual([a.group.myId, "still here"]);
  expect([a.group.state, b.group.state]).toEqual([1, 1]);
});

Deno.test("WebGroup: a member can neither use the name of another, nor have two ids", () => {
  const { network, a, b, attacker } = connectAttacker(SEED);
  const content = encodeLegacyMessage({
    type: "full",
    length: 5,
    kind: "string",
    content: utf8("forged"),
  });
  const service = Service.USER;
  const forged = { service, content, hopLimit: undefined };
  // A broadcast is accepted from its sender only, not from a relay.
  attacker.channel.send(
    encodeEnvelope({ sender: asMemberId(a.group.myId), recipient: "everyone", ...forged }),
  );
  network.run(1_000);
  const heard = network.peers.flatMap(messagesOf).map(([, data]) => data);
  expect(heard).not.toContain("forged");
  // A second newcomer with the id of a member is not admitted.
  expect(b.group.members.filter((id) => id === a.group.myId).length).toBe(1);
});

Deno.test("WebGroup accepts frames of any length, and drops messages that do not end", () => {
  const { network, a, b, attacker } = connectAttacker(SEED);
  for (const length of [0, 1, 65_536, 1_000_000]) attacker.channel.send(new Uint8Array(length));
  for (let id = 1; id <= 1_000; id++) {
    const content = new Uint8Array(15_000);
    const chunk = encodeLegacyMessage({
      type: "chunk",
      length: 2 ** 32 - 1,
      kind: "bytes",
      id,
      index: 0,
      content,
    });
    attacker.channel.send(encodeEnvelope({
      sender: asMemberId(attacker.id),
      recipient: "everyone",
      service: Service.USER,
      content: chunk,
      hopLimit: undefined,
    }));
  }
  network.run(60_000);
  a.group.send("still here");
  network.run(1_000);
  expect(messagesOf(b).at(-1)?.[1]).toBe("still here");
});

Deno.test("WebGroup: a relay forwards no frame that would end the next channel", () => {
  const { network, a, attacker } = connectAttacker(SEED);
  const envelope = {
    sender: asMemberId(attacker.id),
    recipient: asMemberId(a.group.myId),
    service: Service.USER,
    hopLimit: undefined,
  };
  const empty = encodeEnvelope({ ...envelope, content: new Uint8Array(FRAME_BYTES_MAX - 1_000) });
  const content = new Uint8Array(2 * FRAME_BYTES_MAX - 1_000 - empty.length);
  const longest = encodeEnvelope({ ...envelope, content });
  expect(longest.length).toBe(FRAME_BYTES_MAX);
  network.world.keepTrace = true;
  attacker.channel.send(longest);
  network.run(1_000);
  expect(network.world.trace.filter((line) => line.includes("it is too long")).length).toBe(1);
});

class Impostor implements UpgradeHandler {
  readonly #answers: readonly Uint8Array[];

  constructor(answers: readonly Uint8Array[]) {
    this.#answers = answers;
  }

  decideByUrl(): UpgradeDecision {
    return {
      type: "admit",
      accept: (channel) => {
        channel.listen({ received: () => {}, bufferedAmountLow: () => {}, closed: () => {} });
        for (const answer of this.#answers) channel.send(answer);
      },
    };
  }
}

Deno.test("WebGroup reports a server that is not a signaling server as an error, and retries later", () => {
  const answers: [Uint8Array[], string][] = [
    [[utf8("HTTP/1.1 200 OK")], "NOT_SIGVER"],
    [[new Uint8Array(0)], "NOT_SIGVER"],
    [[encodeSignaling({ type: "connect", id: 7, members: [], version: 5 })], "NOT_SIGVER"],
    // Accepts the connection, and stays silent.
    [[], "NOT_SIGVER"],
  ];
  for (const [frames, code] of answers) {
    const network = new SimNetwork({ seed: SEED });
    network.signaling.stop();
    const machine = network.world.addMachine("impostor");
    network.world.serve("signaling:8000", machine, new Impostor(frames));
    const peer = network.add("a");
    peer.group.join("key");
    network.run(12_000);
    const codes = peer.seen.flatMap(([kind, code]) => kind === "error" ? [code] : []);
    // A silent server is reported after 4 s, and abandoned after 10 s.
    expect(codes.filter((code) => code !== "TIMEOUT")[0] ?? "TIMEOUT").toBe(code);
    expect(peer.group.state).toBe(0);
    network.signaling.start();
    network.run(60_000);
    expect(peer.group.state).toBe(1);
  }
});

Deno.test("WebGroup survives a server that pairs nobody, or pairs with hostile peers", () => {
  const network = new SimNetwork({ seed: SEED });
  network.signaling.stop();
  const random = seededRandom(SEED);
  const signals = Array.from({ length: 500 }, () => {
    const data = Uint8Array.from({ length: random.uint32() % 60 }, () => random.uint32() & 0xff);
    return encodeSignaling({
      type: "content",
      sender: undefined,
      recipient: undefined,
      last: false,
      data,
    });
  });
  const liar = new Impostor([encodeSignaling({ type: "connected", connected: false }), ...signals]);
  network.world.serve("signaling:8000", network.world.addMachine("liar"), liar);
  const peer = network.add("a");
  peer.group.join("key");
  network.run(60_000);
  network.signaling.start();
  peer.group.leave();
  peer.group.join("key");
  network.run(5_000);
  expect(peer.group.state).toBe(1);
});
