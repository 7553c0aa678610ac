/** @jsxImportSource react */
// Hooks and providers, which make their groups themselves.

import { expect } from "expect";
import { act } from "react";
import { create, type ReactTestRenderer } from "react-test-renderer";
import { Doc } from "yjs";
import { useChannel, useGroup, useMembers } from "../../src/react/react.ts";
import { TestNetwork } from "../../src/testing/testing.ts";
import { WebGroupProvider } from "../../src/yjs/yjs.ts";

function Chat({ heard }: { readonly heard: string[] }) {
  const group = useGroup("chat");
  const chat = useChannel<string>(group, "chat", { onMessage: (_, text) => void heard.push(text) });
  return (
    <button type="button" onClick={() => void chat?.send("hello")}>
      {useMembers(group).length}
    </button>
  );
}

/** React's scheduler has timers of its own, which outlive what it has rendered. */
const REACT = { sanitizeOps: false, sanitizeResources: false };

Deno.test("hooks of React join an installed TestNetwork", REACT, async () => {
  Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true });
  using network = new TestNetwork({ latency: 30 });
  network.install();
  const heard: string[] = [];
  const mounted: ReactTestRenderer[] = [];
  const settled = () => act(() => network.settled());
  const shown = () => mounted.map((one) => one.root.findByType("button").children.join());
  act(() => {
    for (let page = 0; page < 3; page++) mounted.push(create(<Chat heard={heard} />));
  });
  await settled();
  expect(shown()).toEqual(["3", "3", "3"]);
  act(() => mounted[0]!.root.findByType("button").props.onClick());
  await settled();
  expect(heard).toEqual(["hello", "hello"]);
  act(() => mounted.pop()!.unmount());
  await settled();
  expect(shown()).toEqual(["2", "2"]);
  act(() => mounted.forEach((one) => one.unmount()));
});

Deno.test("providers of Yjs join an installed TestNetwork", async () => {
  using network = new TestNetwork({ latency: 30 });
  network.install();
  const docs = [new Doc(), new Doc()];
  docs[0]!.getText("text").insert(0, "written alone; ");
  const providers = docs.map((doc) => new WebGroupProvider("a document", doc));
  await network.settled();
  docs[1]!.getText("text").insert(15, "written together");
  await network.settled();
  const texts = docs.map((doc) => doc.getText("text").toString());
  expect(texts).toEqual(Array(2).fill("written alone; written together"));
  expect(providers.map(({ synced }) => synced)).toEqual([true, true]);
  network.partition([providers[0]!.group], [providers[1]!.group]);
  for (const [index, doc] of docs.entries()) doc.getText("text").insert(0, `${index} `);
  await network.settled();
  expect(docs[0]!.getText("text").toString()).not.toContain("1 ");
  network.heal();
  await network.settled();
  expect(docs[0]!.getText("text").toString()).toBe(docs[1]!.getText("text").toString());
  for (const provider of providers) await provider.destroy();
});
