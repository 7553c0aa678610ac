/**
 * The outcome of sending a message.
 *
 * @module
 */

/**
 * What became of a message: all of it is handed over, or never will be, as the member is gone or
 * takes none that long.
 */
export type SendOutcome = "sent" | "gone" | "tooLarge";

/** Is told once what became of a message. */
export type SendCallback = (outcome: SendOutcome) => void;

/** Calls `done` once, when so many ways are over: with the first thing that went wrong, if any. */
export function countdown(count: number, done: SendCallback): SendCallback {
  if (count === 0) done("sent");
  let left = count;
  let combined: SendOutcome = "sent";
  return (outcome) => {
    if (combined === "sent") combined = outcome;
    if (--left === 0) done(combined);
  };
}
