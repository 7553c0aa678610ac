import { Buffer } from "node:buffer";
import { expect } from "expect";
import { MESSAGE_BYTES_MAX } from "../../src/base/limits.ts";
import { WebGroup } from "../../src/group/web_group.ts";
import { messagesOf, SimNetwork } from "../sim/sim_network.ts";

/** JavaScript programs pass values that the signature excludes. */
function wrong<Value>(value: unknown): Value {
  return value as Value;
}

function pair(): { network: SimNetwork; a: WebGroup; b: WebGroup } {
  const network = new SimNetwork({ seed: 1 });
  const [a, b] = network.addMany(2);
  a!.group.join("key");
  b!.group.join("key");
  network.run(3_000);
  return { network, a: a!.group, b: b!.group };
}

Deno.test("WebGroup: the initial values are those of the seed", () => {
  const group = new WebGroup();
  expect({ ...group }).toMatchObject({
    id: 0,
    myId: 0,
    key: "",
    members: [],
    neighbors: [],
    topology: 0,
    state: 2,
    signalingState: 3,
    signalingServer: "wss://signaling.netflux.coedit.re",
    autoRejoin: true,
  });
  expect(group.onMessage).toBeUndefined();
  expect(() => Object.assign(group, { id: 7 })).toThrow(TypeError);
});

Deno.test("WebGroup() names the invalid option, with the expected and the given value", () => {
  const cases: [unknown, RegExp][] = [
    [{ signalingServer: "MY_SIGNALING_URL" }, /"MY_SIGNALING_URL" as signalingServer: a ws:/],
    [{ signalingServer: "ftp://example.org" }, /ftp:.*a ws:\/\/ or wss:\/\/ URL expected/],
    [{ signalingServer: "localhost:8000" }, /"localhost:8000" as signalingServer: a ws:/],
    [{ signalingServer: "" }, /"" as signalingServer: a ws:/],
    [{ signalingServer: 7 }, /Cannot use 7 as signalingServer/],
    [{ topology: 3 }, /topology 3: FULL_MESH \(0\) expected/],
    [{ rtcConfiguration: null }, /null as rtcConfiguration: an object expected/],
    [{ autoRejoin: "yes" }, /"yes" as autoRejoin: true or false expected/],
    [{ token: 7 }, /Cannot use 7 as token: a string or a function that returns one expected/],
  ];
  for (const [options, message] of cases) {
    expect(() => new WebGroup(wrong(options))).toThrow(message);
  }
});

Deno.test("WebGroup.join() throws on an invalid key in each state", () => {
  const { network, a } = pair();
  const cases: [unknown, ErrorConstructor | RegExp][] = [
    [undefined, /Cannot use undefined as key: a string expected/],
    ["", /Cannot use the key: it is empty/],
    ["k".repeat(513), /up to 512 URL-encoded characters expected, 513 came/],
    ["é".repeat(100), /600 came/],
    [42, /^Cannot use 42 as key: a string expected$/],
    [null, /^Cannot use null as key/],
    ["\ud800", /it contains a lone surrogate/],
    ["x/../yy", /"." or ".." as a path segment/],
  ];
  for (const group of [a, network.add("fresh").group]) {
    const { state } = group;
    for (const [key, message] of cases) {
      expect(() => group.join(wrong(key))).toThrow(message);
    }
    expect(group.state).toBe(state);
  }
});

Deno.test("WebGroup.join() draws a key of 42 letters and digits, and is ignored when joined", () => {
  const network = new SimNetwork({ seed: 1 });
  const { group } = network.add("a");
  group.join();
  expect(group.key).toMatch(/^[A-Za-z0-9]{42}$/);
  expect(group.members).toEqual([group.myId]);
  const { key, myId } = group;
  network.run(1_000);
  group.join("another");
  network.run(1_000);
  expect([group.key, group.myId]).toEqual([key, myId]);
});

Deno.test("WebGroup.join() accepts each key that a URL can contain, for the same group", () => {
  for (const key of ["a b", "/a/b?c#d", "%41", "ключ", "k".repeat(512), "a\\b"]) {
    const network = new SimNetwork({ seed: 1 });
    const [a, b] = network.addMany(2);
    a!.group.join(key);
    b!.group.join(key);
    network.run(3_000);
    expect([key, a!.group.members.length, a!.group.key]).toEqual([key, 2, key]);
  }
});

