/**
 * How fast a group is, beside the bare data channel under it: `deno task bench`.
 *
 * Both run in this process, one after the other, several times; the ratios of the medians are what
 * counts, as the machine may be busy with other things.
 *
 * @module
 */

// deno-lint-ignore-file no-console -- a program that talks to people
import { WebGroup } from "../bot.ts";
import { createHandler, Sigver } from "../sigver.ts";
import { Outbox } from "../src/delivery/outbox.ts";
import type { Channel } from "../src/transport/channel.ts";
import { nativeTransport } from "../src/transport/native.ts";
import type { RtcDial } from "../src/transport/transport.ts";

const ROUNDS = 5;
const BULK_MESSAGES = 8;
const BULK_BYTES = 4_000_000;
const SMALL_MESSAGES = 10_000;
const SMALL_BYTES = 100;
const FRAME_BYTES = 15_000;

const CONFIGURATION: RTCConfiguration = { iceServers: [] };

if (import.meta.main) await main();

async function main(): Promise<void> {
  const sigver = new Sigver();
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    createHandler(sigver),
  );
  const signalingServer = `ws://127.0.0.1:${server.addr.port}`;
  const bare = { bulk: [] as number[], small: [] as number[], join: [] as number[] };
  const group = { bulk: [] as number[], small: [] as number[], join: [] as number[] };
  for (let round = 0; round < ROUNDS; round++) {
    await measureBare(bare);
    await measureGroup(group, signalingServer);
  }
  sigver.close();
  await server.shutdown();
  const bulk = BULK_MESSAGES * BULK_BYTES / 1e6;
  console.log("                        bare channel      group    group / bare");
  print("bulk, MB/s", perSecond(bulk, bare.bulk), perSecond(bulk, group.bulk));
  const small = SMALL_MESSAGES / 1e3;
  print("100 B, 1,000/s", perSecond(small, bare.small), perSecond(small, group.small));
  print("join of two, ms", median(bare.join), median(group.join));
}

interface Times {
  readonly bulk: number[];
  readonly small: number[];
  readonly join: number[];
}

/** Frames over a data channel, with the same care for what it can take. */
async function measureBare(times: Times): Promise<void> {
  const begun = performance.now();
  const [a, b] = await openPair();
  times.join.push(performance.now() - begun);
  const count = Math.ceil(BULK_MESSAGES * BULK_BYTES / FRAME_BYTES);
  let left = 0;
  let arrived = () => {};
  b.listen({
    received: () => {
      if (--left === 0) arrived();
    },
    drained() {},
    closed() {},
  });
  const outbox = new Outbox(a, performance);
  a.listen({ received() {}, drained: () => outbox.pump(), closed() {} });
  const send = async (frames: number, bytes: number) => {
    const done = new Promise<void>((resolve) => arrived = resolve);
    left = frames;
    const frame = new Uint8Array(bytes);
    const start = performance.now();
    for (let index = 0; index < frames; index++) outbox.sendRelayed(frame);
    await done;
    return performance.now() - start;
  };
  times.bulk.push(await send(count, FRAME_BYTES));
  times.small.push(await send(SMALL_MESSAGES, SMALL_BYTES));
  a.close();
  b.close();
}

/** The same data between two members. */
async function measureGroup(times: Times, signalingServer: string): Promise<void> {
  const options = { signalingServer, rtcConfiguration: CONFIGURATION };
  await using a = new WebGroup(options);
  await using b = new WebGroup(options);
  await a.join("bench");
  const begun = performance.now();
  await b.join("bench");
  times.join.push(performance.now() - begun);
  let left = 0;
  let arrived = () => {};
  b.onMessage = () => {
    if (--left === 0) arrived();
  };
  const send = async (messages: number, bytes: number) => {
    const done = new Promise<void>((resolve) => arrived = resolve);
    left = messages;
    const data = new Uint8Array(bytes);
    const start = performance.now();
    for (let index = 0; index < messages; index++) await a.send(data);
    await done;
    return performance.now() - start;
  };
  if (a.members.length < 2) {
    await new Promise((resolve) => a.addEventListener("memberjoin", resolve, { once: true }));
  }
  times.bulk.push(await send(BULK_MESSAGES, BULK_BYTES));
  times.small.push(await send(SMALL_MESSAGES, SMALL_BYTES));
}

/** Both ends of a data channel in this process. */
async function openPair(): Promise<[Channel, Channel]> {
  const transport = nativeTransport();
  const [a, b] = [Promise.withResolvers<Channel>(), Promise.withResolvers<Channel>()];
  const dials: RtcDial[] = [];
  const side = (role: "offerer" | "answerer", end: typeof a, other: number) =>
    transport.dialRtc({ role, label: "bench", configuration: CONFIGURATION }, {
      signal: (signal) => dials[other]?.receive(signal),
      opened: end.resolve,
      failed: end.reject,
    });
  dials.push(side("offerer", a, 1), side("answerer", b, 0));
  return await Promise.all([a.promise, b.promise]);
}

function print(what: string, bare: number, group: number): void {
  const columns = [bare, group].map((value) => value.toFixed(1).padStart(11));
  console.log(`${what.padEnd(24)}${columns.join("")}${(group / bare).toFixed(2).padStart(16)}`);
}

function perSecond(amount: number, times: readonly number[]): number {
  return amount / median(times) * 1_000;
}

function median(values: readonly number[]): number {
  return [...values].sort((left, right) => left - right)[values.length >> 1] ?? NaN;
}
