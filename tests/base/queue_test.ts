import { expect } from "expect";
import { fc } from "../support/fast_check.ts";
import { Queue } from "../../src/base/queue.ts";

Deno.test("Queue behaves like an array", () => {
  const commands = fc.array(fc.constantFrom("push", "push", "shift", "peek", "drain"), {
    maxLength: 200,
  });
  fc.assert(fc.property(commands, (some) => {
    const queue = new Queue<number>();
    const model: number[] = [];
    for (const [index, command] of some.entries()) {
      if (command === "push") {
        queue.push(index);
        model.push(index);
      } else if (command === "shift") expect(queue.shift()).toBe(model.shift());
      else if (command === "peek") expect(queue.peek()).toBe(model[0]);
      else expect(queue.drain()).toEqual(model.splice(0));
      expect(queue.size).toBe(model.length);
    }
  }));
});

Deno.test("Queue moves each item a bounded number of times", () => {
  const queue = new Queue<number>();
  for (let index = 0; index < 1_000_000; index++) queue.push(index);
  for (let index = 0; index < 1_000_000; index++) {
    if (queue.shift() !== index) throw new Error(`${index} expected`);
  }
  expect(queue.size).toBe(0);
});
