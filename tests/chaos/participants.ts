export interface Participants {
  /** Deno peers by name; the first one creates the group. */
  readonly peers: readonly string[];
  /** Bots, which the first peer invites. */
  readonly bots?: readonly string[];
  /** Pages of Chromium. */
  readonly pages?: readonly string[];
  /** A peer that joins when the fault is over. */
  readonly newcomer?: string;
  /** Peers at the right switch of a network of their own; the others are at the left one. */
  readonly right?: readonly string[];
}