Deno.test("WebGroup.join() settles when joined, and rejects when left or aborted before", async () => {
  const network = new SimNetwork({ seed: 1 });
  const { group } = network.add("a");
  const joined = group.join("key");
  network.run(1_000);
  await joined;
  expect(group.state).toBe(1);
  group.leave();
  const left = group.join("key");
  group.leave();
  await expect(left).rejects.toMatchObject({ name: "AbortError" });
  const controller = new AbortController();
  const aborted = group.join("key", { signal: controller.signal });
  controller.abort(new Error("changed my mind"));
  await expect(aborted).rejects.toThrow("changed my mind");
  expect(group.state).toBe(2);
});

Deno.test("WebGroup.send() throws on data of another type, alone or not", () => {
  const { a } = pair();
  const alone = new SimNetwork({ seed: 1 }).add("alone").group;
  for (const group of [a, alone]) {
    for (const data of [7, null, undefined, {}, new Blob(), [1], { buffer: new ArrayBuffer(1) }]) {
      expect(() => group.send(wrong(data))).toThrow(
        /ArrayBuffer or a view of one expected, .+ came/,
      );
      expect(() => group.sendTo(1, wrong(data))).toThrow(TypeError);
    }
    const text = 'Cannot use "1" as the id of a member: a number expected';
    expect(() => group.sendTo(wrong("1"), "data")).toThrow(new TypeError(text));
    expect(() => group.send("\ud800")).toThrow(/^Cannot send: the string has a lone surrogate/);
    expect(() => group.sendTo(1, "a\udc00b")).toThrow(TypeError);
  }
  expect(() => a.send(new ArrayBuffer(MESSAGE_BYTES_MAX + 1))).toThrow(RangeError);
});

Deno.test("WebGroup.send() succeeds while alone or not joined, and own messages do not return", async () => {
  const network = new SimNetwork({ seed: 1 });
  const peer = network.add("alone");
  const early = peer.group.send("nobody");
  network.run(1);
  await early;
  await expect(peer.group.sendTo(7, "nobody")).rejects.toMatchObject({ code: "MEMBER_LEFT" });
  peer.group.join("key");
  network.run(1_000);
  const alone = peer.group.send("nobody");
  network.run(1);
  await alone;
  await peer.group.sendTo(peer.group.myId, "myself");
  expect(messagesOf(peer)).toEqual([]);
});

Deno.test("WebGroup: data arrives unchanged, in memory that the receiver owns", () => {
  const { network, a } = pair();
  const sent = new Uint8Array([1, 2, 3]);
  for (const data of ["", "žluťoučký 🐴\u0000\ufeff", wrong<string>(new String("object")), sent]) {
    a.send(data);
  }
  a.send(new Uint8Array(0));
  // A slice of a Buffer is a view.
  const buffer = Buffer.from([4, 5, 6]);
  a.send(buffer);
  for (const bytes of [sent, buffer]) bytes.fill(0);
  network.run(1_000);
  expect(messagesOf(network.peers[1]!).map(([, data]) => data)).toEqual([
    "",
    "žluťoučký 🐴\u0000\ufeff",
    "object",
    new Uint8Array([1, 2, 3]),
    new Uint8Array(0),
    new Uint8Array([4, 5, 6]),
  ]);
});

Deno.test("WebGroup.invite() throws on an invalid WebSocket URL", () => {
  const { a } = pair();
  for (const url of ["", "bot", "http://bot.example", "ws://", 7, "ws://user@host", "ws://h#f"]) {
    expect(() => a.invite(wrong(url))).toThrow(/^Cannot use ".*" as the URL of a bot: a ws:/);
  }
});

Deno.test("WebGroup: handlers are single slots, cleared by non-functions; listeners add up", () => {
  const { network, a, b } = pair();
  const heard: string[] = [];
  b.onMessage = () => heard.push("replaced");
  b.onMessage = () => heard.push("handler");
  b.addEventListener("message", ({ sender, data }) => heard.push(`${sender === a.myId} ${data}`));
  b.addEventListener("message", { handleEvent: () => heard.push("object") }, { once: true });
  a.send("one");
  network.run(1_000);
  b.onMessage = wrong("no function");
  a.send("two");
  network.run(1_000);
  expect(heard).toEqual(["handler", "true one", "object", "true two"]);
});

Deno.test("WebGroup calls handlers that a subclass declares, as methods and as fields", () => {
  const heard: unknown[] = [];
  class Room extends WebGroup {
    override onMessage = (_: number, data: unknown) => void heard.push(data);
  }
  // In JavaScript, also a method.
  Object.assign(Room.prototype, {
    onError(this: unknown, { code }: { code: string }) {
      heard.push(this instanceof Room, code);
    },
  });
  const network = new SimNetwork({ seed: 1 });
  const a = network.add("a").group;
  const machine = network.world.addMachine("b");
  const b = new Room({ signalingServer: SimNetwork.SIGNALING }, machine);
  for (const group of [a, b]) group.join("key");
  network.run(3_000);
  a.send("hello");
  network.run(1_000);
  b.invite("ws://nowhere").catch(() => {});
  network.run(10_000);
  expect(heard).toEqual(["hello", true, "UNREACHABLE"]);
});

