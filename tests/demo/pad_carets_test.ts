import { expect } from "expect";
import { createRelativePositionFromTypeIndex, Doc } from "yjs";
import { indexIn } from "../../demo/pad_carets.ts";

const travel = (position: unknown): unknown => JSON.parse(JSON.stringify(position));

Deno.test("indexIn() follows a position through changes of the text", () => {
  const text = new Doc().getText("pad");
  text.insert(0, "milk");
  const position = travel(createRelativePositionFromTypeIndex(text, 2));
  expect(indexIn(text, position)).toBe(2);
  text.insert(0, "oat ");
  expect(indexIn(text, position)).toBe(6);
  text.delete(0, 8);
  expect(indexIn(text, position)).toBe(0);
});

Deno.test("indexIn() returns no index for positions of other texts, and of changes that have not arrived", () => {
  const doc = new Doc();
  const text = doc.getText("pad");
  const other = new Doc().getText("pad");
  for (const one of [text, doc.getText("other"), other]) one.insert(0, "milk");
  for (const one of [doc.getText("other"), other]) {
    expect(indexIn(text, travel(createRelativePositionFromTypeIndex(one, 2)))).toBeUndefined();
  }
});

for (
  const position of [
    ...[undefined, null, 7, "milk", [], {}, { item: "milk" }, { item: {} }, { type: 7 }],
    ...[{ item: { client: -1, clock: -1 } }, { item: { client: "a", clock: "b" } }],
  ]
) {
  Deno.test(`indexIn() returns undefined for ${JSON.stringify(position)}`, () => {
    const text = new Doc().getText("pad");
    text.insert(0, "milk");
    expect(indexIn(text, position)).toBeUndefined();
  });
}
