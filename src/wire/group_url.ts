/**
 * Where a group meets: the key in the URL of a signaling server, with what else is in that URL.
 *
 * ```text
 * wss://host/path?token=…   and a key   ▶   wss://host/path/KEY?token=…&favored
 * ```
 *
 * @module
 */

/** The URL under which members of a group meet. Servers prefer favored ones for newcomers. */
export function groupUrl(server: string, key: string, favored: boolean): string {
  const [place = "", query] = server.replace(/#.*$/s, "").split(/\?(.*)/s);
  const asked = [query, favored ? "favored" : ""].filter((part) => part).join("&");
  return `${place.replace(/\/$/, "")}/${encodeKey(key)}${asked && `?${asked}`}`;
}

/** Deployed peers append the key as it is: this leaves it so wherever a URL does too. */
export function encodeKey(key: string): string {
  return encodeURI(key).replaceAll("?", "%3F").replaceAll("#", "%23");
}

/** The key of a group as a server finds it in the URL: percent signs and all. */
export function keyIn({ pathname }: URL): string {
  return pathname.slice(1);
}
