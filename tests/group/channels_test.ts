import { Buffer } from "node:buffer";
import { expect } from "expect";
import { DEAD_AFTER_MS } from "../../src/base/limits.ts";
import type { ChannelOptions, GroupChannel, StandardSchema } from "../../mod.ts";
import { SimNetwork } from "../sim/sim_network.ts";
import { joined, KEY, settle } from "./joined.ts";

function receivedOn<Data>(channel: GroupChannel<Data>): [number, Data][] {
  const received: [number, Data][] = [];
  channel.addEventListener("message", ({ sender, data }) => received.push([sender, data]));
  return received;
}

Deno.test("channel() carries JSON and bytes only to channels of the same name", () => {
  const { network, members: [one, other] } = joined(2);
  const chat = one!.group.channel("chat");
  const received = receivedOn(other!.group.channel("chat"));
  const besides = receivedOn(other!.group.channel("chat"));
  const elsewhere = receivedOn(other!.group.channel("elsewhere"));
  const values = [{ text: "hi" }, null, [1, "ä"], "x".repeat(300_000), 7, false];
  for (const value of values) chat.send(value);
  chat.send(new Float32Array([1]));
  network.run(2_000);
  const { myId } = one!.group;
  const expected = [...values, new Uint8Array([0, 0, 128, 63])].map((value) => [myId, value]);
  expect([received, besides, elsewhere]).toEqual([expected, expected, []]);
  expect([one!.seen, other!.seen].map((seen) => seen.filter(([kind]) => kind === "message")))
    .toEqual([[], []]);
});

Deno.test("channel().sendTo() reaches one member, and closed channels receive nothing", () => {
  const { network, members: [one, two, three] } = joined(3);
  const chat = one!.group.channel<string>("chat");
  const [second, third] = [two!, three!].map(({ group }) => group.channel<string>("chat"));
  const [ofTwo, ofThree] = [receivedOn(second!), receivedOn(third!)];
  chat.sendTo(two!.group.myId, "psst");
  network.run(1_000);
  second!.close();
  chat.send("all");
  network.run(1_000);
  const { myId } = one!.group;
  expect([ofTwo, ofThree]).toEqual([[[myId, "psst"]], [[myId, "all"]]]);
});

Deno.test("channel().sendTo() does nothing for this member, and rejects for a non-member", async () => {
  const { members: [one] } = joined(2);
  const chat = one!.group.channel("chat");
  await chat.sendTo(one!.group.myId, "me");
  await expect(chat.sendTo(5, "nobody")).rejects.toMatchObject({
    code: "MEMBER_LEFT",
    message: "Cannot send to 5: there is no such member",
  });
});

Deno.test("channel() rejects unknown options", () => {
  const { members: [one] } = joined(1);
  const options = { onMessage() {} } as ChannelOptions<string, string>;
  const expected = "Cannot use option onMessage: one of schema, delivery, onRequest expected";
  expect(() => one!.group.channel("chat", options)).toThrow(expected);
});

Deno.test("channel() and presence() reject names that UTF-8 changes, or that are reserved", () => {
  const { members: [one] } = joined(1);
  for (const name of ["presence\0x", "\0", "a\ud800"]) {
    const reason = `Cannot use ${JSON.stringify(name)} as name: no NUL and no lone surrogate`;
    expect(() => one!.group.channel(name)).toThrow(reason);
    expect(() => one!.group.presence({}, name)).toThrow(reason);
  }
  expect(one!.group.channel("a😀").name).toBe("a😀");
});

Deno.test("channel() keeps the order of its values, also before the group is joined", () => {
  const network = new SimNetwork({ seed: 1 });
  const [one, other] = network.addMany(2);
  const received = receivedOn(other!.group.channel<number>("count"));
  const count = one!.group.channel<number>("count");
  for (const { group } of [one!, other!]) group.join(KEY);
  network.run(5_000);
  for (let value = 0; value < 100; value++) count.send(value);
  network.run(2_000);
  expect(received.map(([, value]) => value)).toEqual(
    Array.from({ length: 100 }, (_, value) => value),
  );
});

Deno.test("channel().send() rejects values that JSON cannot hold", () => {
  const { members: [one] } = joined(1);
  const chat = one!.group.channel("chat");
  const lost = "which JSON cannot represent";
  expect(() => chat.send(undefined)).toThrow(`Cannot send: undefined, ${lost}`);
  expect(() => chat.send(() => {})).toThrow(`Cannot send: a value of type Function, ${lost}`);
  expect(() => chat.send(10n)).toThrow(`Cannot send: 10n, ${lost}`);
  expect(() => chat.send(NaN)).toThrow(`Cannot send: NaN, ${lost}`);
  expect(() => one!.group.channel("x".repeat(256))).toThrow(RangeError);
});