Deno.test("WebGroup reports a handler that throws, and continues", () => {
  const { network, a, b } = pair();
  b.onMessage = () => {
    throw new Error("the program's own fault");
  };
  const heard: unknown[] = [];
  b.addEventListener("message", ({ data }) => heard.push(data));
  a.send("one");
  a.send("two");
  network.world.run(1_000);
  expect(heard).toEqual(["one", "two"]);
  expect(network.world.errors).toEqual([
    new Error("the program's own fault"),
    new Error("the program's own fault"),
  ]);
});

Deno.test("WebGroup: calls from within a handler are queued", () => {
  const { network, a, b } = pair();
  b.onMessage = (id, data) => {
    if (data === "echo") b.sendTo(id, "echoed");
    if (data === "leave") b.leave();
  };
  a.send("echo");
  a.send("leave");
  network.run(2_000);
  expect(messagesOf(network.peers[0]!)).toEqual([[
    b.myId === 0 ? expect.any(Number) : b.myId,
    "echoed",
  ]]);
  expect([a.members.length, b.state]).toEqual([1, 2]);
});

Deno.test("WebGroup: a group that was left, or never joined, does not join when its page is shown", () => {
  const network = new SimNetwork({ seed: 1 });
  const [left, never] = network.addMany(2);
  left!.group.join("key");
  network.run(1_000);
  left!.group.leave();
  for (const { machine } of [left!, never!]) {
    machine.setPageStatus({ online: true, visible: false });
    machine.setPageStatus({ online: true, visible: true });
  }
  network.run(10_000);
  expect([left!.group.state, never!.group.state]).toEqual([2, 2]);
});

Deno.test("WebGroup.join() waits for the network while offline, and continues in a hidden page", () => {
  const network = new SimNetwork({ seed: 1 });
  const [offline, hidden] = network.addMany(2);
  offline!.machine.setPageStatus({ online: false, visible: true });
  hidden!.machine.setPageStatus({ online: true, visible: false });
  offline!.group.join("a");
  hidden!.group.join("b");
  network.run(60_000);
  expect([offline!.group.state, offline!.group.signalingState]).toEqual([0, 3]);
  expect(offline!.seen.filter(([kind]) => kind === "error")).toEqual([[
    "error",
    "UNREACHABLE",
    "Cannot join yet: there is no network (navigator.onLine is false)",
  ]]);
  expect(hidden!.group.state).toBe(1);
  offline!.machine.setPageStatus({ online: true, visible: true });
  network.run(1_000);
  expect(offline!.group.state).toBe(1);
});

Deno.test("WebGroup: a lone member keeps its id when it loses and regains network and server", () => {
  const network = new SimNetwork({ seed: 1 });
  const peer = network.add("a");
  peer.group.join("key");
  network.run(1_000);
  const { myId } = peer.group;
  network.signaling.stop();
  peer.machine.setPageStatus({ online: false, visible: true });
  network.run(60_000);
  expect(peer.group.state).not.toBe(1);
  network.signaling.start();
  peer.machine.setPageStatus({ online: true, visible: true });
  network.run(5_000);
  expect(peer.group.state).toBe(1);
  expect([peer.group.key, peer.group.myId]).toEqual(["key", myId]);
});

Deno.test("WebGroup.getStats() describes the path to each member, with statistics", async () => {
  const { network, a, b } = pair();
  a.send("hello");
  network.run(1_000);
  const stats = {
    id: b.myId,
    channel: "rtc",
    via: undefined,
    role: "process",
    away: false,
    bufferedAmount: 0,
    maxMessageSize: 268_435_456,
    roundTripTime: expect.any(Number),
    unacknowledged: 0,
    bytesSent: expect.any(Number),
    bytesResent: 0,
    bytesReceived: 0,
    protocolErrors: 0,
  };
  expect(await a.getStats()).toEqual(new Map([[b.myId, stats]]));
  expect((await b.getStats()).get(a.myId)).toMatchObject({ bytesReceived: 5, bytesSent: 0 });
  for (const { machine } of network.peers) for (const channel of machine.channels) channel.cut();
  network.signaling.stop();
  network.run(3_000);
  a.send("are you there?");
  expect((await a.getStats()).get(b.myId)).toMatchObject({
    channel: "relay",
    away: true,
    unacknowledged: 1,
  });
});
