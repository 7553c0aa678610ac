import { expect } from "expect";
import { asGroupId } from "../../src/base/ids.ts";
import { decodeDialQuery, encodeDialQuery } from "../../src/wire/dial_query.ts";
import { checkKey, groupUrl, keyIn } from "../../src/wire/signaling_url.ts";
import { fc } from "../support/fast_check.ts";

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

const DOTTED = [
  ".",
  "..",
  "x/../y",
  "../elsewhere/x",
  "x/.",
  "./x",
  "x\\..\\y",
  "%2e",
  "x/%2E.",
  ".%2e/x",
  "x/%2e%2E",
];

for (const key of DOTTED) {
  Deno.test(`checkKey(${JSON.stringify(key)}) rejects a path segment that URLs resolve`, () => {
    const reason =
      'Cannot use the key: it contains "." or ".." as a path segment, which URLs resolve';
    expect(() => checkKey(key)).toThrow(new TypeError(reason));
    const caller = { group: asGroupId(1), sender: undefined, proof: undefined };
    const call = { type: "invitation", ...caller, key } as const;
    expect(decodeDialQuery(new URL(encodeDialQuery("ws://bot", call)))).toBe(undefined);
  });
}

Deno.test("checkKey() accepts dots that are not a path segment", () => {
  for (const key of ["...", ".x", "x.", "a..b/c.", "%2", "2e/%25", "x/.../y"]) checkKey(key);
});

Deno.test("groupUrl() stays below the path of the server, and differs for each key", () => {
  const part = fc.constantFrom("a", ".", "..", "/", "\\", "%2e", "%", "?", "#", "\t", " ", "é");
  const key = fc.array(part, { minLength: 1, maxLength: 8 }).map((parts) => parts.join(""));
  const pathOf = (key: string) => new URL(groupUrl("ws://host/a/path/", key, false)).pathname;
  const keys = new Map<string, string>();
  fc.assert(fc.property(key, (key) => {
    try {
      checkKey(key);
    } catch {
      return;
    }
    const path = pathOf(key);
    expect(path.startsWith("/a/path/")).toBe(true);
    expect(keys.get(path) ?? key).toBe(key);
    keys.set(path, key);
  }));
});

for (const key of ["room [1]", "a|b", "ä ö"]) {
  Deno.test(`groupUrl() names the group ${key} as Netflux 4 does`, () => {
    const { pathname } = new URL(`ws://host/${key}`);
    expect(new URL(groupUrl("ws://host", key, false)).pathname).toBe(pathname);
  });
}
