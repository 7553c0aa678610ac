// Values of a simulated platform, which a test sets: presence, and events of the page.
// @sansio

import type { Source } from "../platform/platform.ts";

export class SettableSource<Value> implements Source<Value> {
  readonly #listeners = new Set<(value: Value) => void>();

  /** Whether there is a subscription. */
  get observed(): boolean {
    return this.#listeners.size > 0;
  }

  next(value: Value): void {
    for (const listener of [...this.#listeners]) listener(value);
  }

  subscribe(listener: (value: Value) => void): { unsubscribe(): void } {
    // One listener may have several subscriptions.
    const own = (value: Value) => listener(value);
    this.#listeners.add(own);
    return { unsubscribe: () => void this.#listeners.delete(own) };
  }
}

/** Each subscription begins with the present value. */
export class SettableValue<Value> extends SettableSource<Value> {
  #value: Value;

  constructor(value: Value) {
    super();
    this.#value = value;
  }

  get value(): Value {
    return this.#value;
  }

  override next(value: Value): void {
    this.#value = value;
    super.next(value);
  }

  override subscribe(listener: (value: Value) => void): { unsubscribe(): void } {
    const subscription = super.subscribe(listener);
    listener(this.#value);
    return subscription;
  }
}
