import { expect } from "expect";
import { SendBatcher } from "../../src/group/send_batcher.ts";

class Rig {
  readonly microtasks: (() => void)[] = [];
  readonly tasks: (() => void)[] = [];
  now = 0;
  flushes = 0;
  readonly batcher = new SendBatcher({
    clock: { now: () => this.now },
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
  expect([rig.flushes, rig.run("microtasks"), rig.tasks.length]).toEqual([0, 1, 0]);
});

Deno.test("SendBatcher flushes messages that follow at once in the next task, together", () => {
  const rig = new Rig();
  rig.batcher.schedule();
  rig.run("microtasks");
  for (let message = 0; message < 3; message++) rig.batcher.schedule();
  expect([rig.run("microtasks"), rig.run("tasks"), rig.run("tasks")]).toEqual([1, 2, 2]);
  rig.batcher.schedule();
  expect([rig.run("microtasks"), rig.run("tasks")]).toEqual([2, 3]);
});

Deno.test("SendBatcher flushes messages after a pause when the running code ends", () => {
  const rig = new Rig();
  rig.batcher.schedule();
  rig.run("microtasks");
  rig.now++;
  rig.batcher.schedule();
  expect([rig.run("microtasks"), rig.tasks.length]).toEqual([2, 0]);
});
