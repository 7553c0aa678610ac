// Asks a callback of the program for a decision, with a time limit.

import type { Clock } from "./platform.ts";

export type Decision = "yes" | "no" | "late";

/** Never rejects. If the callback fails, its error is passed to `failed`, and the answer is no. */
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
    asked().then((answer) => decide(answer === true ? "yes" : "no"), (error) => {
      failed(error);
      decide("no");
    });
  });
}
