/**
 * The expected deliveries of a run of the demo without people, and the differences.
 *
 * @module
 */

export type Name = "Ada" | "Bob" | "the server";

/** A message or file that reaches a participant. */
export interface Delivery {
  readonly what: string;
  readonly from: Name;
  readonly to: Name;
  /** The kind of channel between the two. */
  readonly channel: string;
}

/** Everything that is to be delivered, and nothing else. */
export const EXPECTED: readonly Delivery[] = [
  { what: "the broadcast", from: "Ada", to: "Bob", channel: "rtc" },
  { what: "the broadcast", from: "Ada", to: "the server", channel: "ws" },
  { what: "the private message", from: "Bob", to: "Ada", channel: "rtc" },
  { what: "the question", from: "Bob", to: "the server", channel: "ws" },
  { what: "the answer", from: "the server", to: "Bob", channel: "ws" },
  { what: "5 MB with the right hash", from: "Ada", to: "Bob", channel: "rtc" },
  { what: "5 MB with the right hash", from: "Ada", to: "the server", channel: "ws" },
];

/** The expected deliveries that have not come, or not as expected. */
export function missing(
  expected: readonly Delivery[],
  delivered: readonly Delivery[],
): readonly Delivery[] {
  return without(expected, delivered);
}

/** Deliveries that were not expected: to others, duplicates, or over another kind of channel. */
export function unexpected(
  expected: readonly Delivery[],
  delivered: readonly Delivery[],
): readonly Delivery[] {
  return without(delivered, expected);
}

/** A delivery as a line. */
export function describeDelivery({ what, from, to, channel }: Delivery): string {
  return `${to} got ${what} from ${from} over ${channel}`;
}

/** The deliveries in `some` that have no equal in the others. */
function without(some: readonly Delivery[], others: readonly Delivery[]): readonly Delivery[] {
  const unmatched = others.map(describeDelivery);
  return some.filter((delivery) => {
    const at = unmatched.indexOf(describeDelivery(delivery));
    if (at >= 0) unmatched.splice(at, 1);
    return at < 0;
  });
}
