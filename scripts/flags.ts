/**
 * Writes the tables of Sigver's flags into docs/SIGVER.md: `deno task flags`.
 *
 * @module
 */

import { flagTables } from "../src/sigver/help.ts";

const DOCUMENT = new URL("../docs/SIGVER.md", import.meta.url);

const PLACE = /(?<=<!-- flags -->\n)[^]*?(?=<!-- end of flags -->)/;

/** A document with the tables between its two marks. */
export function withFlags(document: string): string {
  if (!PLACE.test(document)) {
    throw new TypeError("Cannot write the flags: the two marks around them expected");
  }
  return document.replace(PLACE, () => `\n${flagTables()}\n`);
}

if (import.meta.main) {
  await Deno.writeTextFile(DOCUMENT, withFlags(await Deno.readTextFile(DOCUMENT)));
}
