import { expect } from "expect";
import { Awareness } from "y-protocols/awareness";
import { Doc } from "yjs";
import type { WebGroupOptions } from "../../mod.ts";
import { WebGroupProvider } from "../../src/yjs/yjs.ts";
import { SimNetwork, type SimPeer } from "../sim/sim_network.ts";
import { ReportedErrors } from "../support/reported_errors.ts";

const KEY = "key";

interface Editor {
  readonly peer: SimPeer;
  readonly doc: Doc;
  provider: WebGroupProvider;
}

class Stage {
  readonly network = new SimNetwork({ seed: 1 });
  readonly editors: Editor[] = [];

  add(options: WebGroupOptions = {}): Editor {
    const peer = this.network.add(`peer${this.editors.length}`, options);
    const doc = new Doc();
    const editor = { peer, doc, provider: new WebGroupProvider(peer.group, doc) };
    this.editors.push(editor);
    peer.group.join(KEY);
    return editor;
  }

  async pair(): Promise<[Editor, Editor]> {
    const pair: [Editor, Editor] = [this.add(), this.add()];
    await this.pass(5_000);
    return pair;
  }

  /** Promises settle between steps of virtual time. */
  async pass(ms = 1_000): Promise<void> {
    for (let turn = 0; turn < 100; turn++) {
      this.network.run(ms / 100);
      for (let depth = 0; depth < 10; depth++) await Promise.resolve();
    }
  }

  /** The last change of the author does not reach a member, whose channel has become silent. */
  async crashAfterLastWords(author: Editor, member: Editor): Promise<void> {
    const { machine } = author.peer;
    machine.open.find(({ kind, peer }) => kind === "rtc" && peer === member.peer.name)!.die();
    write(author, "last words");
    await this.pass(500);
    machine.crash();
  }

  async end(): Promise<void> {
    for (const { provider } of this.editors) await provider.destroy();
  }
}

function textOf({ doc }: Editor): string {
  return doc.getText("text").toString();
}

function write({ doc }: Editor, text: string): void {
  doc.getText("text").insert(0, text);
}

Deno.test("synced: a provider that connects while the signaling server is away is synced", async () => {
  const stage = new Stage();
  const [one, other] = await stage.pair();
  stage.network.signaling.stop();
  await stage.pass(100);
  await one.provider.disconnect();
  write(other, "meanwhile");
  // The member sends its changes before the group has rejoined.
  one.provider.connect();
  await stage.pass(100);
  stage.network.signaling.start();
  await stage.pass(30_000);
  expect([one.provider.synced, textOf(one)]).toEqual([true, "meanwhile"]);
  await stage.end();
});

Deno.test("synced: a member that leaves before its reply does not delay it", async () => {
  const stage = new Stage();
  const [one, other] = await stage.pair();
  const { world } = stage.network;
  const late = stage.add();
  while (!late.peer.group.members.includes(other.peer.group.myId)) await stage.pass(10);
  other.peer.machine.crash();
  await stage.pass(90_000);
  expect([one.provider.synced, late.provider.synced]).toEqual([true, true]);
  expect(world.errors).toEqual([]);
  await stage.end();
});

Deno.test("large updates: one of 2 MB arrives, and later ones", async () => {
  const stage = new Stage();
  const [one, other] = await stage.pair();
  write(one, "x".repeat(2_000_000));
  write(one, "after ");
  await stage.pass(30_000);
  expect(textOf(other).length).toBe(2_000_006);
  write(other, "back ");
  await stage.pass();
  expect(textOf(one).slice(0, 11)).toBe("back after ");
  await stage.end();
});

Deno.test("large updates: one that is too large for a member is reported on both sides", async () => {
  const stage = new Stage();
  const one = stage.add();
  await stage.pass(5_000);
  const unsent: unknown[] = [];
  one.provider.on("unsent", ({ error }) => unsent.push(error));
  const small = stage.add({ maxMessageSize: 262_144 });
  await stage.pass(5_000);
  write(one, "x".repeat(300_000));
  await stage.pass(5_000);
  expect(unsent).toEqual([expect.objectContaining({ code: "TOO_LARGE" })]);
  expect(textOf(small)).toBe("");

  const late = stage.add({ maxMessageSize: 262_144 });
  const refused: unknown[] = [];
  late.provider.on("refused", ({ error, member }) => refused.push([member, error]));
  await stage.pass(5_000);
  const failed = expect.objectContaining({ code: "FAILED" });
  expect(refused).toEqual([[one.peer.group.myId, failed]]);
  expect(late.provider.synced).toBe(true);
  await stage.end();
});

Deno.test("offline: changes of both while the network is away reach both", async () => {
  const stage = new Stage();
  const [one, other] = await stage.pair();
  const awayMs = 120_000;
  stage.network.world.netem.partition([one.peer.name], awayMs);
  await stage.pass(awayMs / 4);
  write(one, "here ");
  write(other, "there ");
  await stage.pass(awayMs / 2);
  expect([textOf(one), textOf(other)]).toEqual(["here ", "there "]);
  await stage.pass(awayMs);
  expect(textOf(one).split(" ").sort()).toEqual(["", "here", "there"]);
  expect(textOf(other)).toBe(textOf(one));
  expect([one.provider.synced, other.provider.synced]).toEqual([true, true]);
  await stage.end();
});

Deno.test("crash: a change that reached only one member reaches all when its author is gone", async () => {
  const stage = new Stage();
  const [one, other] = await stage.pair();
  const author = stage.add();
  await stage.pass(5_000);
  await stage.crashAfterLastWords(author, one);
  expect([textOf(one), textOf(other)]).toEqual(["", "last words"]);
  await stage.pass(90_000);
  expect([textOf(one), textOf(other)]).toEqual(["last words", "last words"]);
  await stage.end();
});

