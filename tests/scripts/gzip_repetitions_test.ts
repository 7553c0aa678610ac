import { expect } from "expect";
import { withRepetitions } from "../../scripts/gzip_repetitions.ts";

Deno.test("withRepetitions() writes strings as templates if both mean the same", () => {
  expect(withRepetitions(`let a="b",c='d',e=f("g")`)).toBe("let a=`b`,c=`d`,e=f(`g`)");
  for (
    const code of [
      `"use strict";f()`,
      `import"a";import{b as c}from"d";export{c as "e"};export*from"f"`,
      `f({"a-b":1})`,
      `class A{"a-b"(){}}`,
      'f("`","${a}","\\n")',
    ]
  ) expect(withRepetitions(code)).toBe(code);
});

Deno.test("withRepetitions() names private methods differently from fields, the most called one first", () => {
  expect(
    withRepetitions(
      "class A{#a;#b=1;#c(){}#d(){this.#a=this.#b}e(){this.#d(),this.#c()}f(){this.#d()}}",
    ),
  )
    .toBe("class A{#t;#e=1;#B(){}#A(){this.#t=this.#e}e(){this.#A(),this.#B()}f(){this.#A()}}");
});

for (const members of ["#long;#a(){return this.#long}", "#a(){return class{#a}}"]) {
  Deno.test(`withRepetitions() leaves the names in ${members} as they are`, () => {
    expect(withRepetitions(`class A{${members}}`)).toBe(`class A{${members}}`);
  });
}
