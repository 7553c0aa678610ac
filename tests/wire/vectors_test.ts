// Decodes the examples in docs/PROTOCOL.md, and encodes them again to the same bytes.

import { expect } from "expect";
import { type Place, read } from "./describe.ts";

interface Vector {
  readonly name: string;
  readonly on: Place;
  readonly from: string;
  readonly bytes: Uint8Array;
  readonly meaning: string;
}

const document = Deno.readTextFileSync(new URL("../../docs/PROTOCOL.md", import.meta.url));

const vectors = [
  ...document.slice(document.indexOf("## Examples")).matchAll(
    /^\| (\S+) +\| (sigver|member|first) +\| (\w+) +\| ([0-9a-f]+) +\| (.+?) +\|$/gm,
  ),
].map(([, name = "", on = "", from = "", hex = "", meaning = ""]): Vector => ({
  name,
  // The regular expression permits only these.
  on: on as Place,
  from,
  bytes: Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16)),
  meaning,
}));

for (const { name, on, from, bytes, meaning } of vectors) {
  Deno.test(`decoders understand ${name} of ${from} on ${on}`, () => {
    expect(read(on, bytes).meaning).toBe(meaning);
  });

  if (from !== "ours") continue;
  Deno.test(`encoders write ${name} on ${on} to the same bytes`, () => {
    expect(read(on, bytes).bytes).toEqual(bytes);
  });
}

Deno.test("decoders decode deployed frames after they are encoded again", () => {
  for (const { on, from, bytes, meaning } of vectors) {
    if (from === "ours") continue;
    expect(read(on, read(on, bytes).bytes).meaning).toBe(meaning);
  }
});

Deno.test("docs/PROTOCOL.md has examples of v5 peers, deployed peers and the server", () => {
  const count = (from: string) => vectors.filter((vector) => vector.from === from).length;
  expect(count("netflux")).toBeGreaterThan(20);
  expect(count("sigver")).toBeGreaterThan(5);
  expect(count("ours")).toBeGreaterThan(20);
  for (const on of ["sigver", "member", "first"]) {
    expect(vectors.some((vector) => vector.on === on && vector.from === "ours")).toBe(true);
  }
  const rows = document.slice(document.indexOf("## Examples")).split("\n")
    .filter((line) => line.startsWith("| ") && !line.startsWith("| -")).length;
  expect(vectors.length).toBe(rows - 1);
});

Deno.test("docs/PROTOCOL.md explains W1 to W20", () => {
  const explained = [...document.matchAll(/^\| W(\d+) /gm)].map(([, number]) => Number(number));
  expect(explained).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
});
