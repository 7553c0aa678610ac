/**
 * Where a group meets: the key and all else in the URL of a server.
 *
 * @module
 */

import { expect } from "expect";
import { groupUrl, keyIn } from "../../src/wire/group_url.ts";

const ROWS: readonly (readonly [server: string, key: string, favored: boolean, url: string])[] = [
  ["ws://host", "key", false, "ws://host/key"],
  ["ws://host/", "key", true, "ws://host/key?favored"],
  ["wss://host/path", "a b", false, "wss://host/path/a%20b"],
  ["wss://host/path/", "a/b", false, "wss://host/path/a/b"],
  ["wss://host/?token=1.x-_", "key", false, "wss://host/key?token=1.x-_"],
  ["wss://host?token=1.x", "key", true, "wss://host/key?token=1.x&favored"],
  ["wss://host/path/?a=/b?c", "what?#", true, "wss://host/path/what%3F%23?a=/b?c&favored"],
  ["wss://host/?", "key", false, "wss://host/key"],
  ["wss://host/?a=1#part", "key", false, "wss://host/key?a=1"],
];

for (const [server, key, favored, url] of ROWS) {
  Deno.test(`groupUrl(${JSON.stringify(server)}, ${JSON.stringify(key)}): ${url}`, () => {
    expect(groupUrl(server, key, favored)).toBe(url);
    expect(new URL(url).href).toBe(url);
    expect(keyIn(new URL(url)).endsWith(encodeURI(key).replace("?#", "%3F%23"))).toBe(true);
    expect(new URL(url).searchParams.has("favored")).toBe(favored);
  });
}
