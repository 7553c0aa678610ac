// An event emitter with the API of Yjs providers: `on`, `once`, `off`.

import { reportToProgram } from "../platform/web.ts";

/** A listener of one event. */
export type EmitterListener<Arguments extends readonly unknown[]> = (...args: Arguments) => void;

/** An event emitter with typed events. */
export class Emitter<Events extends Record<string, readonly unknown[]>> {
  readonly #listeners: { [Name in keyof Events]?: Set<EmitterListener<Events[Name]>> } = {};

  /**
   * Adds a listener; returns it.
   *
   * @param name The name of the event.
   * @param listener The listener.
   */
  on<Name extends keyof Events>(
    name: Name,
    listener: EmitterListener<Events[Name]>,
  ): EmitterListener<Events[Name]> {
    (this.#listeners[name] ??= new Set()).add(listener);
    return listener;
  }

  /**
   * Adds a listener that is called once.
   *
   * @param name The name of the event.
   * @param listener The listener.
   */
  once<Name extends keyof Events>(name: Name, listener: EmitterListener<Events[Name]>): void {
    const once: EmitterListener<Events[Name]> = (...args) => {
      this.off(name, once);
      listener(...args);
    };
    this.on(name, once);
  }

  /**
   * Removes a listener.
   *
   * @param name The name of the event.
   * @param listener The listener.
   */
  off<Name extends keyof Events>(name: Name, listener: EmitterListener<Events[Name]>): void {
    this.#listeners[name]?.delete(listener);
  }

  /**
   * Calls the listeners of an event.
   *
   * @param name The name of the event.
   * @param args Their arguments.
   */
  emit<Name extends keyof Events>(name: Name, args: Events[Name]): void {
    for (const listener of [...this.#listeners[name] ?? []]) {
      try {
        listener(...args);
      } catch (error) {
        reportToProgram(error);
      }
    }
  }

  /** Removes all listeners. */
  destroy(): void | Promise<void> {
    for (const name in this.#listeners) delete this.#listeners[name];
  }
}
