import { encodeSignaling, type SignalingContent } from "../../src/wire/signaling.ts";
import { addressOf, type Attack, type AttackContext, inLanes, open, untilEnd } from "./attack.ts";
import { Attacker, frameOf, frameStart } from "./attacker.ts";

export const ATTACKS: readonly Attack[] = [
  {
    name: "messages",
    description: "20 sockets that each say 1,000 heartbeats at once, again and again",
    run: (context) => flood(context, frameOf(encodeSignaling({ type: "heartbeat" }))),
  },
  {
    name: "connects",
    description: "20 sockets that each ask 1,000 times at once who is there",
    run: (context) =>
      flood(
        context,
        frameOf(encodeSignaling({ type: "connect", id: 7, members: [1, 2, 3], version: 5 })),
      ),
  },
  {
    name: "sockets",
    description: "64 lanes that open sockets as fast as they can, from 4 addresses, and keep them",
    run: (context) =>
      inLanes(context, 64, async (lane) => {
        await open(context, `sockets-${context.below(1_000)}`, addressOf(lane));
      }),
  },
  {
    name: "half-open",
    description: "1,000 connections that say nothing, or half a request",
    run: halfOpen,
  },
  {
    name: "slow handshakes",
    description: "sockets of 64 addresses that never say who they are",
    run: (context) =>
      inLanes(context, 16, async () => {
        await open(context, `slow-${context.below(100)}`, `198.51.100.${context.below(64)}`);
      }),
  },
  {
    name: "giant frames",
    description: "8 lanes of frames of 1 MiB, of 1 GiB announced, and of messages in fragments",
    run: giants,
  },
  {
    name: "mutated frames",
    description: "16 sockets that say messages with a few bytes changed",
    run: mutants,
  },
  {
    name: "key guessing",
    description: "64 lanes that ask at one key after the other",
    run: (context) =>
      inLanes(context, 64, async (lane) => {
        const guess = `${context.honestKey.slice(0, -2)}${context.below(1_000)}`;
        const attacker = await open(context, guess, addressOf(lane));
        await attacker?.send({
          type: "connect",
          id: 1 + context.below(9),
          members: [],
          version: 5,
        });
        context.count("keys");
        attacker?.end();
      }),
  },
  {
    name: "member lies",
    description: "16 sockets that know the key of the group, and say that they are in it",
    run: lies,
  },
  {
    name: "pairing storms",
    description: "32 newcomers to 4 members that have a new pairing and 100 signals each time",
    run: storms,
  },
  {
    name: "slow readers",
    description: "8 members that read nothing, and 32 newcomers that write to them",
    run: slowReaders,
  },
];

async function flood(context: AttackContext, frame: Uint8Array): Promise<void> {
  const many = new Uint8Array(1_000 * frame.length);
  for (let time = 0; time < 1_000; time++) many.set(frame, time * frame.length);
  await inLanes(context, 20, async (lane) => {
    const attacker = await open(context, `flood-${lane}`, addressOf(lane));
    while (attacker?.isOpen) {
      await attacker.write(many);
      context.count("messages written", 1_000);
    }
  });
}

async function halfOpen(context: AttackContext): Promise<void> {
  const { target, signal, below, count } = context;
  const request = new TextEncoder().encode("GET /half HTTP/1.1\r\nHost: sigver.test\r\nUpgra");
  for (let opened = 0; opened < 1_000 && !signal.aborted; opened++) {
    const attacker = await Attacker.dial(target);
    if (attacker === undefined) continue;
    count("connections");
    signal.addEventListener("abort", () => attacker.end(), { once: true });
    if (below(2)) await attacker.write(request);
    attacker.drain();
  }
  await untilEnd(context);
}

/** Limited, so that the attacking machine does not run out of memory first. */
const GIANT_BYTES_MAX = 64 * 1_048_576;

async function giants(context: AttackContext): Promise<void> {
  const piece = new Uint8Array(1_048_576);
  let left = GIANT_BYTES_MAX;
  await inLanes(context, 8, async (lane) => {
    if (left <= 0) return untilEnd(context);
    left -= 2 * piece.length;
    const attacker = await open(context, `giant-${lane}`, addressOf(lane));
    if (attacker === undefined) return;
    if (lane % 3 === 0) await attacker.write(frameOf(piece));
    if (lane % 3 === 1) {
      await attacker.write(frameStart({ opcode: 2, isLast: true, length: 2 ** 30 }));
    }
    if (lane % 3 === 2) {
      for (const opcode of [2, 0]) {
        const start = frameStart({ opcode, isLast: false, length: piece.length });
        await attacker.write(start);
        await attacker.write(piece);
      }
    }
    await attacker.write(piece);
    context.count("megabytes", 2);
    attacker.end();
  });
}

async function mutants(context: AttackContext): Promise<void> {
  const { below, count } = context;
  await inLanes(context, 16, async (lane) => {
    const attacker = await open(context, `mutants-${lane % 3}`, addressOf(lane));
    while (attacker?.isOpen) {
      const message = below(2)
        ? { type: "connect", id: 1 + below(9), members: [below(9)], version: 5 } as const
        : signal(below(60));
      const frame = encodeSignaling(message);
      for (let times = below(3); times > 0; times--) frame[below(frame.length)] = below(256);
      await attacker.send(frame);
      count("frames");
    }
  });
}

async function lies(context: AttackContext): Promise<void> {
  const { below, count, honestKey } = context;
  await inLanes(context, 16, async (lane) => {
    const attacker = await open(context, honestKey, addressOf(lane));
    while (attacker?.isOpen) {
      const members = Array.from({ length: below(2_000) }, () => below(2 ** 32));
      await attacker.send({ type: "connect", id: 1 + below(2 ** 31), members, version: 5 });
      count("lies");
      // The rate is within the limit, so the server keeps the client as a member.
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  });
}

async function storms(context: AttackContext): Promise<void> {
  for (const host of [0, 1, 2, 3]) await hostOf(context, `storm-${host}`, host, true);
  await inLanes(context, 32, async (lane) => {
    const attacker = await open(context, `storm-${lane % 4}`, addressOf(lane));
    while (attacker?.isOpen) {
      await attacker.send({ type: "connect", id: 100 + lane, members: [], version: 5 });
      context.count("pairings");
      for (let time = 0; time < 100; time++) await attacker.send(signal(100));
    }
  });
}

async function slowReaders(context: AttackContext): Promise<void> {
  await inLanes(context, 40, async (lane) => {
    const key = `slow-reader-${lane % 8}`;
    if (lane < 8) {
      const host = await hostOf(context, key, lane, false);
      while (host?.isOpen && !context.signal.aborted) {
        await host.send({ type: "heartbeat" });
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
      return;
    }
    const attacker = await open(context, key, addressOf(lane));
    await attacker?.send({ type: "connect", id: 100 + lane, members: [], version: 5 });
    while (attacker?.isOpen) {
      await attacker.send(signal(8_000));
      context.count("signals");
    }
  });
}

async function hostOf(
  context: AttackContext,
  key: string,
  lane: number,
  reads: boolean,
): Promise<Attacker | undefined> {
  const host = await open(context, key, addressOf(lane), reads);
  await host?.send({ type: "connect", id: 1, members: [], version: 5 });
  return host;
}

function signal(length: number): SignalingContent {
  const data = new Uint8Array(length);
  return { type: "content", sender: undefined, recipient: undefined, last: false, data };
}
