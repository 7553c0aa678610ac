import { Array as YArray, type Doc, Map as YMap, Text, XmlElement, XmlText } from "yjs";
import { fc } from "../support/fast_check.ts";

/** An edit that any document accepts. */
export type Edit =
  | { readonly type: "write"; readonly at: number; readonly text: string; readonly cuts: number }
  | {
    readonly type: "format";
    readonly at: number;
    readonly length: number;
    readonly bold: boolean;
  }
  | { readonly type: "set"; readonly key: string; readonly value: string | null }
  | { readonly type: "list"; readonly at: number; readonly values: number[]; readonly cuts: number }
  | { readonly type: "nest"; readonly at: number; readonly key: string }
  | { readonly type: "within"; readonly which: number; readonly text: string }
  | { readonly type: "element"; readonly name: string; readonly text: string }
  | { readonly type: "paste"; readonly length: number };

/** An update of this length takes several frames, and exceeds what y-webrtc can send. */
const PASTE_MAX = 400_000;

const at = fc.nat(40);
const text = fc.string({ maxLength: 8 });
const key = fc.constantFrom("a", "b", "c");

/** Long pastes are rare. */
export const anyEdit: fc.Arbitrary<Edit> = fc.oneof(
  { weight: 6, arbitrary: edit("write", { at, text, cuts: fc.nat(4) }) },
  { weight: 2, arbitrary: edit("format", { at, length: fc.nat(10), bold: fc.boolean() }) },
  { weight: 3, arbitrary: edit("set", { key, value: fc.option(text, { nil: null }) }) },
  { weight: 3, arbitrary: edit("list", { at, values: fc.array(fc.nat()), cuts: fc.nat(4) }) },
  { weight: 2, arbitrary: edit("nest", { at, key }) },
  { weight: 3, arbitrary: edit("within", { which: fc.nat(10), text }) },
  { weight: 2, arbitrary: edit("element", { name: key, text }) },
  { weight: 1, arbitrary: edit("paste", { length: fc.integer({ min: 1, max: PASTE_MAX }) }) },
);

function edit<Type extends Edit["type"], Rest>(
  type: Type,
  rest: { [Name in keyof Rest]: fc.Arbitrary<Rest[Name]> },
): fc.Arbitrary<Rest & { readonly type: Type }> {
  return fc.record(rest).map((rest) => ({ ...rest, type }));
}

export function makeEdit(doc: Doc, edit: Edit): void {
  doc.transact(() => make(doc, edit));
}

function make(doc: Doc, edit: Edit): void {
  const text = doc.getText("text");
  const [array, map] = [doc.getArray("array"), doc.getMap("map")];
  const within = (at: number, length: number) => Math.min(at, length);
  switch (edit.type) {
    case "write":
      text.insert(within(edit.at, text.length), edit.text);
      return text.delete(0, within(edit.cuts, text.length));
    case "format": {
      const start = within(edit.at, text.length);
      const length = within(edit.length, text.length - start);
      return text.format(start, length, { bold: edit.bold || null });
    }
    case "set":
      return edit.value === null ? map.delete(edit.key) : void map.set(edit.key, edit.value);
    case "list":
      array.insert(within(edit.at, array.length), edit.values);
      return array.delete(0, within(edit.cuts, array.length));
    case "nest": {
      const nested = new YMap<unknown>([["text", new Text(edit.key)], ["list", new YArray()]]);
      array.insert(within(edit.at, array.length), [nested]);
      return void map.set(edit.key, new YMap([["text", new Text()]]));
    }
    case "within": {
      const nested = [...array, ...map.values()].filter((value) => value instanceof YMap);
      const inner = nested[edit.which % Math.max(1, nested.length)]?.get("text");
      return inner instanceof Text ? inner.insert(0, edit.text) : undefined;
    }
    case "element": {
      const element = new XmlElement(edit.name);
      element.insert(0, [new XmlText(edit.text)]);
      const xml: XmlElement = doc.get("xml", XmlElement);
      return xml.insert(0, [element]);
    }
    case "paste":
      return text.insert(text.length, "0123456789".repeat(Math.ceil(edit.length / 10)));
  }
}
