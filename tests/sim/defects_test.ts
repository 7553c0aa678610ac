import { expect } from "expect";
import ts from "typescript";
import { DEFECTS, type Operation } from "./defects.ts";
import { mutate, mutateAll } from "./mutate.ts";

Deno.test("DEFECTS match the current code, leave it valid TypeScript, and have unique names", async () => {
  for (const defect of DEFECTS) {
    for (const [file, text] of await mutateAll(defect, sourceOf)) {
      expect({ name: defect.name, file, faults: faultsOf(text) })
        .toEqual({ name: defect.name, file, faults: [] });
    }
  }
  expect(new Set(DEFECTS.map(({ name }) => name)).size).toBe(DEFECTS.length);
});

Deno.test("each edit of DEFECTS changes the code on its own", async () => {
  for (const defect of DEFECTS) {
    for (const edit of defect.edits) {
      const source = await sourceOf(edit.file ?? defect.file);
      expect(mutate("", source, edit)).not.toBe(source);
    }
  }
});

Deno.test("mutateAll() plants all edits of a defect, one after the other", async () => {
  const edits = [
    { symbol: "LIMIT", value: "1" },
    { file: "src/b.ts", symbol: "LIMIT", value: "2" },
    { symbol: "other", returns: "3" },
  ];
  const read = () => Promise.resolve("const LIMIT = 0; function other() {}");
  expect(await mutateAll({ name: "x", file: "src/a.ts", edits }, read)).toEqual(
    new Map([
      ["src/a.ts", "const LIMIT = 1; function other() { return 3; }"],
      ["src/b.ts", "const LIMIT = 2; function other() {}"],
    ]),
  );
});

const SOURCE = `export const LIMIT = 5;
export class Queue {
  #size = 0;
  get size(): number { return this.#size; }
  take(): string;
  take(all?: boolean) {
    const first = this.#shift();
    if (first === undefined) return "none";
    this.#size -= first.length;
    for (const one of first) this.#log(one);
    const sink = { took: (size: number) => this.#report(size) };
    return all ? first : sink;
  }
}
function twice() {
  if (a) b();
  if (a) b();
}
`;

Deno.test("mutate() replaces constants, variables and properties", () => {
  expectPlanted("LIMIT", { value: "$&" }, "const LIMIT = 5;", "const LIMIT = $&;");
  expectPlanted("Queue.#size", { value: "1" }, "#size = 0;", "#size = 1;");
  expectPlanted("Queue.take.first", { value: "[]" }, "first = this.#shift()", "first = []");
});

Deno.test("mutate() replaces the body of a function by a return", () => {
  expectPlanted("Queue.size", { returns: "0" }, "{ return this.#size; }", "{ return 0; }");
  expectPlanted("Queue.take.sink.took", { returns: "0" }, "this.#report(size)", "{ return 0; }");
});

Deno.test("mutate() replaces a condition", () => {
  const left = { condition: "first", becomes: "false" };
  expectPlanted("Queue.take", left, "if (first === undefined)", "if (false)");
  expectPlanted("Queue.take", { condition: "all", becomes: "!all" }, "all ? first", "!all ? first");
});

Deno.test("mutate() removes a statement, or makes it conditional", () => {
  expectPlanted("Queue.take", { without: "#size" }, "this.#size -= first.length;", "{}");
  expectPlanted("Queue.take", { without: "none" }, 'return "none";', "{}");
  const onlyIf = { without: "#log", onlyIf: "all" };
  expectPlanted("Queue.take", onlyIf, "this.#log(one);", "{ if (all) this.#log(one); }");
});

Deno.test("mutate() inserts a statement at the beginning, or before another one", () => {
  const put = "stop();";
  expectPlanted("Queue.size", { put }, "{ return this", "{ stop();  return this");
  const took = "{ stop(); return this.#report(size); }";
  expectPlanted("Queue.take.sink.took", { put }, "this.#report(size)", took);
  const before = { put, before: "#log" };
  expectPlanted("Queue.take", before, "this.#log(one);", "{ stop(); this.#log(one); }");
});

Deno.test("mutate() throws unless the edited code exists exactly once", () => {
  expectError("MAXIMUM", { value: "1" }, "one MAXIMUM expected, 0 found");
  expectError("Queue.put.first", { value: "1" }, "one Queue.put expected, 0 found");
  expectError("first", { value: "1" }, "one first expected, 0 found");
  expectError("Queue.take", { value: "1" }, "one value of Queue.take expected, 0 found");
  expectError("LIMIT", { returns: "1" }, "one body of LIMIT expected, 0 found");
  expectError("LIMIT", { put: "stop();" }, "one body of LIMIT expected, 0 found");
  const condition = (name: string) => ({ condition: name, becomes: "true" });
  expectError("twice", condition("b"), "one condition in twice that mentions b expected, 0 found");
  expectError("twice", condition("a"), "one condition in twice that mentions a expected, 2 found");
  const statement = "statement in twice that calls, assigns or returns";
  expectError("twice", { without: "a" }, `one ${statement} a expected, 0 found`);
  expectError("twice", { without: "b" }, `one ${statement} b expected, 2 found`);
  expectError("twice", { put: "", before: "c" }, `one ${statement} c expected, 0 found`);
});

Deno.test("mutate() never removes a declaration", () => {
  const statement = "statement in Queue.take that calls, assigns or returns";
  expectError("Queue.take", { without: "#shift" }, `one ${statement} #shift expected, 0 found`);
});

function expectPlanted(symbol: string, operation: Operation, from: string, to: string): void {
  expect(mutate("src/x.ts", SOURCE, { symbol, ...operation }))
    .toBe(SOURCE.replace(from, () => to));
}

function expectError(symbol: string, operation: Operation, reason: string): void {
  expect(() => mutate("src/x.ts", SOURCE, { symbol, ...operation }))
    .toThrow(new Error(`Cannot edit src/x.ts: ${reason}`));
}

async function sourceOf(file: string): Promise<string> {
  return await Deno.readTextFile(new URL(`../../${file}`, import.meta.url));
}

function faultsOf(text: string): string[] {
  const { diagnostics = [] } = ts.transpileModule(text, { reportDiagnostics: true });
  return diagnostics.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"));
}
