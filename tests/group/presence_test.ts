import { expect } from "expect";
import { peerOf } from "../../src/group/web_group.ts";
import { encodeChannelMessage } from "../../src/wire/channel_message.ts";
import { joined, KEY, settle } from "./joined.ts";

Deno.test("presence() shows the states of all members, also to newcomers", () => {
  const { network, members } = joined(2);
  const [one, other] = members.map(({ group, name }) => group.presence({ name, typing: false }));
  network.run(1_000);
  const changes: unknown[] = [];
  other!.addEventListener("change", ({ member, state }) => changes.push([member, state?.typing]));
  one!.set({ typing: true });
  one!.set({ typing: false });
  one!.set({ typing: true });
  network.run(1_000);
  const { myId } = members[0]!.group;
  expect([changes, other!.get(myId)]).toEqual([
    [[myId, true]],
    { name: members[0]!.name, typing: true },
  ]);
  const newcomer = network.add("newcomer");
  const third = newcomer.group.presence({ name: "newcomer", typing: false });
  newcomer.group.join(KEY);
  network.run(5_000);
  expect([...third.states.values()].map(({ name }) => name).sort()).toEqual(
    members.map(({ name }) => name).sort(),
  );
  members[0]!.group.leave();
  network.run(2_000);
  expect([third.get(myId), other!.get(myId)]).toEqual([undefined, undefined]);
  expect(changes.at(-1)).toEqual([myId, undefined]);
});

Deno.test("presence() that is opened later gets the states of earlier members", () => {
  const { network, members: [one, other] } = joined(2);
  one!.group.presence({ name: "Ada" });
  network.run(1_000);
  const presence = other!.group.presence({ name: "Bob" });
  presence.set({ name: "Bobby" });
  network.run(1_000);
  expect(presence.get(one!.group.myId)).toEqual({ name: "Ada" });
});

Deno.test("presence() reports each change once, also if two are opened at the same time", () => {
  const { network, members } = joined(2);
  const changes: unknown[] = [];
  for (const { group, name } of members) {
    const presence = group.presence({ name });
    presence.onChange = (_, state) => changes.push(state?.name);
  }
  network.run(1_000);
  expect(changes.sort()).toEqual(members.map(({ name }) => name).sort());
});

Deno.test("presence().instanceId() recognizes a member that rejoined with another id", () => {
  const { network, members: [one, other] } = joined(2);
  const presence = other!.group.presence({});
  one!.group.presence({});
  network.run(1_000);
  const before = presence.instanceId(one!.group.myId);
  one!.group.leave();
  network.run(1_000);
  one!.group.join(KEY);
  network.run(5_000);
  expect(before).toHaveLength(42);
  expect(presence.instanceId(one!.group.myId)).toBe(before);
});

Deno.test("presence() and set() reject states that JSON cannot hold, and keep the previous one", () => {
  const { network, members: [one, other] } = joined(2);
  const presence = one!.group.presence<Record<string, unknown>>({ name: "Ada" });
  const seen = other!.group.presence<Record<string, unknown>>({});
  const circular: Record<string, unknown> = {};
  circular.self = circular;
  for (const bad of [{ count: 1n }, circular, null, "text"] as Record<string, unknown>[]) {
    expect(() => presence.set(bad)).toThrow(TypeError);
    expect(() => one!.group.presence(bad, "another")).toThrow(TypeError);
  }
  network.run(1_000);
  expect(seen.get(one!.group.myId)).toEqual({ name: "Ada" });
});

Deno.test("presence() calls with the same name share one state", () => {
  const { network, members: [one, other] } = joined(2);
  const { myId } = one!.group;
  const seen = other!.group.presence<Record<string, unknown>>({});
  const states: string[] = [];
  const showEach = () => states.push(JSON.stringify(seen.get(myId)));
  seen.onChange = (member) => member === myId && showEach();
  const run = (change: () => void) => {
    change();
    network.run(1_000);
    return states.splice(0).at(-1);
  };
  const open = (state: Record<string, unknown>) => one!.group.presence(state);
  const name = open({ name: "Ada", typing: false });
  network.run(1_000);
  states.length = 0;
  let cursor = name;
  expect(run(() => cursor = open({ at: 1 }))).toBe('{"name":"Ada","typing":false,"at":1}');
  const bob = other!.group.presence({ name: "Bob" });
  network.run(1_000);
  expect(run(() => name.set({ typing: true }))).toBe('{"name":"Ada","typing":true,"at":1}');
  expect(run(() => cursor.set({ at: 2 }))).toBe('{"name":"Ada","typing":true,"at":2}');
  expect([name.state, cursor.state, bob.state]).toEqual([
    { name: "Ada", typing: true, at: 2 },
    { name: "Ada", typing: true, at: 2 },
    { name: "Bob" },
  ]);
  expect(run(() => cursor.close())).toBe(undefined);
  expect(run(() => name.set({ name: "Eve" }))).toBe('{"name":"Eve","typing":true,"at":2}');
  expect([name.get(other!.group.myId), cursor.get(other!.group.myId)]).toEqual([
    { name: "Bob" },
    { name: "Bob" },
  ]);
  name.close();
  expect(run(() => open({ name: "Ada" }))).toBe('{"name":"Ada"}');
});

