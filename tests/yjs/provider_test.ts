import { expect } from "expect";
import { applyUpdate, Doc, encodeStateAsUpdate } from "yjs";
import { type RequestError, WebGroup } from "../../mod.ts";
import { TestNetwork } from "../../src/testing/testing.ts";
import { WebGroupProvider } from "../../src/yjs/yjs.ts";
import { fc } from "../support/fast_check.ts";
import { ReportedErrors } from "../support/reported_errors.ts";
import { Editors, KEY } from "./editors.ts";

Deno.test("WebGroupProvider shares changes from before and after members connect", async () => {
  const editors = new Editors(3);
  const [one, two, three] = editors.docs;
  one!.getText("text").insert(0, "one ");
  two!.getText("text").insert(0, "two ");
  await editors.join();
  three!.getText("text").insert(0, "three ");
  await editors.pass();
  const [text = ""] = editors.texts;
  expect(editors.texts).toEqual([text, text, text]);
  expect(text.split(" ").sort()).toEqual(["", "one", "three", "two"]);
  expect(editors.providers.map(({ synced }) => synced)).toEqual([true, true, true]);
  await editors.end();
});

Deno.test("WebGroupProvider sends nothing before there are other members", async () => {
  const editors = new Editors(1);
  editors.docs[0]!.getText("text").insert(0, "text");
  editors.providers[0]!.awareness.setLocalState({ user: "Ada" });
  await editors.join();
  editors.docs[0]!.getText("text").insert(0, "more ");
  await editors.end();
  expect(editors.network.world.warnings).toEqual([]);
});

Deno.test("WebGroupProvider sends a newcomer the whole document, which is then synced", async () => {
  const editors = await new Editors(2).join();
  editors.docs[0]!.getText("text").insert(0, "x".repeat(600_000));
  await editors.pass(3_000);
  const newcomer = editors.network.add("newcomer");
  const doc = new Doc();
  const provider = new WebGroupProvider(newcomer.group, doc);
  const heard: unknown[] = [];
  provider.on("sync", (isSynced) => heard.push([isSynced, doc.getText("text").length]));
  provider.on("synced", ({ synced }) => heard.push(synced));
  doc.on("sync", (isSynced: boolean) => heard.push(isSynced));
  newcomer.group.join(KEY);
  await editors.pass(10_000);
  expect(heard).toEqual([[true, 600_000], true, true]);
  await provider.whenSynced;
  await provider.destroy();
  await editors.end();
});

Deno.test("WebGroupProvider is synced when alone, and with members that have no such document", async () => {
  const network = new Editors(0).network;
  const [one, other] = network.addMany(2);
  const provider = new WebGroupProvider(one!.group, new Doc());
  for (const { group } of [one!, other!]) group.join(KEY);
  for (let turn = 0; turn < 50; turn++) {
    network.run(100);
    await Promise.resolve();
  }
  expect(provider.synced).toBe(true);
  await provider.destroy();
});

Deno.test("WebGroupProvider separates the documents of one group by name", async () => {
  const editors = await new Editors(2).join();
  const besides = editors.members.map(({ group }) => {
    const doc = new Doc();
    return { doc, provider: new WebGroupProvider(group, doc, { name: "besides" }) };
  });
  await editors.pass();
  besides[0]!.doc.getText("text").insert(0, "besides");
  editors.docs[0]!.getText("text").insert(0, "first");
  await editors.pass();
  expect(besides.map(({ doc }) => doc.getText("text").toString())).toEqual(["besides", "besides"]);
  expect(editors.texts).toEqual(["first", "first"]);
  for (const { provider } of besides) await provider.destroy();
  await editors.end();
});

