import { expect } from "expect";
import { SendBatcher } from "../../src/group/send_batcher.ts";

class Rig {
  readonly microtasks: (() => void)[] = [];
  readonly tasks: (() => void)[] = [];
  flushes = 0;
  readonly batcher = new SendBatcher({
    platform: {
      enqueueMicrotask: (turn) => this.microtasks.push(turn),
      enqueueTask: (turn) => this.tasks.push(turn),
    },
    post: (turn) => turn(),
  }, () => this.flushes++);

  /** Returns the number of flushes so far. */
  run(which: "microtasks" | "tasks"): number {
    for (const turn of this[which].splice(0)) turn();
    return this.flushes;
  }
}

Deno.test("SendBatcher flushes when the running code ends, once for all messages", () => {
  const rig = new Rig();
  for (let message = 0; message < 3; message++) rig.batcher.schedule();
  expect([rig.flushes, rig.run("microtasks")]).toEqual([0, 1]);
});

Deno.test("SendBatcher flushes again a task later, once for all messages", () => {
  const rig = new Rig();
  rig.batcher.schedule();
  rig.run("microtasks");
  for (let message = 0; message < 3; message++) rig.batcher.schedule();
  expect([rig.run("microtasks"), rig.run("tasks"), rig.run("tasks")]).toEqual([1, 2, 2]);
});

Deno.test("SendBatcher is idle after a task without messages, and flushes soon again", () => {
  const rig = new Rig();
  rig.batcher.schedule();
  rig.run("microtasks");
  expect([rig.run("tasks"), rig.tasks.length]).toEqual([1, 0]);
  rig.batcher.schedule();
  expect(rig.run("microtasks")).toBe(2);
});
