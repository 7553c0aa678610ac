/**
 * The name that a user has chosen, for the next time.
 *
 * @module
 */

import { cleanName } from "./people.ts";

const ITEM = "netflux-demo-name";

/** The name of the last time; `undefined` if there is none. */
export function recallName(): string | undefined {
  try {
    return cleanName(localStorage.getItem(ITEM) ?? "") || undefined;
  } catch {
    // The user forbids pages to store anything: each time has a new name.
    return undefined;
  }
}

export function rememberName(name: string): void {
  try {
    localStorage.setItem(ITEM, name);
  } catch {
    // As above.
  }
}
