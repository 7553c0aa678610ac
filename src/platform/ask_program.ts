/**
 * What a program is asked, and answers in time or not.
 *
 * @module
 */

import type { Clock } from "./platform.ts";

/** What a program answered: yes, no (or it failed), or nothing in time. */
export type Answered = "yes" | "no" | "late";

/**
 * Asks a program. Never rejects.
 *
 * @param failed Is told what the program threw; that is a no.
 */
export function askProgram(
  question: () => boolean | Promise<boolean>,
  clock: Clock,
  withinMs: number,
  failed: (error: unknown) => void,
): Promise<Answered> {
  return new Promise((resolve) => {
    const callOff = clock.at(clock.now() + withinMs, () => resolve("late"));
    const decide = (answer: Answered) => {
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
