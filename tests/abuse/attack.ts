import { Attacker, type Target } from "./attacker.ts";

/** The resources of an attack. */
export interface AttackContext {
  readonly target: Target;
  /** Aborts at the end of the attack. */
  readonly signal: AbortSignal;
  /** Whole numbers from 0 to below a bound. */
  readonly below: (bound: number) => number;
  /** The key of the group of those who behave, for those who know it. */
  readonly honestKey: string;
  /** Counts something that was done, by what it was. */
  readonly count: (what: string, times?: number) => void;
}

/** One way to be a nuisance. */
export interface Attack {
  readonly name: string;
  /** For people, as in the table. */
  readonly description: string;
  readonly run: (context: AttackContext) => Promise<void>;
}

/** Runs an action in parallel lanes, each again and again until the end of the attack. */
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

/**
 * Opens a WebSocket that ends with the attack at the latest; received bytes are discarded by
 * default.
 */
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

/** Settles when the attack is over. */
export function over({ signal }: AttackContext): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

/** One of a few addresses: so that what one address may do is met. */
export function addressOf(lane: number): string {
  return `192.0.2.${1 + lane % 4}`;
}
