import { expect } from "expect";
import { SignalingServers } from "../../src/signaling/servers.ts";
import type { TokenSource } from "../../src/signaling/token_source.ts";
import type { Dial, DialSink } from "../../src/transport/channel.ts";

/** Servers whose dials are recorded. */
class Rig {
  readonly urls: string[] = [];
  readonly failures: string[] = [];
  canceled = 0;
  isFavored = false;
  readonly sink: DialSink = { opened: () => {}, failed: (reason) => this.failures.push(reason) };
  readonly servers: SignalingServers;

  constructor(token: string | TokenSource, ...urls: readonly string[]) {
    this.servers = new SignalingServers(urls, token, {
      transport: { dialSocket: (url) => this.#dial(url) },
      key: () => "a/b",
      isFavored: () => this.isFavored,
    });
  }

  #dial(url: string): Dial {
    this.urls.push(url);
    return { cancel: () => void this.canceled++ };
  }
}

/** Waits until the callback for tokens has settled, and its result was handled. */
async function settle(): Promise<void> {
  for (let microtasks = 0; microtasks < 10; microtasks++) await undefined;
}

Deno.test("SignalingServers.nameOf() includes the path, but not the query, which may be a secret", () => {
  const { servers } = new Rig("", "wss://example.org/groups/?token=secret", "ws://localhost:8000");
  expect(servers.nameOf(0)).toBe("wss://example.org/groups");
  expect(servers.nameOf(1)).toBe("ws://localhost:8000");
});

Deno.test("SignalingServers dials the URL of the group, with the token first in the query", () => {
  const server = "wss://host/path?token=old&x=1";
  const rows: readonly (readonly [token: string, isFavored: boolean, url: string])[] = [
    ["", false, "wss://host/path/a/b?token=old&x=1"],
    ["", true, "wss://host/path/a/b?token=old&x=1&favored"],
    ["a+b", false, "wss://host/path/a/b?token=a%2Bb&token=old&x=1"],
  ];
  for (const [token, isFavored, url] of rows) {
    const rig = new Rig(token, server);
    rig.isFavored = isFavored;
    rig.servers.dial(0, rig.sink);
    expect(rig.urls).toEqual([url]);
  }
  const rig = new Rig("t", "ws://first", "ws://second");
  rig.servers.dial(1, rig.sink);
  rig.servers.dialMember("ws://second/a?type=0", rig.sink);
  expect(rig.urls).toEqual(["ws://second/a/b?token=t", "ws://second/a?token=t&type=0"]);
});

Deno.test("SignalingServers asks for a token for the key before each dial", async () => {
  const keys: string[] = [];
  const rig = new Rig(async (key) => {
    await undefined;
    return `token-${keys.push(key)}`;
  }, "ws://host");
  rig.servers.dial(0, rig.sink);
  rig.servers.dial(0, rig.sink);
  expect(rig.urls).toEqual([]);
  await settle();
  expect(rig.urls).toEqual(["ws://host/a/b?token=token-1", "ws://host/a/b?token=token-2"]);
  expect(keys).toEqual(["a/b", "a/b"]);
});

Deno.test("SignalingServers fails a dial whose callback throws, rejects or returns no string", async () => {
  const failed = "token() failed: ";
  const expected = "a string or a function that returns one expected";
  const rows: readonly (readonly [callback: () => unknown, failure: string])[] = [
    [() => Promise.reject(new Error("HTTP 503")), "HTTP 503"],
    [() => {
      throw new Error("not signed in");
    }, "not signed in"],
    [
      () => undefined,
      `Cannot use undefined as token: ${expected}`,
    ],
    [
      () => new Response(),
      `Cannot use a value of type Response as token: ${expected}`,
    ],
  ];
  for (const [callback, failure] of rows) {
    // JavaScript programs return values that the signature excludes.
    const rig = new Rig(callback as TokenSource, "ws://host");
    rig.servers.dial(0, rig.sink);
    // The contract of a dial: no outcome before it has returned.
    expect(rig.failures).toEqual([]);
    await settle();
    expect([rig.failures, rig.urls]).toEqual([[`${failed}${failure}`], []]);
  }
});

Deno.test("SignalingServers: a canceled dial opens nothing, and reports nothing", async () => {
  for (const callback of [() => "token", () => Promise.reject(new Error("late"))]) {
    const rig = new Rig(callback, "ws://host");
    rig.servers.dial(0, rig.sink).cancel();
    await settle();
    expect([rig.urls, rig.failures, rig.canceled]).toEqual([[], [], 0]);
  }
  const rig = new Rig(() => "token", "ws://host");
  const dial = rig.servers.dial(0, rig.sink);
  await settle();
  dial.cancel();
  expect(rig.canceled).toBe(1);
});