Deno.test("presence() that is opened while states wait to be sent does not undo them", () => {
  const { network, members: [one, other] } = joined(2);
  const seen = other!.group.presence<Record<string, unknown>>({});
  // Of large states, two are in flight.
  const text = "x".repeat(2_000);
  const count = one!.group.presence({ count: 0, text });
  network.run(1_000);
  for (let value = 1; value <= 5; value++) {
    count.set({ count: value });
    network.run(1);
  }
  one!.group.presence({ name: "Ada" });
  network.run(2_000);
  expect(seen.get(one!.group.myId)).toEqual({ count: 5, text, name: "Ada" });
});

Deno.test("presence() drops a malformed state, and counts it as a protocol error", async () => {
  const { network, members: [one, other] } = joined(2);
  const presence = other!.group.presence({});
  const { group } = one!;
  for (const bad of ["text", null, {}, { instance: 1, state: {} }, { instance: "a", state: 1 }]) {
    const content = encodeChannelMessage({ name: "presence\0", json: JSON.stringify(bad) });
    peerOf(group).messaging.send(content, undefined, "channel");
  }
  network.run(1_000);
  const stats = (await other!.group.getStats()).get(group.myId);
  expect([presence.states.size, stats?.protocolErrors]).toEqual([0, 5]);
  group.presence({ name: "Ada" });
  network.run(1_000);
  expect(presence.get(group.myId)).toEqual({ name: "Ada" });
});

Deno.test("presence() is separate from all channels, whatever their names", async () => {
  const { network, members: [one, other] } = joined(2);
  const received: unknown[] = [];
  for (const name of ["presence x", "presence", "x"]) {
    one!.group.channel(name).send({ instance: "a", state: { name: "Ada" } });
    other!.group.channel(name).onMessage = (_, value) => received.push(value);
  }
  one!.group.presence({ name: "Grace" }, "x");
  const presence = other!.group.presence({ name: "Bob" }, "x");
  network.run(1_000);
  const stats = await other!.group.getStats();
  expect([presence.get(one!.group.myId), received.length, stats.get(one!.group.myId)])
    .toMatchObject([{ name: "Grace" }, 3, { protocolErrors: 0 }]);
});

Deno.test("presences of one name send as much as one", () => {
  const framesOf = (count: number) => {
    const { network, members } = joined(4);
    let frames = 0;
    const { world } = network;
    const frameSent = world.frameSent.bind(world);
    world.frameSent = (...sent) => {
      frames++;
      return frameSent(...sent);
    };
    for (const { group, name } of members) {
      for (let opened = 0; opened < count; opened++) group.presence({ name });
    }
    network.run(1_000);
    const newcomer = network.add("newcomer").group;
    for (let opened = 0; opened < count; opened++) newcomer.presence({ name: "newcomer" });
    newcomer.join(KEY);
    network.run(5_000);
    return frames;
  };
  expect(framesOf(10)).toBe(framesOf(1));
});

Deno.test("presence() that is opened again has the states that are already known", async () => {
  const { network, members: [one, other] } = joined(2);
  one!.group.presence({ name: "Ada" });
  other!.group.presence({ name: "Bob" });
  network.run(1_000);
  const later = other!.group.presence<{ name: string }>({ name: "Bob" });
  const changes: unknown[] = [];
  later.onChange = (_, state) => changes.push(state?.name);
  expect(later.get(one!.group.myId)).toEqual({ name: "Ada" });
  await settle(network);
  expect(changes).toEqual(["Ada"]);
});

Deno.test("presence() drops a state that is nested too deeply to be compared", () => {
  const { network, members: [victim, honest, hostile] } = joined(3);
  const presence = victim!.group.presence({ at: 0 });
  const own = honest!.group.presence({ at: 0 });
  network.run(1_000);
  const depth = 10_000;
  const state = `${'{"0":'.repeat(depth)}1${"}".repeat(depth)}`;
  const json = `{"instance":"i","state":${state}}`;
  const content = encodeChannelMessage({ name: "presence\0", json });
  peerOf(hostile!.group).messaging.send(content, undefined, "latest");
  own.set({ at: 1 });
  network.run(1_000);
  expect(presence.get(hostile!.group.myId)).toBeUndefined();
  expect(presence.get(honest!.group.myId)).toEqual({ at: 1 });
});

Deno.test("presence() freezes states, so that a change in place is no silent loss", () => {
  const { network, members: [one, other] } = joined(2);
  const presence = one!.group.presence<{ hp: number }>({ hp: 1 });
  const others = other!.group.presence<{ hp: number }>({ hp: 2 });
  network.run(1_000);
  expect(() => presence.state.hp = 5).toThrow(TypeError);
  expect(() => others.get(one!.group.myId)!.hp = 5).toThrow(TypeError);
  expect(() => presence.set([] as unknown as object)).toThrow("Cannot use a value of type Array");
  expect(() => presence.set({ hp: NaN })).toThrow('Cannot set the presence: "hp" is NaN');
});
