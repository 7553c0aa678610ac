import { expect } from "expect";
import { decode, encode } from "@jridgewell/sourcemap-codec";
import { minify } from "terser";
import { inOrder, type MappedCode, rowsOf } from "../../scripts/bundle_order.ts";

/** Names and positions in the source code are those in the code itself. */
function mapped(code: string): MappedCode {
  const names: string[] = [];
  const mappings = encode(
    code.split("\n").map((line, row) =>
      [...line.matchAll(/#?\w+/g)].map(({ 0: word, index }) => {
        names.push(word);
        return [index, 0, row, index, names.length - 1];
      })
    ),
  );
  return { code, map: JSON.stringify({ version: 3, sources: ["a.ts"], names, mappings }) };
}

function ordered(code: string, ...names: readonly string[]): string {
  return inOrder(mapped(code), names).code;
}

/** The first word at each position that a source map knows, with its name there. */
function wordsOf({ code, map }: MappedCode): [word: string, name: string][] {
  const { mappings, names } = JSON.parse(map);
  const lines = code.split("\n");
  return decode(mappings).flatMap((segments, row) =>
    segments.map(([column, , , , name]): [string, string] => {
      return [/^#?\w+/.exec(lines[row]!.slice(column))?.[0] ?? "", names[name!]];
    })
  );
}

Deno.test("inOrder() orders functions, and the declarations of a variable statement", () => {
  expect(ordered("function a(){}function b(){}let c=1,d=2,e=3;c", "b", "a", "e", "c", "d"))
    .toBe("function b(){}function a(){}let e=3,c=1,d=2;c");
});

Deno.test("inOrder() orders what the function around a script contains", () => {
  expect(ordered("(()=>{function a(){}function b(){}let c=1,d=2;return c})()", "d", "c", "b", "a"))
    .toBe("(()=>{function b(){}function a(){}let d=2,c=1;return c})()");
});

Deno.test("inOrder() keeps a declaration that is not in the list behind its predecessor", () => {
  expect(ordered("let a=1,b=2,c=3,d=4;", "c", "a")).toBe("let c=3,d=4,a=1,b=2;");
});

for (
  const [what, code] of [
    ["the class that it extends", "let a=class{},b=class extends a{};"],
    ["what its static fields use", "let a=1,b=class{static c=a};"],
    ["the name of its method", "let a=Symbol(),b=class{[a](){}};"],
    ["the constant that it uses", "let a=1,b=[a];"],
    ["what a class uses that it creates", "let a=1,b=class{constructor(){a}},c=new b;"],
    ["what a function uses that it calls", "function f(){return a}let a=1,c=f();"],
  ] as const
) {
  Deno.test(`inOrder() leaves a declaration behind ${what}`, () => {
    expect(ordered(code, "c", "b", "a")).toBe(code);
  });
}

Deno.test("inOrder() moves a declaration before what it uses only when it is called", () => {
  expect(ordered("let a=1,b=()=>a,c=class{d=a;e(){a}};", "c", "b", "a"))
    .toBe("let c=class{d=a;e(){a}},b=()=>a,a=1;");
});

Deno.test("inOrder() orders the methods of a class, and moves it with them", () => {
  const code = "let a=1,b=class{c=a;constructor(){}d(){}get e(){}static f=a;#g(){}h(){}};";
  const names = ["b", "a", "b.h", "b.#g", "b.e", "b.d", "b.constructor"];
  expect(ordered(code, ...names))
    .toBe("let a=1,b=class{c=a;get e(){}d(){}constructor(){}static f=a;h(){}#g(){}};");
});

Deno.test("inOrder() moves the positions of the source map along", () => {
  const code = "head;\nfunction a(){one}function b(){two}let c=`x\ny`,d=class{e(){}f(){}};c";
  const result = inOrder(mapped(code), ["b", "a", "d", "c", "d.f", "d.e"]);
  expect(result.code)
    .toBe("head;\nfunction b(){two}function a(){one}let d=class{f(){}e(){}},c=`x\ny`;c");
  for (const [word, name] of wordsOf(result)) expect(word).toBe(name);
  expect(wordsOf(result).length).toBe(wordsOf(mapped(code)).length);
});

Deno.test("rowsOf() names declarations as in the source code of a minified bundle", async () => {
  const source = "function long(x){return x+1}export const first=long(2),second=()=>first;";
  const { code, map } = await minify(source, {
    module: true,
    compress: false,
    sourceMap: true,
  });
  const rows = rowsOf({ code: code!, map: String(map) });
  expect(rows.map(({ parts }) => parts.map(({ name }) => name)))
    .toEqual([["long"], ["first", "second"]]);
});