Deno.test("channel() drops values that its schema rejects, with a warning", () => {
  const { network, members: [one, other] } = joined(2);
  const schema: StandardSchema<string> = {
    "~standard": {
      validate: (value) =>
        typeof value === "string"
          ? { value: value.trim() }
          : { issues: [{ message: `a string expected, ${typeof value} came` }] },
    },
  };
  const received = receivedOn(other!.group.channel("chat", { schema }));
  const chat = one!.group.channel("chat");
  chat.send(7);
  chat.send(" hi ");
  network.run(1_000);
  expect(received).toEqual([[one!.group.myId, "hi"]]);
});

Deno.test('"latest" delivery: a slow member gets the newest values, and no queue grows', () => {
  const { network, members: [one, other] } = joined(2);
  const cursor = one!.group.channel<number>("cursor", { delivery: "latest" });
  const received = receivedOn(other!.group.channel<number>("cursor"));
  for (let value = 1; value <= 1_000; value++) {
    cursor.send(value);
    if (value % 10 === 0) network.run(1);
  }
  network.run(2_000);
  const values = received.map(([, value]) => value);
  expect(values.at(-1)).toBe(1_000);
  expect(values).toEqual([...values].sort((a, b) => a - b));
  expect(values.length).toBeLessThan(100);
  expect(one!.group.bufferedAmount).toBe(0);
});

Deno.test('"latest" delivery: a value that a member does not take causes a warning', async () => {
  const network = new SimNetwork({ seed: 1 });
  const [one, other] = [network.add("one"), network.add("other", { maxMessageSize: 262_144 })];
  for (const { group } of [one, other]) group.join(KEY);
  network.run(5_000);
  const board = one.group.channel<string>("board", { delivery: "latest" });
  const received = receivedOn(other.group.channel<string>("board"));
  for (const value of ["x".repeat(300_000), "small"]) {
    board.send(value);
    network.run(1_000);
    await settle(network);
  }
  expect(network.world.warnings.at(-1)).toMatch(
    /^A value for member \d+ is lost: Cannot send: a member takes no message of 300\d+ bytes/,
  );
  expect(received).toEqual([[one.group.myId, "small"]]);
});

Deno.test('"latest" delivery: values under other keys are kept apart', () => {
  const { network, members: [one, other] } = joined(2);
  const cursor = one!.group.channel<[string, number]>("cursor", { delivery: "latest" });
  const received = receivedOn(other!.group.channel<[string, number]>("cursor"));
  for (let value = 1; value <= 20; value++) {
    for (const key of ["a", "b"]) cursor.send([key, value], { key });
  }
  network.run(2_000);
  const lasts = ["a", "b"].map((key) => received.filter(([, [of]]) => of === key).at(-1)?.[1]);
  expect(lasts).toEqual([["a", 20], ["b", 20]]);
});

Deno.test('"latest" delivery: names and keys with line breaks are kept apart', () => {
  const { network, members: [one, other] } = joined(2);
  const [ofAb, ofA] = ["a\nb", "a"].map((name) => receivedOn(other!.group.channel(name)));
  const [ab, a] = ["a\nb", "a"].map((name) => one!.group.channel(name, { delivery: "latest" }));
  for (let value = 1; value <= 20; value++) {
    ab!.send(value, { key: "c" });
    a!.send(-value, { key: "b\nc" });
  }
  network.run(2_000);
  expect([ofAb, ofA].map((received) => received?.at(-1)?.[1])).toEqual([20, -20]);
});

Deno.test('"latest" delivery: values come before the messages that follow them', () => {
  const { network, members: [one, other] } = joined(2);
  const received: unknown[] = [];
  other!.group.channel("cursor").onMessage = (_, value) => received.push(value);
  other!.group.channel("chat").onMessage = (_, value) => received.push(value);
  other!.group.onMessage = (_, data) => received.push(data);
  const cursor = one!.group.channel<number>("cursor", { delivery: "latest" });
  const chat = one!.group.channel<string>("chat");
  cursor.send(1);
  chat.send("after 1");
  cursor.send(2);
  one!.group.send("after 2");
  network.run(1_000);
  expect(received).toEqual([1, "after 1", 2, "after 2"]);
});