Deno.test("WebGroupProvider shares a subdocument while it is loaded", async () => {
  const editors = await new Editors(2).join();
  const providers: WebGroupProvider[] = [];
  for (const [index, doc] of editors.docs.entries()) {
    const { group } = editors.members[index]!;
    doc.on("subdocs", ({ loaded }: { loaded: Set<Doc> }) => {
      for (const sub of loaded) {
        providers.push(new WebGroupProvider(group, sub, { name: sub.guid }));
      }
    });
  }
  const [one, other] = editors.docs.map((doc) => doc.getMap<Doc>("subs"));
  const sub = one!.set("a", new Doc());
  sub.load();
  sub.getText("text").insert(0, "hello");
  await editors.pass();
  const received = other!.get("a")!;
  received.load();
  await editors.pass();
  expect(received.getText("text").toString()).toBe("hello");
  one!.delete("a");
  await editors.pass();
  expect(providers.map(({ shouldConnect }) => shouldConnect)).toEqual([false, false]);
  await editors.end();
});

Deno.test("WebGroupProvider shares changes made while it was disconnected, in both directions", async () => {
  const editors = await new Editors(2).join();
  await editors.providers[0]!.disconnect();
  editors.docs[0]!.getText("text").insert(0, "offline ");
  editors.docs[1]!.getText("text").insert(0, "online ");
  await editors.pass();
  expect(editors.texts).toEqual(["offline ", "online "]);
  editors.providers[0]!.connect();
  await editors.pass();
  expect(editors.texts[0]).toBe(editors.texts[1]);
  expect(editors.texts[0]!.length).toBe("offline online ".length);
  await editors.end();
});

Deno.test("WebGroupProvider shows the awareness of members, until they leave", async () => {
  const editors = await new Editors(2).join();
  const [one, other] = editors.providers;
  one!.awareness.setLocalStateField("user", { name: "Ada" });
  await editors.pass();
  const { clientID } = editors.docs[0]!;
  expect(other!.awareness.getStates().get(clientID)).toEqual({ user: { name: "Ada" } });
  await one!.disconnect();
  await editors.pass();
  expect(other!.awareness.getStates().has(clientID)).toBe(false);
  one!.connect();
  await editors.pass();
  expect(other!.awareness.getStates().get(clientID)).toEqual({ user: { name: "Ada" } });
  editors.members[0]!.group.leave();
  await editors.pass();
  expect(other!.awareness.getStates().has(clientID)).toBe(false);
  await editors.end();
});

Deno.test("WebGroupProvider survives malformed updates, and reports them", async () => {
  const editors = await new Editors(2).join();
  const refused: unknown[] = [];
  editors.providers[1]!.on("refused", ({ member }) => refused.push(member));
  const { group } = editors.members[0]!;
  const forged = group.channel("yjs ");
  forged.send(new Uint8Array([1, 2, 3]));
  forged.send("no bytes");
  await editors.pass();
  expect(refused).toEqual([group.myId, group.myId]);
  editors.docs[0]!.getText("text").insert(0, "on");
  await editors.pass();
  expect(editors.texts[1]).toBe("on");
  await editors.end();
});

Deno.test("WebGroupProvider ends with its document, and leaves no listeners behind", async () => {
  const editors = await new Editors(2).join();
  const [doc] = editors.docs;
  doc!.destroy();
  await editors.pass();
  expect(editors.providers[0]!.shouldConnect).toBe(false);
  expect([...doc!._observers.keys()]).toEqual([]);
  await editors.end();
});

Deno.test("documents converge after any edits, at any latency", async () => {
  const edit = fc.record({
    member: fc.nat(2),
    at: fc.nat(40),
    text: fc.string({ maxLength: 8 }),
    removes: fc.nat(4),
    waits: fc.nat(200),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(edit, { maxLength: 30 }), fc.nat(1_000), async (edits, seed) => {
      const editors = await new Editors(3, seed).join();
      for (const { member, at, text, removes, waits } of edits) {
        const shared = editors.docs[member]!.getText("text");
        shared.insert(Math.min(at, shared.length), text);
        shared.delete(0, Math.min(removes, shared.length));
        editors.network.run(waits);
      }
      await editors.pass(5_000);
      const [text] = editors.texts;
      expect(editors.texts).toEqual([text, text, text]);
      const copy = new Doc();
      applyUpdate(copy, encodeStateAsUpdate(editors.docs[2]!));
      expect(copy.getText("text").toString()).toBe(text);
      await editors.end();
    }),
    { numRuns: 30 },
  );
});

