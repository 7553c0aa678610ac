// The outcome of sending a message.
// @sansio

/**
 * `sent`: completely. `MEMBER_LEFT`: the member left. `TOO_LARGE`: above the `maxMessageSize` of
 * the member.
 */
export type SendOutcome = "sent" | "MEMBER_LEFT" | "TOO_LARGE";

export type SendCallback = (outcome: SendOutcome) => void;

/** Returns a callback that calls `done` after `count` sends, with the first failure, if any. */
export function countdown(count: number, done: SendCallback): SendCallback {
  if (count === 1) return done;
  let left = count;
  let combined: SendOutcome = "sent";
  return (outcome) => {
    if (combined === "sent") combined = outcome;
    if (--left === 0) done(combined);
  };
}
