// A Deno process that is a member of the library in its argument, with calls as lines of JSON.

import process from "node:process";
import { RTCPeerConnection } from "node-datachannel/polyfill";
import { WebGroup } from "../../bot.ts";
import { bareRtc } from "./bare_rtc.ts";
import { bareSocket } from "./bare_socket.ts";
import type { Join } from "./member.ts";
import { Memory } from "./memory.ts";
import { netflux5, netflux5Channel } from "./netflux5.ts";
import { netflux5Socket } from "./netflux5_socket.ts";
import { Player } from "./player.ts";

const LIBRARIES: Readonly<Record<string, Join>> = {
  "bare": bareRtc(RTCPeerConnection as unknown as typeof globalThis.RTCPeerConnection),
  "netflux": netflux5(WebGroup),
  "netflux latest": netflux5Channel(WebGroup, "latest"),
  "bare socket": bareSocket,
  "netflux socket": netflux5Socket,
};

interface Call {
  readonly id: number;
  readonly method: string;
  readonly args: readonly unknown[];
}

const [name = ""] = Deno.args;
const join = LIBRARIES[name];
if (join === undefined) throw new RangeError(`Cannot run ${name}: no such library`);

const memory = new Memory();
const player = Object.assign(new Player(join), {
  /** The processor time in µs. */
  cpu: () => process.cpuUsage().user + process.cpuUsage().system,
  growth: () => memory.growth(),
});

let rest = "";
for await (const text of Deno.stdin.readable.pipeThrough(new TextDecoderStream())) {
  const lines = (rest + text).split("\n");
  rest = lines.pop() ?? "";
  for (const line of lines) answer(JSON.parse(line));
}
Deno.exit(0);

async function answer({ id, method, args }: Call): Promise<void> {
  const methods = player as unknown as Record<string, (...args: readonly unknown[]) => unknown>;
  let reply: object;
  try {
    reply = { id, result: await methods[method]?.call(player, ...args) };
  } catch (error) {
    reply = { id, error: String(error) };
  }
  Deno.stdout.writeSync(new TextEncoder().encode(`${JSON.stringify(reply)}\n`));
}
