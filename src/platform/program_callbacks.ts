// Calls callbacks of the program: one that decides, with a time limit, and one that handles errors.

import { describeValue } from "../base/describe_value.ts";
import type { Clock } from "./platform.ts";

export type Decision = "yes" | "no" | "late";

/**
 * Never rejects. If the callback fails, or returns no boolean, the error is passed to `failed`, and
 * the answer is no.
 */
export function decideByCallback(
  question: () => boolean | Promise<boolean>,
  clock: Clock,
  withinMs: number,
  failed: (error: unknown) => void,
): Promise<Decision> {
  return new Promise((resolve) => {
    const callOff = clock.at(clock.now() + withinMs, () => resolve("late"));
    const decide = (answer: Decision) => {
      callOff();
      resolve(answer);
    };
    const asked = async () => await question();
    asked().then((answer: unknown) => {
      if (typeof answer !== "boolean") {
        // Does not quote a text, which may be what the callback looks at: a token or a cookie.
        const given = typeof answer === "string" ? "a text" : describeValue(answer);
        throw new TypeError(`Cannot use ${given} as the result of admit: true or false expected`);
      }
      decide(answer ? "yes" : "no");
    }).catch((error) => {
      failed(error);
      decide("no");
    });
  });
}

/** Passes an error to a handler of the program. If that throws, its error is passed to `failed`. */
export function callErrorHandler(
  onError: (error: unknown) => void,
  error: unknown,
  failed: (error: unknown) => void,
): void {
  try {
    onError(error);
  } catch (thrown) {
    failed(thrown);
  }
}
