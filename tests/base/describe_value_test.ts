import { runInNewContext } from "node:vm";
import { expect } from "expect";
import { messageOf } from "../../src/base/describe_value.ts";

Deno.test("messageOf() reads errors of any realm, and describes what is no error", () => {
  const rows: readonly (readonly [thrown: unknown, message: string])[] = [
    [new TypeError("of this realm"), "of this realm"],
    [new DOMException("of the platform"), "of the platform"],
    // As in Jest, where errors of Node are those of another realm.
    [runInNewContext("new Error('of another realm')"), "of another realm"],
    ["a text", "a text"],
    [undefined, "undefined"],
    [7, "7"],
    [7n, "7n"],
    [{}, "a value of type Object"],
    [{ message: 404 }, "a value of type Object"],
  ];
  for (const [thrown, message] of rows) expect(messageOf(thrown)).toBe(message);
});