Deno.test("disconnect: the last change of a provider also reaches a member that it did not list", async () => {
  const stage = new Stage();
  const [one, author] = await stage.pair();
  // Its change is on the way while a newcomer synchronizes with the other member.
  stage.network.world.netem.delay(author.peer.name, 3_000, 60_000);
  const newcomer = stage.add();
  write(author, "last words");
  author.provider.disconnect();
  await stage.pass(2_500);
  expect(one.peer.group.members).toContain(newcomer.peer.group.myId);
  expect([textOf(one), textOf(newcomer)]).toEqual(["", ""]);
  await stage.pass(90_000);
  expect([textOf(one), textOf(newcomer)]).toEqual(["last words", "last words"]);
  await stage.end();
});

Deno.test("crash: its last change also reaches a member whose awareness listener throws", async () => {
  const stage = new Stage();
  const [one, other] = await stage.pair();
  const author = stage.add();
  author.provider.awareness.setLocalState({ name: "Ada" });
  await stage.pass(5_000);
  await stage.crashAfterLastWords(author, one);
  for (const { awareness } of [one.provider, other.provider]) {
    awareness.on("change", () => {
      throw new Error("a defect of the program");
    });
  }
  using reported = new ReportedErrors();
  await stage.pass(90_000);
  await stage.end();
  expect(reported.messages).toContain("a defect of the program");
  expect([textOf(one), textOf(other)]).toEqual(["last words", "last words"]);
});

Deno.test("destroy() leaves nothing behind: no listener, channel, timer or awareness", async () => {
  const stage = new Stage();
  const [one, other] = await stage.pair();
  const awareness = new Awareness(one.doc);
  const before = [awareness, one.doc].map((emitter) => [...emitter._observers.keys()].sort());
  const counted = countListeners(one.peer.group);
  const second = new WebGroupProvider(one.peer.group, one.doc, { awareness, name: "second" });
  await stage.pass();
  expect(counted.size).toBe(3);
  const called: unknown[] = [];
  second.on("status", (status) => called.push(status));
  await second.destroy();
  const emitted = called.length;

  const after = [awareness, one.doc].map((emitter) => [...emitter._observers.keys()].sort());
  expect(after).toEqual(before);
  expect(awareness.getLocalState()).toEqual({});
  expect(counted.size).toBe(0);
  const request = other.peer.group.channel("yjs second").request(one.peer.group.myId, "");
  const rejects = expect(request).rejects.toMatchObject({ code: "UNSERVED" });
  await stage.pass();
  await rejects;
  one.peer.group.leave();
  await stage.pass();
  expect(called.length).toBe(emitted);
  awareness.destroy();

  // The awareness ends with the provider: its timer would keep a program alive.
  let isEnded = false;
  one.provider.awareness.on("destroy", () => isEnded = true);
  await one.provider.destroy();
  expect([isEnded, one.provider.awareness._observers.size]).toEqual([true, 0]);
  await stage.end();
});

/** Listeners that are added from now on, and not removed. */
function countListeners(group: SimPeer["group"]): ReadonlySet<unknown> {
  const listeners = new Set<unknown>();
  const add = group.addEventListener.bind(group);
  group.addEventListener = (...args: Parameters<typeof add>) => {
    const [, listener, options] = args;
    add(...args);
    listeners.add(listener);
    const signal = typeof options === "object" ? options.signal : undefined;
    signal?.addEventListener("abort", () => listeners.delete(listener));
  };
  return listeners;
}

Deno.test("remount: a provider that is destroyed and recreated at once works as before", async () => {
  const stage = new Stage();
  const [one, other] = await stage.pair();
  one.provider.awareness.setLocalStateField("user", { name: "Ada" });
  write(one, "before ");
  for (let mount = 0; mount < 3; mount++) {
    one.provider.destroy();
    one.provider = new WebGroupProvider(one.peer.group, one.doc);
    one.provider.awareness.setLocalStateField("user", { name: `Ada ${mount}` });
  }
  write(other, "other ");
  write(one, "after ");
  await stage.pass(3_000);
  expect(textOf(one).split(" ").sort()).toEqual(["", "after", "before", "other"]);
  expect(textOf(other)).toBe(textOf(one));
  expect([one.provider.synced, other.provider.synced]).toEqual([true, true]);
  const states = other.provider.awareness.getStates();
  expect(states.get(one.doc.clientID)).toEqual({ user: { name: "Ada 2" } });
  expect(states.size).toBe(2);
  await stage.end();
});

Deno.test("WebGroupProvider synchronizes once more when several members leave at once", async () => {
  const stage = new Stage();
  const one = stage.add();
  const leavers = [stage.add(), stage.add(), stage.add(), stage.add()];
  const other = stage.add();
  await stage.pass(5_000);
  const requests: number[] = [];
  const counting = new WebGroupProvider(one.peer.group, one.doc, { connect: false });
  const { group } = counting;
  const channel = group.channel.bind(group);
  group.channel = ((name: string, options: object) => {
    const opened = channel(name, options);
    const request = opened.request.bind(opened);
    opened.request = (id, data, options) => {
      requests.push(id);
      return request(id, data, options);
    };
    return opened;
  }) as typeof group.channel;
  counting.connect();
  await stage.pass();
  requests.length = 0;
  for (const { peer } of leavers) peer.group.leave();
  await stage.pass();
  const { myId } = other.peer.group;
  expect(requests.filter((id) => id === myId).length).toBeLessThanOrEqual(2);
  expect(requests).toContain(myId);
  await counting.destroy();
  await stage.end();
});