Deno.test('"latest" delivery: a value that was replaced before its delivery is skipped', () => {
  const { network, members: [one, other] } = joined(2);
  const received = receivedOn(other!.group.channel<number>("cursor"));
  const cursor = one!.group.channel<number>("cursor", { delivery: "latest" });
  for (let value = 1; value <= 5; value++) cursor.send(value);
  network.run(1_000);
  expect(received.map(([, value]) => value)).toEqual([5]);
});

Deno.test('"unreliable" delivery: what comes is newer than all before, and some is lost', () => {
  for (let seed = 1; seed <= 20; seed++) {
    const { network, members: [one, other] } = joined(2, seed);
    network.world.netem.loss = 0.2;
    const cursor = one!.group.channel<number>("cursor", { delivery: "unreliable" });
    const received = receivedOn(other!.group.channel<number>("cursor"));
    for (let value = 1; value <= 300; value++) {
      cursor.send(value);
      network.run(16);
    }
    network.run(2_000);
    const values = received.map(([, value]) => value);
    expect([seed, values]).toEqual([seed, [...values].sort((a, b) => a - b)]);
    expect(values.length).toBeGreaterThan(150);
    expect(values.length).toBeLessThan(300);
  }
});

Deno.test('"unreliable" delivery: large values, and those for relayed members, are not lost', () => {
  const network = new SimNetwork({ seed: 1 });
  network.world.netem.loss = 1;
  network.joinAs(network.addBot("bot", { leaveOnceAlone: false }), KEY);
  network.run(1_000);
  const one = network.add("one");
  const others = [network.add("direct"), network.add("relayed", { rtc: false })];
  for (const { group } of [one, ...others]) group.join(KEY);
  network.run(20_000);
  expect(one.group.neighbors).toContain(others[0]!.group.myId);
  expect(one.group.neighbors).not.toContain(others[1]!.group.myId);
  const cursor = one.group.channel<string>("cursor", { delivery: "unreliable" });
  const received = others.map(({ group }) => receivedOn(group.channel<string>("cursor")));
  for (let value = 1; value <= 20; value++) {
    cursor.send("x".repeat(value));
    network.run(200);
  }
  cursor.send("x".repeat(5_000));
  network.run(2_000);
  const [ofDirect, ofRelayed] = received.map((of) => of.map(([, { length }]) => length));
  // The first value is sent as a latest one, while the unreliable data channel opens.
  expect(ofDirect).toEqual([1, 5_000]);
  expect(ofRelayed).toEqual([...Array.from({ length: 20 }, (_, index) => index + 1), 5_000]);
});

Deno.test("close() of a channel or a presence ends only that one, also when it is called twice", () => {
  const { network, members: [one, other] } = joined(2);
  const closed = one!.group.channel<string>("chat");
  closed.close();
  const received = receivedOn(one!.group.channel<string>("chat"));
  closed.close();
  other!.group.channel<string>("chat").send("hi");
  network.run(1_000);
  expect(received).toEqual([[other!.group.myId, "hi"]]);
});

Deno.test("a closed channel or presence sends nothing, and throws", async () => {
  const { network, members: [one, other] } = joined(2);
  const received = receivedOn(other!.group.channel<string>("chat"));
  const seen = other!.group.presence<Record<string, unknown>>({});
  const channel = one!.group.channel<string>("chat");
  const latest = one!.group.channel<string>("chat", { delivery: "latest" });
  const presence = one!.group.presence({ name: "Ada" });
  network.run(1_000);
  for (const closed of [channel, latest, presence]) closed.close();
  const { myId } = other!.group;
  const sends = [channel.send("hi"), channel.sendTo(myId, "hi"), latest.send("hi")];
  for (const call of [...sends, channel.request(myId, "hi")]) {
    await expect(call).rejects.toMatchObject({ name: "InvalidStateError" });
  }
  expect(() => presence.set({ name: "Eve" })).toThrow("Cannot set the presence: it was closed");
  network.run(1_000);
  expect([received, seen.get(one!.group.myId)]).toEqual([[], { name: "Ada" }]);
});

Deno.test("a waiting latest value is sent when the group is left, and when the page is hidden", () => {
  for (const go of ["leave", "closePage", "cachePage"] as const) {
    const network = new SimNetwork({ seed: 1 });
    const [one, other] = network.addMany(2, { isPage: true });
    for (const { group } of network.peers) group.join(KEY);
    network.run(5_000);
    const received = receivedOn(other!.group.channel<number>("state"));
    const state = one!.group.channel<number>("state", { delivery: "latest" });
    for (let value = 1; value <= 40; value++) state.send(value);
    if (go === "leave") one!.group.leave();
    else one!.machine[go]();
    network.run(3_000);
    expect([go, received.at(-1)?.[1]]).toEqual([go, 40]);
  }
});

