/**
 * What signals of the operating system mean to the program.
 *
 * @module
 */

import process from "node:process";

/** What the program does when it is told to. */
export interface Orders {
  /** Reads again what may have changed. */
  readonly reload: () => void;
  /** Ends in good order. */
  readonly stop: () => Promise<void>;
}

/** Obeys SIGHUP, and SIGTERM and SIGINT; who tells it twice to stop does not want to wait. */
export function obeySignals({ reload, stop }: Orders): void {
  let stopping = false;
  const stopOnce = () => {
    if (stopping) process.exit(0);
    stopping = true;
    stop().finally(() => process.exit(0));
  };
  const isWindows = process.platform === "win32";
  for (const signal of isWindows ? STOPS_WINDOWS : STOPS) process.on(signal, stopOnce);
  if (!isWindows) process.on("SIGHUP", reload);
}

const STOPS = ["SIGINT", "SIGTERM"] as const;

const STOPS_WINDOWS = ["SIGINT", "SIGBREAK"] as const;

/** Settles in so much time at the latest. */
export async function within(timeoutMs: number, work: Promise<void>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const timeout = new Promise<void>((resolve) => timer = setTimeout(resolve, timeoutMs));
  await Promise.race([work, timeout]);
  clearTimeout(timer);
}
