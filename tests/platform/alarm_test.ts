/**
 * The one timer of a peer.
 *
 * @module
 */

import { expect } from "expect";
import { Alarm } from "../../src/platform/alarm.ts";

/** An alarm on a clock of the test, and how often the platform's timer was set. */
class Rig {
  now = 0;
  sets = 0;
  woken: number[] = [];
  #timer: { readonly at: number; readonly fire: () => void } | undefined;
  readonly alarm = new Alarm({
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

  /** Time passes, and the timer fires when it is due. */
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

Deno.test("Alarm wakes at its deadline, once", () => {
  const rig = new Rig();
  rig.alarm.set(10);
  expect(rig.pass(9).woken).toEqual([]);
  expect(rig.pass(100).woken).toEqual([10]);
});

Deno.test("Alarm that is moved to later deadlines sets the platform's timer once a firing", () => {
  const rig = new Rig();
  for (let deadline = 10; deadline <= 50; deadline++) rig.alarm.set(deadline);
  expect(rig.sets).toBe(1);
  expect(rig.pass(100).woken).toEqual([50]);
  expect(rig.sets).toBe(2);
});

Deno.test("Alarm that is moved to an earlier deadline wakes then", () => {
  const rig = new Rig();
  rig.alarm.set(50);
  rig.alarm.set(10);
  expect(rig.pass(100).woken).toEqual([10]);
});

Deno.test("Alarm without a deadline leaves no timer, and can be set again", () => {
  const rig = new Rig();
  rig.alarm.set(10);
  rig.alarm.set(undefined);
  expect(rig.isSet).toBe(false);
  expect(rig.pass(20).woken).toEqual([]);
  rig.alarm.set(30);
  expect(rig.pass(40).woken).toEqual([30]);
});