Deno.test("a latest value of a lost session does not arrive after newer ones", async () => {
  const network = new SimNetwork({ seed: 3 });
  const one = network.add("one", { graceTime: 60_000 });
  const other = network.add("other", { graceTime: DEAD_AFTER_MS });
  for (const { group } of [one, other]) group.join(KEY);
  network.run(5_000);
  const received = receivedOn(other.group.channel<number>("state"));
  const state = one.group.channel<number>("state", { delivery: "latest" });
  const reasons: unknown[] = [];
  one.group.addEventListener("memberleave", ({ reason }) => reasons.push(reason));
  one.group.addEventListener("memberjoin", ({ member }) => state.sendTo(member, 1_000));
  network.world.netem.partition(["one"], 20_000);
  network.run(1_000);
  one.group.send("x".repeat(400_000)).catch(() => {});
  for (let value = 1; value <= 20; value++) state.send(value);
  for (let seconds = 0; seconds < 60; seconds++) await settle(network);
  expect([reasons, received.map(([, value]) => value)]).toEqual([["reset"], [1_000]]);
});

Deno.test("after a listener leaves the group, it gets no values, and the presence is empty", () => {
  const { network, members: [one, other] } = joined(2);
  const presence = one!.group.presence<{ count: number }>({ count: 0 });
  const seen = other!.group.presence<{ count: number }>({ count: 1 });
  network.run(1_000);
  const received: unknown[] = [];
  one!.group.channel<number>("cursor").onMessage = (_, value) => {
    received.push(value);
    one!.group.leave();
  };
  const cursor = other!.group.channel<number>("cursor", { delivery: "latest" });
  for (const key of ["a", "b"]) cursor.send(1, { key });
  seen.set({ count: 2 });
  network.run(3_000);
  expect([received, presence.states.size]).toEqual([[1], 0]);
});

/** Validations that settle when the test says so. */

function slowSchema(): { schema: StandardSchema<number>; validations: (() => void)[] } {
  const validations: (() => void)[] = [];
  const validate = (value: unknown) =>
    new Promise<{ value: number }>((resolve) =>
      validations.push(() => resolve({ value: value as number }))
    );
  return { schema: { "~standard": { validate } }, validations };
}

Deno.test("after a listener of a latest value leaves the group, no event follows", () => {
  for (const next of ["message", "leave", "stream"]) {
    const { network, members: [one, other] } = joined(2);
    const cursor = one!.group.channel<number>("cursor", { delivery: "latest" });
    const events: string[] = [];
    other!.group.channel("cursor").onMessage = () => {
      other!.group.leave();
      events.splice(0);
    };
    for (const type of ["message", "memberleave", "stream"] as const) {
      other!.group.addEventListener(type, () => events.push(type));
    }
    cursor.send(1);
    if (next === "message") one!.group.send("after 1");
    else if (next === "stream") one!.group.openStream(other!.group.myId);
    else one!.machine.closePage();
    network.run(2_000);
    expect({ next, members: other!.group.members, events }).toEqual({
      next,
      members: [],
      events: [],
    });
  }
});

Deno.test("channel() keeps the order of values that are validated asynchronously", async () => {
  const { network, members: [one, other] } = joined(2);
  const { schema, validations } = slowSchema();
  const received = receivedOn(other!.group.channel<number>("count", { schema }));
  const count = one!.group.channel<number>("count");
  for (const value of [1, 2, 3]) count.send(value);
  network.run(1_000);
  for (const validated of validations.splice(0).reverse()) {
    validated();
    await settle(network);
  }
  expect(received.map(([, value]) => value)).toEqual([1, 2, 3]);
});

Deno.test("channel() waits for a schema whose promises are not those of this realm", async () => {
  // As with zone.js, which replaces `Promise`, but not the promises of async functions.
  const validate = (value: unknown) => {
    const result = Promise.resolve({ value: Number(value) + 1 });
    return { then: result.then.bind(result) } as unknown as Promise<{ value: number }>;
  };
  const { network, members: [one, other] } = joined(2);
  const schema = { "~standard": { validate } };
  const received = receivedOn(other!.group.channel<number>("count", { schema }));
  one!.group.channel<number>("count").send(1);
  network.run(1_000);
  await settle(network);
  expect(received.map(([, value]) => value)).toEqual([2]);
});

