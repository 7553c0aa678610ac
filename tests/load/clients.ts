// Clients of a load test: executes the plan in its argument, prints a line of JSON, and stays until
// stdin ends.

import { decodeSignaling, encodeSignaling } from "../../src/wire/signaling.ts";
import { withTimeout } from "../support/with_timeout.ts";
import { LoadSocket } from "./socket.ts";

export interface ClientPlan {
  readonly port: number;
  /** Each address of this machine has a full range of ports. */
  readonly hosts: readonly string[];
  /** Clients that stay in their groups. */
  readonly members: number;
  readonly groupSize: number;
  /** The heartbeat interval of members; `undefined`: 5 s, as deployed clients have it. */
  readonly calmS?: number;
  /** Joins per second; each client leaves after its answer. */
  readonly joinsPerSecond: number;
  readonly seconds: number;
  /** These first seconds are excluded from the figures, as code runs slowly at first. */
  readonly warmUpSeconds: number;
  /** The server is only an echo server. */
  readonly isEcho: boolean;
}

export interface ClientReport {
  readonly opened: number;
  readonly openedInMs: number;
  /** Times from the dial to the reply, and to the signal at the member. */
  readonly answersMs: readonly number[];
  readonly signalsMs: readonly number[];
  readonly failed: number;
}

class Clients {
  readonly #plan: ClientPlan;
  readonly #members: LoadSocket[] = [];
  readonly #answersMs: number[] = [];
  readonly #signalsMs: number[] = [];
  /** The clients whose signal has not arrived at a member yet, by the number in the signal. */
  readonly #signals = new Map<number, () => void>();
  #failed = 0;

  constructor(plan: ClientPlan) {
    this.#plan = plan;
  }

  async run(): Promise<ClientReport> {
    const startMs = performance.now();
    await this.#openMembers();
    const openedInMs = performance.now() - startMs;
    if (this.#plan.calmS === undefined) this.#beat();
    await this.#join();
    return {
      opened: this.#members.length,
      openedInMs,
      answersMs: this.#answersMs,
      signalsMs: this.#signalsMs,
      failed: this.#failed,
    };
  }

  async #openMembers(): Promise<void> {
    let next = 0;
    const openSome = async () => {
      while (next < this.#plan.members) await this.#openMember(next++);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, openSome));
  }

  async #openMember(index: number): Promise<void> {
    const { groupSize, calmS, isEcho } = this.#plan;
    const group = Math.floor(index / groupSize);
    try {
      const socket = await this.#open(index, `${PREFIX}${group}`);
      this.#members.push(socket);
      if (isEcho) return;
      const before = Array.from(
        { length: index % groupSize },
        (_, at) => group * groupSize + at + 1,
      );
      await socket.send(
        encodeSignaling({ type: "connect", id: index + 1, members: before, version: 5, calmS }),
      );
      socket.received = (frame) => this.#memberReceived(socket, frame);
    } catch {
      this.#failed++;
    }
  }

  #memberReceived(socket: LoadSocket, frame: Uint8Array): void {
    const message = decodeSignaling(frame);
    if (message.type === "heartbeat" && this.#plan.calmS !== undefined) socket.send(HEARTBEAT);
    if (message.type !== "content" || message.data === undefined) return;
    const number = new DataView(message.data.slice().buffer).getUint32(0);
    this.#signals.get(number)?.();
  }

  #beat(): void {
    let next = 0;
    const slices = HEARTBEAT_MS / SLICE_MS;
    setInterval(() => {
      for (let at = next; at < this.#members.length; at += slices) {
        this.#members[at]?.send(HEARTBEAT);
      }
      next = (next + 1) % slices;
    }, SLICE_MS);
  }

  /** Starts each join at its time, independent of earlier ones. */
  async #join(): Promise<void> {
    const { joinsPerSecond, seconds } = this.#plan;
    const joins: Promise<void>[] = [];
    const startMs = performance.now();
    const total = joinsPerSecond * seconds;
    while (joins.length < total) {
      const due = Math.min(total, (performance.now() - startMs) / 1000 * joinsPerSecond);
      while (joins.length < due) joins.push(this.#joinOnce(joins.length));
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    await Promise.all(joins);
  }

  async #joinOnce(number: number): Promise<void> {
    const { members, groupSize, isEcho, joinsPerSecond, warmUpSeconds } = this.#plan;
    const startMs = performance.now();
    const counts = number >= joinsPerSecond * warmUpSeconds;
    const group = Math.floor(Math.random() * members / groupSize);
    try {
      const socket = await this.#open(number, `${PREFIX}${group}`);
      const answered = new Promise<void>((resolve) => socket.received = () => resolve());
      const id = NEWCOMERS_FROM + number;
      await socket.send(
        isEcho ? HEARTBEAT : encodeSignaling({ type: "connect", id, members: [], version: 5 }),
      );
      await withTimeout(answered, ANSWER_TIMEOUT_MS, "answer");
      const answerMs = performance.now() - startMs;
      if (!isEcho) await this.#writeSignal(socket, number);
      const letterMs = performance.now() - startMs;
      if (counts) this.#answersMs.push(answerMs);
      if (counts && !isEcho) this.#signalsMs.push(letterMs);
      socket.cut();
    } catch {
      this.#failed++;
    }
  }

  async #writeSignal(socket: LoadSocket, number: number): Promise<void> {
    const arrived = new Promise<void>((resolve) => this.#signals.set(number, resolve));
    const data = new Uint8Array(LETTER_BYTES);
    new DataView(data.buffer).setUint32(0, number);
    const signal = { sender: undefined, recipient: undefined, last: false, data };
    await socket.send(encodeSignaling({ type: "content", ...signal }));
    await withTimeout(arrived, ANSWER_TIMEOUT_MS, "signal");
    this.#signals.delete(number);
  }

  #open(index: number, path: string): Promise<LoadSocket> {
    const { hosts, port } = this.#plan;
    return LoadSocket.open(hosts[index % hosts.length] ?? "127.0.0.1", port, path);
  }
}

const ANSWER_TIMEOUT_MS = 10_000;
const AT_ONCE = 32;
const HEARTBEAT_MS = 5_000;
const SLICE_MS = 50;
const LETTER_BYTES = 60;
const PREFIX = "group-";
const NEWCOMERS_FROM = 1_000_000_000;
const HEARTBEAT = encodeSignaling({ type: "heartbeat" });

if (import.meta.main) {
  const plan: ClientPlan = JSON.parse(Deno.args[0] ?? "");
  const clients = new Clients(plan);
  const report = await clients.run();
  await Deno.stdout.write(new TextEncoder().encode(`${JSON.stringify(report)}\n`));
  await Deno.stdin.read(new Uint8Array(1));
  Deno.exit(0);
}
