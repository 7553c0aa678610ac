// Advances virtual time: automatically while messages are in transit, or along with fake timers.
//
//                       own time                         fake timers
//   traffic             one instant in each macrotask    a fake timer for the next event
//   no traffic          time stands still                a fake timer for the next event
//   the test waits      one instant in each macrotask    the timers are advanced to each event

import { reportToProgram } from "../platform/web.ts";
import type { SimClock } from "./clock.ts";
import { type FakeTimers, fakeTimers, nextTask } from "./fake_timers.ts";

/** How long time advances automatically after the last call of the program, in virtual ms. */
export const SELF_RUN_MS = 60_000;

/** A goal must hold for this many turns, since the program may react and change the state. */
const REACHED_TURNS_MIN = 2;

export interface Goal {
  readonly isReached: () => boolean;
  readonly deadlineMs: number;
  readonly reason: () => string;
}

interface PendingGoal extends Goal {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
  /** The number of consecutive turns in which the goal held. */
  reachedTurns: number;
}

/** The fake timers that the clock follows. */
interface Followed {
  readonly timers: FakeTimers;
  /** The difference of virtual time to the time of the fake timers. */
  readonly aheadMs: number;
}

export class TimeDriver {
  readonly #clock: SimClock;
  readonly #isWorking: () => boolean;
  readonly #advanceTimers: ((ms: number) => unknown) | undefined;
  readonly #goals = new Set<PendingGoal>();
  /** New goals, for which time advances only after the program has finished its turn. */
  readonly #newGoals = new Set<PendingGoal>();
  #followed: Followed | undefined;
  #followedTo = 0;
  #armedTimer: { readonly at: number; readonly cancel: () => void } | undefined;
  #runs = false;
  #isClosed = false;
  #calledAt = 0;

  /**
   * @param isWorking Whether messages are in transit.
   * @param advanceTimers Advances fake timers that are not detected.
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

  /** Resolves when a goal is reached; rejects at its deadline. */
  reach(goal: Goal): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#newGoals.add({ ...goal, resolve, reject, reachedTurns: 0 });
      if (!this.#runs) this.#run();
    });
  }

  /** Stops virtual time. */
  close(): void {
    this.#isClosed = true;
    this.#clock.scheduled = () => {};
    this.#clock.outerNow = () => this.#followedTo;
    this.#armedTimer?.cancel();
    this.#failGoals(new Error("Cannot advance: the network was closed"));
  }

  #wake(): void {
    if (this.#runs || this.#isClosed) return;
    if (this.#followTimers() !== undefined) this.#arm();
    else if (this.#passesByItself) this.#run();
  }

  async #run(): Promise<void> {
    this.#runs = true;
    try {
      while (!this.#isClosed) {
        const followed = this.#followTimers();
        this.#checkGoals();
        const passesByItself = followed === undefined && this.#passesByItself;
        if (this.#goals.size + this.#newGoals.size === 0 && !passesByItself) break;
        const isDue = passesByItself ||
          [...this.#goals].some(({ reachedTurns }) => reachedTurns === 0);
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

  get #nextInstant(): number {
    const deadlines = [...this.#goals, ...this.#newGoals].map(({ deadlineMs }) => deadlineMs);
    return Math.min(this.#clock.nextAt ?? Infinity, ...deadlines);
  }

  get #passesByItself(): boolean {
    const { nextAt = Infinity } = this.#clock;
    return nextAt < this.#calledAt + SELF_RUN_MS && this.#isWorking();
  }

  #checkGoals(): void {
    for (const goal of this.#goals) {
      const isReached = goal.isReached();
      goal.reachedTurns = isReached ? goal.reachedTurns + 1 : 0;
      if (
        goal.reachedTurns < REACHED_TURNS_MIN && (isReached || this.#clock.now() < goal.deadlineMs)
      ) continue;
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

  #fakeNow(): number {
    const followed = this.#followTimers();
    if (followed !== undefined) this.#followedTo = followed.timers.now() + followed.aheadMs;
    return this.#followedTo;
  }

  #followTimers(): Followed | undefined {
    const timers = fakeTimers(this.#advanceTimers);
    if (timers?.id === this.#followed?.timers.id) return this.#followed;
    this.#armedTimer?.cancel();
    this.#armedTimer = undefined;
    const now = Math.max(this.#clock.reached, this.#followedTo);
    return this.#followed = timers && { timers, aheadMs: now - timers.now() };
  }

  #arm(): void {
    const followed = this.#followTimers();
    const { nextAt = Infinity } = this.#clock;
    if (followed === undefined || this.#isClosed || nextAt === Infinity) return;
    if (this.#armedTimer !== undefined && this.#armedTimer.at <= nextAt) return;
    this.#armedTimer?.cancel();
    const waitMs = Math.max(0, Math.ceil(nextAt - this.#clock.now()));
    const cancel = followed.timers.after(waitMs, () => {
      this.#armedTimer = undefined;
      this.#clock.runUntil(this.#clock.now());
      this.#arm();
    });
    this.#armedTimer = { at: nextAt, cancel };
  }
}
