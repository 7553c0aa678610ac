import { Attacker, type Target } from "./attacker.ts";

export interface AttackContext {
  readonly target: Target;
  readonly signal: AbortSignal;
  /** A random whole number below the bound. */
  readonly below: (bound: number) => number;
  /** The key of the well-behaved group, for attackers that know it. */
  readonly honestKey: string;
  /** Counts an action by its kind. */
  readonly count: (what: string, times?: number) => void;
}

export interface Attack {
  readonly name: string;
  readonly description: string;
  readonly run: (context: AttackContext) => Promise<void>;
}

export async function inLanes(
  { signal }: AttackContext,
  lanes: number,
  turn: (lane: number) => Promise<void>,
): Promise<void> {
  await Promise.all(Array.from({ length: lanes }, async (_, lane) => {
    while (!signal.aborted) {
      await turn(lane);
      // A client that is refused at once has to yield, also to the signal.
      await new Promise((resolve) => setTimeout(resolve));
    }
  }));
}

/** Opens a WebSocket, which ends with the attack; received bytes are discarded by default. */
export async function open(
  { target, signal, count }: AttackContext,
  path: string,
  address: string,
  reads = true,
): Promise<Attacker | undefined> {
  const attacker = await Attacker.open(target, { path, address });
  count(attacker ? "sockets" : "refused");
  if (attacker === undefined) return undefined;
  if (signal.aborted) attacker.end();
  signal.addEventListener("abort", () => attacker.end(), { once: true });
  if (reads) attacker.drain();
  return attacker;
}

/** Settles at the end of the attack. */
export function untilEnd({ signal }: AttackContext): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

/** Returns one of few addresses, so that the limits per address are reached. */
export function addressOf(lane: number): string {
  return `192.0.2.${1 + lane % 4}`;
}