Deno.test("a value that is being validated is not delivered after close() or leave()", async () => {
  for (const end of ["close", "leave"] as const) {
    const { network, members: [one, other] } = joined(2);
    const { schema, validations } = slowSchema();
    const channel = other!.group.channel<number>("count", { schema });
    const received = receivedOn(channel);
    one!.group.channel<number>("count").send(1);
    network.run(1_000);
    if (end === "close") channel.close();
    else other!.group.leave();
    for (const validated of validations) validated();
    await settle(network);
    expect([end, validations.length, received]).toEqual([end, 1, []]);
  }
});

Deno.test("channel() rejects invalid options", () => {
  const { members: [one] } = joined(1);
  const cases: readonly (readonly [object, RegExp])[] = [
    [{ schema: {} }, /of type Object as schema: a Standard Schema expected$/],
    [{ schema: null }, /^Cannot use null as schema: a Standard Schema expected$/],
    [{ onRequest: 3 }, /^Cannot use 3 as onRequest: a function expected$/],
    [
      { delivery: "fast" },
      /^Cannot use "fast" as delivery: one of "reliable", "latest", "unreliable" expected$/,
    ],
  ];
  for (const [options, message] of cases) {
    expect(() => one!.group.channel("chat", options)).toThrow(TypeError);
    expect(() => one!.group.channel("chat", options)).toThrow(message);
  }
});

Deno.test("send() of a channel rejects values whose content JSON would lose", () => {
  const { members: [one] } = joined(1);
  const chat = one!.group.channel<unknown>("chat");
  const values = [new Map([[1, 2]]), new Set([1]), new Blob(["a"]), Promise.resolve(1), /a/];
  for (const value of [...values, new Error("a"), undefined, () => {}]) {
    const lost = ", which JSON cannot represent";
    expect(() => chat.send(value)).toThrow(lost);
    if (value !== undefined) expect(() => chat.send({ nested: [value] })).toThrow(lost);
  }
  expect(() => chat.send({ players: new Map([[1, "Ada"]]) }))
    .toThrow('Cannot send: "players" is a value of type Map, which JSON cannot represent');
  expect(() => chat.send({ bytes: new Uint8Array(2) })).toThrow('"bytes" is a value of type Uint8');
  expect(() => chat.send([Buffer.from("a")])).toThrow('"0" is a value of type Uint8Array');
  class Point {}
  const values2 = [{}, new Point(), new Date(0), null, [], { none: undefined, at: [new Point()] }];
  for (const value of values2) chat.send(value);
});

Deno.test("channel().send() accepts what JSON represents", () => {
  const { network, members: [one, other] } = joined(2);
  const received = receivedOn(other!.group.channel("chat"));
  const values = { boxed: [new Number(5), new Boolean(true), new String("")], none: undefined };
  one!.group.channel("chat").send(values);
  network.run(1_000);
  expect(received).toEqual([[one!.group.myId, { boxed: [5, true, ""] }]]);
});

Deno.test("channel() names the part of a value that its schema rejects", () => {
  const { network, members: [one, other] } = joined(2);
  const path = ["player", { key: "hp" }];
  const schema: StandardSchema<unknown> = {
    "~standard": { validate: () => ({ issues: [{ message: "expected a number", path }] }) },
  };
  other!.group.channel("game", { schema });
  one!.group.channel("game").send({});
  network.run(1_000);
  expect(network.world.warnings.at(-1)).toContain("was refused: player.hp: expected a number");
});

Deno.test("channel().send() before the group is joined warns, and rejects unknown options", () => {
  const network = new SimNetwork({ seed: 1 });
  const chat = network.add("early").group.channel("chat");
  chat.send("lost");
  expect(network.world.warnings.at(-1)).toContain("before the group is joined");
  const misspelled: object = { keyy: "a" };
  expect(() => chat.send("a", misspelled)).toThrow("Cannot use option keyy: one of key expected");
  const timeout: object = { timeout: 100 };
  expect(() => chat.request(7, "a", timeout)).toThrow("Cannot use option timeout");
  const text = 'Cannot use "7" as the id of a member: a number expected';
  expect(() => chat.request("7" as unknown as number, "a")).toThrow(text);
});

Deno.test("a key and the name of a presence are refused if members could not read them", () => {
  const { group } = new SimNetwork({ seed: 1 }).add("a");
  const cursor = group.channel("cursor", { delivery: "latest" });
  const long = "ä".repeat(2_049);
  expect(() => cursor.send(1, { key: long }))
    .toThrow("Cannot use 4098 bytes as key: at most 4096 bytes expected");
  expect(() => cursor.send(1, { key: 7 as unknown as string }))
    .toThrow("Cannot use 7 as key: a string expected");
  expect(() => group.presence({}, long))
    .toThrow("Cannot use 4098 bytes as name: at most 255 bytes expected");
});
