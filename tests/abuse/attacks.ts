/**
 * All attacks, one after the other as they are played.
 *
 * @module
 */

import { encodeSignaling, type SignalingContent } from "../../src/wire/signaling.ts";
import { addressOf, type Attack, inLanes, type Means, open, over } from "./attack.ts";
import { frameOf, frameStart, Intruder } from "./intruder.ts";

/** The attacks, in their order. */
export const ATTACKS: readonly Attack[] = [
  {
    name: "messages",
    means: "20 sockets that each say 1,000 heartbeats at once, again and again",
    run: (means) => flood(means, frameOf(encodeSignaling({ type: "heartbeat" }))),
  },
  {
    name: "connects",
    means: "20 sockets that each ask 1,000 times at once who is there",
    run: (means) =>
      flood(
        means,
        frameOf(encodeSignaling({ type: "connect", id: 7, members: [1, 2, 3], version: 5 })),
      ),
  },
  {
    name: "sockets",
    means: "64 lanes that open sockets as fast as they can, from 4 addresses, and keep them",
    run: (means) =>
      inLanes(means, 64, async (lane) => {
        await open(means, `sockets-${means.below(1_000)}`, addressOf(lane));
      }),
  },
  {
    name: "half-open",
    means: "1,000 connections that say nothing, or half a request",
    run: halfOpen,
  },
  {
    name: "slow handshakes",
    means: "sockets of 64 addresses that never say who they are",
    run: (means) =>
      inLanes(means, 16, async () => {
        await open(means, `slow-${means.below(100)}`, `198.51.100.${means.below(64)}`);
      }),
  },
  {
    name: "giant frames",
    means: "8 lanes of frames of 1 MiB, of 1 GiB announced, and of messages in fragments",
    run: giants,
  },
  {
    name: "mutated frames",
    means: "16 sockets that say messages with a few bytes changed",
    run: mutants,
  },
  {
    name: "key guessing",
    means: "64 lanes that ask at one key after the other",
    run: (means) =>
      inLanes(means, 64, async (lane) => {
        const guess = `${means.honestKey.slice(0, -2)}${means.below(1_000)}`;
        const intruder = await open(means, guess, addressOf(lane));
        await intruder?.say({ type: "connect", id: 1 + means.below(9), members: [], version: 5 });
        means.count("keys");
        intruder?.end();
      }),
  },
  {
    name: "member lies",
    means: "16 sockets that know the key of the group, and say that they are in it",
    run: lies,
  },
  {
    name: "pairing storms",
    means: "32 newcomers to 4 members that have a new pairing and 100 letters each time",
    run: storms,
  },
  {
    name: "slow readers",
    means: "8 members that read nothing, and 32 newcomers that write to them",
    run: slowReaders,
  },
];

async function flood(means: Means, frame: Uint8Array): Promise<void> {
  const many = new Uint8Array(1_000 * frame.length);
  for (let time = 0; time < 1_000; time++) many.set(frame, time * frame.length);
  await inLanes(means, 20, async (lane) => {
    const intruder = await open(means, `flood-${lane}`, addressOf(lane));
    while (intruder?.isOpen) {
      await intruder.write(many);
      means.count("messages written", 1_000);
    }
  });
}

async function halfOpen(means: Means): Promise<void> {
  const { target, signal, below, count } = means;
  const request = new TextEncoder().encode("GET /half HTTP/1.1\r\nHost: sigver.test\r\nUpgra");
  for (let opened = 0; opened < 1_000 && !signal.aborted; opened++) {
    const intruder = await Intruder.dial(target);
    if (intruder === undefined) continue;
    count("connections");
    signal.addEventListener("abort", () => intruder.end(), { once: true });
    if (below(2)) await intruder.write(request);
    intruder.drain();
  }
  await over(means);
}

/** Bounded: what the attacked machine cannot take would be no answer of the server's. */
const GIANT_BYTES_MAX = 64 * 1_048_576;

async function giants(means: Means): Promise<void> {
  const piece = new Uint8Array(1_048_576);
  let left = GIANT_BYTES_MAX;
  await inLanes(means, 8, async (lane) => {
    if (left <= 0) return over(means);
    left -= 2 * piece.length;
    const intruder = await open(means, `giant-${lane}`, addressOf(lane));
    if (intruder === undefined) return;
    if (lane % 3 === 0) await intruder.write(frameOf(piece));
    if (lane % 3 === 1) {
      await intruder.write(frameStart({ opcode: 2, isLast: true, length: 2 ** 30 }));
    }
    if (lane % 3 === 2) {
      for (const opcode of [2, 0]) {
        const start = frameStart({ opcode, isLast: false, length: piece.length });
        await intruder.write(start);
        await intruder.write(piece);
      }
    }
    await intruder.write(piece);
    means.count("megabytes", 2);
    intruder.end();
  });
}

async function mutants(means: Means): Promise<void> {
  const { below, count } = means;
  await inLanes(means, 16, async (lane) => {
    const intruder = await open(means, `mutants-${lane % 3}`, addressOf(lane));
    while (intruder?.isOpen) {
      const message = below(2)
        ? { type: "connect", id: 1 + below(9), members: [below(9)], version: 5 } as const
        : letter(below(60));
      const frame = encodeSignaling(message);
      for (let times = below(3); times > 0; times--) frame[below(frame.length)] = below(256);
      await intruder.say(frame);
      count("frames");
    }
  });
}

async function lies(means: Means): Promise<void> {
  const { below, count, honestKey } = means;
  await inLanes(means, 16, async (lane) => {
    const intruder = await open(means, honestKey, addressOf(lane));
    while (intruder?.isOpen) {
      const members = Array.from({ length: below(2_000) }, () => below(2 ** 32));
      await intruder.say({ type: "connect", id: 1 + below(2 ** 31), members, version: 5 });
      count("lies");
      // As often as it may for long, so that it stays: a member that is none.
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  });
}

async function storms(means: Means): Promise<void> {
  for (const host of [0, 1, 2, 3]) await hostOf(means, `storm-${host}`, host, true);
  await inLanes(means, 32, async (lane) => {
    const intruder = await open(means, `storm-${lane % 4}`, addressOf(lane));
    while (intruder?.isOpen) {
      await intruder.say({ type: "connect", id: 100 + lane, members: [], version: 5 });
      means.count("pairings");
      for (let time = 0; time < 100; time++) await intruder.say(letter(100));
    }
  });
}

async function slowReaders(means: Means): Promise<void> {
  await inLanes(means, 40, async (lane) => {
    const key = `slow-reader-${lane % 8}`;
    if (lane < 8) {
      const host = await hostOf(means, key, lane, false);
      while (host?.isOpen && !means.signal.aborted) {
        await host.say({ type: "heartbeat" });
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
      return;
    }
    const intruder = await open(means, key, addressOf(lane));
    await intruder?.say({ type: "connect", id: 100 + lane, members: [], version: 5 });
    while (intruder?.isOpen) {
      await intruder.say(letter(8_000));
      means.count("letters");
    }
  });
}

/** The first of a group, whom newcomers are paired with. */
async function hostOf(
  means: Means,
  key: string,
  lane: number,
  reads: boolean,
): Promise<Intruder | undefined> {
  const host = await open(means, key, addressOf(lane), reads);
  await host?.say({ type: "connect", id: 1, members: [], version: 5 });
  return host;
}

function letter(length: number): SignalingContent {
  const data = new Uint8Array(length);
  return { type: "content", sender: undefined, recipient: undefined, last: false, data };
}
