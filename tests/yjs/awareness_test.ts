import { expect } from "expect";
import { Awareness, encodeAwarenessUpdate } from "y-protocols/awareness";
import { Doc, encodeStateAsUpdate } from "yjs";
import { WebGroupProvider } from "../../src/yjs/yjs.ts";
import { ReportedErrors } from "../support/reported_errors.ts";
import { Editors, KEY } from "./editors.ts";

/** The names that a provider shows, its own included. */
function namesAt({ awareness }: WebGroupProvider): unknown[] {
  return [...awareness.getStates().values()].map((state) => state.user).sort();
}

const BOTH = [["Ada", "Bob"], ["Ada", "Bob"]];

async function adaAndBob(): Promise<Editors> {
  const editors = await new Editors(2).join();
  for (const [index, name] of ["Ada", "Bob"].entries()) {
    editors.providers[index]!.awareness.setLocalStateField("user", name);
  }
  await editors.pass();
  expect(editors.providers.map(namesAt)).toEqual(BOTH);
  return editors;
}

Deno.test("WebGroupProvider receives the awareness of members when it connects in a joined group", async () => {
  const editors = await adaAndBob();
  const [, second] = editors.providers;
  await second!.disconnect();
  second!.connect();
  await editors.pass();
  expect(editors.providers.map(namesAt)).toEqual(BOTH);
  await editors.end();
});

Deno.test("WebGroupProvider of a document that is opened later receives the awareness of members", async () => {
  const editors = await new Editors(2).join();
  const [one, other] = editors.members;
  const first = new WebGroupProvider(one!.group, new Doc(), { name: "second" });
  first.awareness.setLocalStateField("user", "Ada");
  await editors.pass();
  const later = new WebGroupProvider(other!.group, new Doc(), { name: "second" });
  await editors.pass();
  expect(namesAt(later)).toContain("Ada");
  for (const provider of [first, later]) await provider.destroy();
  await editors.end();
});

Deno.test("WebGroupProvider and a member that rejoins have each other's awareness", async () => {
  const editors = await adaAndBob();
  const [one] = editors.members;
  one!.group.leave();
  await editors.pass();
  expect(editors.providers.map(namesAt)).toEqual([["Ada"], ["Bob"]]);
  one!.group.join(KEY);
  await editors.pass(5_000);
  expect(editors.providers.map(namesAt)).toEqual(BOTH);
  await editors.end();
});

Deno.test("the awareness of two providers of one document outlives one of them", async () => {
  const editors = await new Editors(3).join();
  const [first, second, third] = editors.members;
  const doc = new Doc();
  const [one, other, observer] = [
    new WebGroupProvider(first!.group, doc, { name: "shared" }),
    new WebGroupProvider(second!.group, doc, { name: "shared" }),
    new WebGroupProvider(third!.group, new Doc(), { name: "shared" }),
  ];
  for (const provider of [other, one]) {
    provider.awareness.setLocalStateField("user", "Ada");
    await editors.pass();
  }
  await one.destroy();
  first!.group.leave();
  await editors.pass();
  other.awareness.setLocalStateField("cursor", 7);
  await editors.pass();
  expect(observer.awareness.getStates().get(doc.clientID)).toEqual({ user: "Ada", cursor: 7 });
  for (const provider of [other, observer]) await provider.destroy();
  await editors.end();
});

Deno.test("a member cannot remove the awareness of another member's client", async () => {
  const editors = await adaAndBob();
  const [ada] = editors.providers;
  const forged = new Awareness(new Doc());
  forged.clientID = ada!.doc.clientID;
  for (let clock = 0; clock < 5; clock++) forged.setLocalState({ user: "Eve" });
  const { group } = editors.members[1]!;
  group.channel<Uint8Array>("yjs-awareness ").send(
    encodeAwarenessUpdate(forged, [forged.clientID]),
  );
  await editors.pass();
  group.leave();
  await editors.pass();
  expect(ada!.awareness.getLocalState()).not.toBe(null);
  forged.destroy();
  await editors.end();
});

Deno.test("a newcomer gets document and awareness after Yjs has changed a client id", async () => {
  const editors = await adaAndBob();
  const [doc] = editors.docs;
  const { clientID } = doc!;
  // The same client id in another document: Yjs then draws another one for this document.
  const twin = new Doc();
  twin.clientID = clientID;
  twin.getText("text").insert(0, "twin");
  editors.members[1]!.group.channel("yjs ").send(encodeStateAsUpdate(twin));
  await editors.pass();
  expect(doc!.clientID).not.toBe(clientID);
  const late = editors.network.add("late");
  const third = new WebGroupProvider(late.group, new Doc());
  late.group.join(KEY);
  await editors.pass(5_000);
  expect([namesAt(third), third.synced]).toEqual([["Ada", "Bob", undefined], true]);
  editors.providers[0]!.awareness.setLocalStateField("user", "Eve");
  await editors.pass();
  expect(namesAt(third)).toEqual(["Bob", "Eve", undefined]);
  await third.destroy();
  await editors.end();
});

Deno.test("the awareness of a member ends with it, also if listeners to its changes throw", async () => {
  using reported = new ReportedErrors();
  const editors = await new Editors(2).join();
  const [one, other] = editors.providers;
  other!.awareness.on("change", () => {
    throw new Error("a defect of the program");
  });
  one!.awareness.setLocalStateField("user", "Ada");
  await editors.pass();
  expect(namesAt(other!)).toContain("Ada");
  editors.members[0]!.group.leave();
  await editors.pass();
  expect([namesAt(other!), new Set(reported.messages)]).toEqual([
    [undefined],
    new Set(["a defect of the program"]),
  ]);
  await editors.end();
});

Deno.test("an error of an awareness listener is one of the program, a malformed update is refused", async () => {
  using reported = new ReportedErrors();
  const editors = await adaAndBob();
  const [one, other] = editors.providers;
  const refused: unknown[] = [];
  other!.on("refused", ({ error }) => refused.push(error));
  const fail = () => {
    throw new Error("a defect of the program");
  };
  other!.awareness.on("change", fail);
  one!.awareness.setLocalStateField("user", "Ann");
  await editors.pass();
  expect(reported.messages).toContain("a defect of the program");
  expect([namesAt(other!), refused]).toEqual([["Ann", "Bob"], []]);
  other!.awareness.off("change", fail);
  editors.members[0]!.group.channel("yjs-awareness ").send(new Uint8Array([1, 2, 3]));
  await editors.pass();
  expect(refused.length).toBe(1);
  await editors.end();
});
