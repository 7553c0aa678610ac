import { expect } from "expect";
import { judge } from "../../scripts/size_budget.ts";
import { partsOf, sizesOf } from "../../scripts/sizes.ts";

Deno.test("judge() fails a build above its budget, and names it, its size and the budget", () => {
  const { fits, line } = judge("global build", 28_101, 28_100);
  expect(fits).toBe(false);
  expect(line).toBe(
    "Too large: global build: 28101 bytes gzipped, at most 28100 expected (scripts/size_budget.ts)",
  );
});

Deno.test("judge() accepts a build of exactly its budget", () => {
  const { fits, line } = judge("browser module", 28_100, 28_100);
  expect(fits).toBe(true);
  expect(line).toBe("browser module: 28100 bytes gzipped, at most 28100");
});

Deno.test("sizesOf() counts bytes, and compresses them", async () => {
  const { raw, gzip, brotli } = await sizesOf("é".repeat(1_000));
  expect(raw).toBe(2_000);
  expect(gzip).toBeLessThan(100);
  expect(brotli).toBeLessThan(gzip);
});

Deno.test("partsOf() groups the files of a package, and adds up to the whole", () => {
  const inputs = {
    "src/wire/protobuf_reader.ts": { bytesInOutput: 20 },
    "src/wire/protobuf_writer.ts": { bytesInOutput: 30 },
    "../cache/npm/registry/rxjs/7.8.2/a.js": { bytesInOutput: 5 },
    "../cache/npm/registry/@a/b/1.0.0/c.js": { bytesInOutput: 7 },
    "../cache/npm/registry/rxjs/7.8.2/d.js": { bytesInOutput: 6 },
  };
  const output = { bytes: 70, inputs, imports: [], exports: [] };
  const parts = partsOf(
    { inputs: {}, outputs: { "a.js": output } },
    (name) => name.replace(/^src\/(\w+)\/.*/, "$1"),
  );
  expect(parts).toEqual([["wire", 50], ["rxjs", 11], ["@a/b", 7], ["esbuild's own", 2]]);
});