Deno.test("WebGroupProvider reports an error of an observer as one of the program", async () => {
  const editors = await new Editors(2).join();
  const [one, other] = editors.docs;
  other!.getText("text").observe(() => {
    throw new Error("a defect of the program");
  });
  const refused: unknown[] = [];
  editors.providers[1]!.on("refused", ({ error }) => refused.push(error));
  one!.getText("text").insert(0, "text");
  await expect(editors.pass()).rejects.toThrow("a defect of the program");
  expect([editors.texts, refused]).toEqual([["text", "text"], []]);
  await editors.end();
});

Deno.test("WebGroupProvider.connect() rejects a second document with the same name in a group", async () => {
  const editors = await new Editors(1).join();
  const { group } = editors.members[0]!;
  const first = editors.providers[0]!;
  const reason = 'Cannot connect: this group already shares another document with the name ""; ' +
    "the option name separates them";
  expect(() => new WebGroupProvider(group, new Doc())).toThrow(reason);
  const [same, other] = [
    new WebGroupProvider(group, first.doc),
    new WebGroupProvider(group, new Doc(), { name: "other" }),
  ];
  for (const provider of [first, same]) await provider.destroy();
  const later = new WebGroupProvider(group, new Doc());
  for (const provider of [other, later]) await provider.destroy();
  await editors.end();
});

Deno.test("WebGroupProvider reports each status, also when the program leaves, or the server is away", async () => {
  const editors = new Editors(2);
  const [provider] = editors.providers;
  const heard: unknown[] = [];
  provider!.on("status", ({ status, connected }) => heard.push([status, connected]));
  await editors.join();
  expect(heard.splice(0).at(-1)).toEqual(["connected", true]);
  editors.network.signaling.stop();
  await editors.pass(20_000);
  expect(heard.splice(0)).toEqual([["connecting", false]]);
  editors.network.signaling.start();
  await editors.pass(40_000);
  expect(heard.splice(0)).toEqual([["connected", true]]);
  editors.members[0]!.group.leave();
  await editors.pass();
  expect(heard).toEqual([["disconnected", false]]);
  await editors.end();
});

Deno.test("new WebGroupProvider() leaves no timer and no observer if the key is invalid", () => {
  const doc = new Doc();
  expect(() => new WebGroupProvider("", doc)).toThrow(RangeError);
  expect(doc._observers.has("update")).toBe(false);
});

Deno.test("WebGroupProvider.roomName is the key of its group, also if that is joined later", async () => {
  const editors = new Editors(1);
  const [provider] = editors.providers;
  expect(provider!.roomName).toBe("");
  await editors.join();
  expect(provider!.roomName).toBe(KEY);
  await editors.end();
});

Deno.test("WebGroupProvider.destroy() is for good", async () => {
  using network = new TestNetwork();
  network.install();
  const provider = new WebGroupProvider("room", new Doc());
  await network.settled();
  await provider.destroy();
  provider.connect();
  expect(provider.shouldConnect).toBe(false);
});

Deno.test("WebGroupProvider keeps a document apart from the awareness of another", async () => {
  using network = new TestNetwork();
  const groups = await network.groups(2);
  const open = (name: string) =>
    groups.map((group) => new WebGroupProvider(group, new Doc(), { name }));
  const drafts = open("drafts");
  const other = open("awareness drafts");
  const refused: unknown[] = [];
  for (const one of [...drafts, ...other]) one.on("refused", ({ error }) => refused.push(error));
  await network.settled();
  drafts[0]!.awareness.setLocalState({ name: "Ada" });
  other[0]!.doc.getText("text").insert(0, "hello");
  await network.settled();
  expect([other[1]!.doc.getText("text").toString(), refused]).toEqual(["hello", []]);
  for (const one of [...drafts, ...other]) await one.destroy();
});

