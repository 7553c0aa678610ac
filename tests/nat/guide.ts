/**
 * The guide of docs/NAT.md to a TURN server, as a configuration that can be used.
 *
 * @module
 */

const DOCUMENT = new URL("../../docs/NAT.md", import.meta.url);

/** What stands in the guide for values of one's own. */
export interface GuideValues {
  readonly address: string;
  readonly domain: string;
  readonly secret: string;
  /** Where `fullchain.pem` and `privkey.pem` are. */
  readonly folder: string;
}

/** The configuration of the guide, with these values. */
export async function readGuide(values: GuideValues): Promise<string> {
  return fillIn(configurationOf(await Deno.readTextFile(DOCUMENT)), values);
}

/** The one block of the document that configures coturn. */
export function configurationOf(document: string): string {
  const blocks = [...document.matchAll(/^```text\n(.*?)^```$/gms)].map(([, block = ""]) => block);
  const [block, other] = blocks.filter((block) => block.includes("listening-ip="));
  if (block === undefined || other !== undefined) {
    throw new Error("Cannot find the guide: one block with listening-ip= expected in docs/NAT.md");
  }
  return block;
}

function fillIn(block: string, { address, domain, secret, folder }: GuideValues): string {
  const filled = block
    .replaceAll("/etc/letsencrypt/live/YOUR_DOMAIN", folder)
    .replaceAll("YOUR_IP_ADDRESS", address)
    .replaceAll("YOUR_DOMAIN", domain)
    .replaceAll("YOUR_SECRET", secret);
  const [left] = /YOUR_\w+/.exec(filled) ?? [];
  if (left !== undefined) throw new Error(`Cannot use the guide: there is no value for ${left}`);
  return filled;
}
