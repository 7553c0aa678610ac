import { expect } from "expect";
import { DeadlineTimer } from "../../src/platform/deadline_timer.ts";

class Rig {
  now = 0;
  sets = 0;
  woken: number[] = [];
  #timer: { readonly at: number; readonly fire: () => void } | undefined;
  readonly timer = new DeadlineTimer({
    now: () => this.now,
    at: (at, fire) => {
      this.sets++;
      const timer = { at, fire };
      this.#timer = timer;
      return () => {
        if (this.#timer === timer) this.#timer = undefined;
      };
    },
  }, () => this.woken.push(this.now));

  get isSet(): boolean {
    return this.#timer !== undefined;
  }

  pass(until: number): this {
    while (this.#timer !== undefined && this.#timer.at <= until) {
      const { at, fire } = this.#timer;
      this.#timer = undefined;
      this.now = at;
      fire();
    }
    this.now = until;
    return this;
  }
}

Deno.test("DeadlineTimer wakes at its deadline, once", () => {
  const rig = new Rig();
  rig.timer.set(10);
  expect(rig.pass(9).woken).toEqual([]);
  expect(rig.pass(100).woken).toEqual([10]);
});

Deno.test("DeadlineTimer sets the platform's timer once per firing while its deadline moves later", () => {
  const rig = new Rig();
  for (let deadline = 10; deadline <= 50; deadline++) rig.timer.set(deadline);
  expect(rig.sets).toBe(1);
  expect(rig.pass(100).woken).toEqual([50]);
  expect(rig.sets).toBe(2);
});

Deno.test("DeadlineTimer wakes at an earlier deadline that is set later", () => {
  const rig = new Rig();
  rig.timer.set(50);
  rig.timer.set(10);
  expect(rig.pass(100).woken).toEqual([10]);
});

Deno.test("DeadlineTimer without a deadline leaves no timer, and can be set again", () => {
  const rig = new Rig();
  rig.timer.set(10);
  rig.timer.set(undefined);
  expect(rig.isSet).toBe(false);
  expect(rig.pass(20).woken).toEqual([]);
  rig.timer.set(30);
  expect(rig.pass(40).woken).toEqual([30]);
});