Deno.test("WebGroupProvider reports errors of listeners, and continues", async () => {
  using network = new TestNetwork();
  network.install();
  const other = network.group();
  other.join("room");
  using reported = new ReportedErrors();
  const provider = new WebGroupProvider("room", new Doc());
  provider.on("sync", () => {
    throw new Error("of sync");
  });
  const synced = provider.whenSynced;
  await network.settled();
  await synced;
  provider.awareness.setLocalState({ name: "Ada" });
  provider.awareness.on("change", () => {
    throw new Error("of the awareness");
  });
  await provider.destroy();
  await network.settled();
  expect(new Set(reported.messages)).toEqual(new Set(["of sync", "of the awareness"]));
  expect(other.members).toEqual([other.myId]);
});

Deno.test("WebGroupProvider is synced, and leaves, if a listener of its document throws", async () => {
  using network = new TestNetwork();
  network.install();
  const other = network.group();
  other.join("room");
  const doc = new Doc();
  doc.on("sync", () => {
    throw new Error("of sync");
  });
  const provider = new WebGroupProvider("room", doc);
  let isSynced = false;
  provider.whenSynced.then(() => isSynced = true, () => {});
  using reported = new ReportedErrors();
  await network.settled();
  await provider.destroy();
  await network.settled();
  expect([isSynced, other.members, reported.messages])
    .toEqual([true, [other.myId], ["of sync", "of sync"]]);
});

Deno.test("WebGroupProvider can be connected again by a listener to its status", async () => {
  using network = new TestNetwork();
  network.install();
  const provider = new WebGroupProvider("room", new Doc());
  await network.settled();
  provider.on("status", ({ status }) => {
    if (status === "disconnected") provider.connect();
  });
  provider.disconnect();
  await network.settled();
  expect([provider.connected, provider.synced]).toEqual([true, true]);
  await provider.destroy();
});

/** Makes the errors of a group those of another copy of the library, as of its CommonJS build. */
function ofAnotherCopy(group: WebGroup): WebGroup {
  const rethrow = ({ code, message }: RequestError) => {
    throw Object.assign(new Error(message), { code });
  };
  const open = group.channel.bind(group);
  group.channel = (...channel) => {
    const opened = open(...channel);
    const request = opened.request.bind(opened);
    // The types of the channel are those of the call.
    return Object.assign(opened, {
      request: (...args: Parameters<typeof request>) => request(...args).catch(rethrow),
    }) as never;
  };
  return group;
}

Deno.test("WebGroupProvider knows the errors of a group of another copy of the library", async () => {
  using network = new TestNetwork();
  const [group] = await network.groups(2);
  const provider = new WebGroupProvider(ofAnotherCopy(group), new Doc());
  const refused: unknown[] = [];
  provider.on("refused", ({ error }) => refused.push(error));
  await network.settled();
  expect([provider.synced, refused]).toEqual([true, []]);
  await provider.destroy();
});

Deno.test("new WebGroupProvider() names the argument that is wrong", () => {
  const make = (...values: unknown[]) => () => Reflect.construct(WebGroupProvider, values);
  const doc = new Doc();
  // The order of y-websocket.
  expect(make("ws://localhost:8000", "room", doc)).toThrow(
    'Cannot use "room" as doc, the second argument: a Doc of Yjs expected',
  );
  expect(make("room")).toThrow(
    "Cannot use undefined as doc, the second argument: a Doc of Yjs expected",
  );
  expect(make(undefined, doc)).toThrow(
    "Cannot use undefined as roomOrGroup, the first argument: a key or a WebGroup expected",
  );
  const group = new WebGroup({ signalingServer: "ws://localhost:8000" });
  expect(make(group, doc, { groupOptions: {} })).toThrow(
    "Cannot use groupOptions: a key as first argument expected, a group came",
  );
});

Deno.test("WebGroupProvider.whenSynced rejects when the provider is destroyed before", async () => {
  await using _network = new TestNetwork();
  const provider = new WebGroupProvider("room", new Doc(), { connect: false });
  const { whenSynced } = provider;
  // A program need not handle its rejection.
  void provider.whenSynced;
  await provider.destroy();
  await expect(whenSynced).rejects.toMatchObject({ name: "AbortError" });
  await expect(provider.whenSynced).rejects.toThrow("the provider was destroyed");
});
