import { withTimeout } from "./with_timeout.ts";

const DEADLINE_MS = 60_000;
const LOOK_EVERY_MS = 50;

/**
 * Only a failing test waits until the deadline.
 * @param state Printed if the condition never holds.
 * @param signal Aborts the wait.
 */
export async function until(
  what: string,
  holds: () => boolean | Promise<boolean>,
  state: () => unknown = () => "",
  signal?: AbortSignal,
): Promise<void> {
  const end = performance.now() + DEADLINE_MS;
  while (!await withTimeout(holds(), DEADLINE_MS, `look whether ${what}`)) {
    signal?.throwIfAborted();
    if (performance.now() > end) {
      const seen = await withTimeout(
        state(),
        DEADLINE_MS,
        `word of what is, where it is not so: ${what}`,
      );
      throw new Error(`Timed out after ${DEADLINE_MS} ms: ${what} expected; ${Deno.inspect(seen)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}
