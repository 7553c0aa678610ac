export interface Participants {
  /** The first one creates the group. */
  readonly peers: readonly string[];
  /** Bots, which the first peer invites. */
  readonly bots?: readonly string[];
  readonly pages?: readonly string[];
  /** A peer that joins after the fault. */
  readonly newcomer?: string;
  /** Peers at the right switch of a namespace network; all others are at the left one. */
  readonly right?: readonly string[];
}
