/**
 * Has virtual time pass: by itself, as long as something is on its way, or with fake timers.
 *
 * ```text
 *                       own time                         fake timers
 *   traffic             one instant in each macrotask    a fake timer for the next event
 *   no traffic          time stands still                a fake timer for the next event
 *   the test waits      one instant in each macrotask    the timers are advanced to each event
 * ```
 *
 * @module
 */

import { reportToProgram } from "../platform/web.ts";
import type { SimClock } from "./clock.ts";
import { type FakeTimers, fakeTimers, nextTask } from "./fake_timers.ts";

/** For how long time passes by itself after the last call of the program, in virtual ms. */
export const BY_ITSELF_MS = 60_000;

/** Turns in which a goal has to be reached: what the program does about it may change that. */
const TURNS = 2;

/** A state of the network that a test waits for. */
export interface Goal {
  /** Whether it is reached. */
  readonly isReached: () => boolean;
  /** When it is given up. */
  readonly deadlineMs: number;
  /** Says why it was not reached. */
  readonly reason: () => string;
}

interface PendingGoal extends Goal {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
  /** Turns in a row in which it was reached. */
  turns: number;
}

/** Fake timers that the clock follows. */
interface Followed {
  readonly timers: FakeTimers;
  /** By how much virtual time is ahead of theirs. */
  readonly aheadMs: number;
}

/** The time of a network. */
export class TimeDriver {
  readonly #clock: SimClock;
  readonly #isWorking: () => boolean;
  readonly #advanceTimers: ((ms: number) => unknown) | undefined;
  readonly #goals = new Set<PendingGoal>();
  /** Goals of this turn, which the program finishes before time passes for them. */
  readonly #newGoals = new Set<PendingGoal>();
  #followed: Followed | undefined;
  #followedTo = 0;
  /** The fake timer that is set. */
  #armed: { readonly at: number; readonly cancel: () => void } | undefined;
  #runs = false;
  #isClosed = false;
  #calledAt = 0;

  /**
   * @param isWorking Whether something is on its way.
   * @param advanceTimers Advances fake timers that are not recognized.
   */
  constructor(
    clock: SimClock,
    isWorking: () => boolean,
    advanceTimers?: (ms: number) => unknown,
  ) {
    this.#clock = clock;
    this.#isWorking = isWorking;
    this.#advanceTimers = advanceTimers;
    clock.outerNow = () => this.#fakeNow();
    clock.scheduled = (kind) => {
      if (kind === "traffic") this.#calledAt = clock.now();
      this.#wake();
    };
    this.#fakeNow();
  }

  /** Has time pass until a goal is reached; rejects when it is given up. */
  reach(goal: Goal): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#newGoals.add({ ...goal, resolve, reject, turns: 0 });
      if (!this.#runs) this.#run();
    });
  }

  /** Time stands still from now on. */
  close(): void {
    this.#isClosed = true;
    this.#clock.scheduled = () => {};
    this.#clock.outerNow = () => this.#followedTo;
    this.#armed?.cancel();
    this.#failGoals(new Error("Cannot go on: the network was closed"));
  }

  #wake(): void {
    if (this.#runs || this.#isClosed) return;
    if (this.#follow() !== undefined) this.#arm();
    else if (this.#passesByItself) this.#run();
  }

  async #run(): Promise<void> {
    this.#runs = true;
    try {
      while (!this.#isClosed) {
        const followed = this.#follow();
        this.#checkGoals();
        const passesByItself = followed === undefined && this.#passesByItself;
        if (this.#goals.size + this.#newGoals.size === 0 && !passesByItself) break;
        const isDue = passesByItself || [...this.#goals].some(({ turns }) => turns === 0);
        const newGoals = [...this.#newGoals];
        if (followed === undefined) {
          await nextTask();
          if (isDue && !this.#isClosed) this.#clock.runUntil(this.#nextInstant);
        } else {
          this.#arm();
          const waitMs = Math.ceil(this.#nextInstant - this.#clock.now());
          await followed.timers.advance(isDue ? Math.max(1, waitMs) : 0);
        }
        for (const goal of newGoals) {
          this.#newGoals.delete(goal);
          this.#goals.add(goal);
        }
      }
    } catch (error) {
      if (this.#goals.size + this.#newGoals.size === 0) reportToProgram(error);
      this.#failGoals(error);
    }
    this.#runs = false;
    if (this.#followed !== undefined) this.#arm();
  }

  /** When the next event happens, or a goal is given up. */
  get #nextInstant(): number {
    const deadlines = [...this.#goals, ...this.#newGoals].map(({ deadlineMs }) => deadlineMs);
    return Math.min(this.#clock.nextAt ?? Infinity, ...deadlines);
  }

  get #passesByItself(): boolean {
    const { nextAt = Infinity } = this.#clock;
    return nextAt < this.#calledAt + BY_ITSELF_MS && this.#isWorking();
  }

  #checkGoals(): void {
    for (const goal of this.#goals) {
      const isReached = goal.isReached();
      goal.turns = isReached ? goal.turns + 1 : 0;
      if (goal.turns < TURNS && (isReached || this.#clock.now() < goal.deadlineMs)) continue;
      this.#goals.delete(goal);
      if (isReached) goal.resolve();
      else goal.reject(new Error(goal.reason()));
    }
  }

  #failGoals(error: unknown): void {
    for (const goal of [...this.#goals, ...this.#newGoals]) goal.reject(error);
    this.#goals.clear();
    this.#newGoals.clear();
  }

  // Fake timers

  /** The latest time by fake timers; 0 if there were none. */
  #fakeNow(): number {
    const followed = this.#follow();
    if (followed !== undefined) this.#followedTo = followed.timers.now() + followed.aheadMs;
    return this.#followedTo;
  }

  /** The fake timers of this moment. */
  #follow(): Followed | undefined {
    const timers = fakeTimers(this.#advanceTimers);
    if (timers?.id === this.#followed?.timers.id) return this.#followed;
    this.#armed?.cancel();
    this.#armed = undefined;
    const now = Math.max(this.#clock.reached, this.#followedTo);
    return this.#followed = timers && { timers, aheadMs: now - timers.now() };
  }

  /** Sets a fake timer for the next event. */
  #arm(): void {
    const followed = this.#follow();
    const { nextAt = Infinity } = this.#clock;
    if (followed === undefined || this.#isClosed || nextAt === Infinity) return;
    if (this.#armed !== undefined && this.#armed.at <= nextAt) return;
    this.#armed?.cancel();
    const waitMs = Math.max(0, Math.ceil(nextAt - this.#clock.now()));
    const cancel = followed.timers.after(waitMs, () => {
      this.#armed = undefined;
      this.#clock.runUntil(this.#clock.now());
      this.#arm();
    });
    this.#armed = { at: nextAt, cancel };
  }
}
