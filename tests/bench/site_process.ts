// `deno run -A site_process.ts ADDRESS [URL-OF-EARLIER-REVISION]` runs the site in a network
// namespace. It prints its addresses as a line of JSON, and ends with its input.

import { Site } from "./site.ts";

export interface SiteAddresses {
  /** As `http://…`. */
  readonly site: string;
  /** As `ws://…`. */
  readonly signalingServer: string;
}

if (import.meta.main) {
  const [hostname, earlier] = Deno.args;
  const site = new Site(earlier === undefined ? undefined : new URL(earlier), hostname);
  await site.prepare("netflux");
  const addresses: SiteAddresses = { site: site.url, signalingServer: site.signaling.url };
  // deno-lint-ignore no-console -- the output of a program
  console.log(JSON.stringify(addresses));
  for await (const _ of Deno.stdin.readable);
  Deno.exit(0);
}
