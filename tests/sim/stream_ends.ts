// Writes and reads streams without the streams of the web platform, whose promises do not follow
// virtual time.

import type { Deferred } from "../../src/base/deferred.ts";
import type { GroupStreamEvent } from "../../src/group/events.ts";
import type { StreamOptions } from "../../src/group/options.ts";
import type { WebGroup } from "../../src/group/web_group.ts";

export interface WritingEnd {
  write(chunk: Uint8Array, deferred: Deferred): void;
  close(deferred: Deferred): void;
  abort(reason: unknown): void;
}

export interface ReadingEnd {
  pull(): void;
  cancel(reason: unknown): void;
}

export interface ReadingEvents {
  readonly data: (bytes: Uint8Array) => void;
  readonly ended: () => void;
  readonly failed: (error: unknown) => void;
}

export function openStream(
  group: WebGroup,
  id: number,
  options: StreamOptions,
  failed: (error: unknown) => void,
): WritingEnd {
  const aborting = new AbortController();
  const controller = { signal: aborting.signal, error: failed };
  const sink = startUnderlying<UnderlyingSink<Uint8Array>>("WritableStream", controller, () => {
    group.openStream(id, options);
  });
  const withPromise = (deferred: Deferred, act: () => void) => {
    class SettledByCaller {
      constructor(executor: (resolve: () => void, reject: (error: unknown) => void) => void) {
        executor(deferred.resolve, deferred.reject);
      }
    }
    withGlobal("Promise", SettledByCaller, act);
  };
  return {
    write: (chunk, deferred) => withPromise(deferred, () => void sink.write?.(chunk, controller)),
    close: (deferred) => withPromise(deferred, () => void sink.close?.()),
    abort: (reason) => aborting.abort(reason),
  };
}

export function takeStream(
  event: GroupStreamEvent,
  { data, ended, failed }: ReadingEvents,
): ReadingEnd {
  const controller = { enqueue: data, close: ended, error: failed };
  const source = startUnderlying<ReadableByteSource>("ReadableStream", controller, () => {
    void event.readable;
  });
  return { pull: () => source.pull(), cancel: (reason) => source.cancel(reason) };
}

interface ReadableByteSource {
  start(controller: unknown): void;
  pull(): void;
  cancel(reason: unknown): void;
}

/** Returns the underlying source or sink of a stream, started with this controller. */
function startUnderlying<Underlying extends { start?: (controller: never) => unknown }>(
  name: "WritableStream" | "ReadableStream",
  controller: unknown,
  act: () => void,
): Underlying {
  let startUnderlying: Underlying | undefined;
  class Maker {
    constructor(underlying: Underlying) {
      startUnderlying = underlying;
      // The name determines the type of the controller.
      underlying.start?.(controller as never);
    }
  }
  withGlobal(name, Maker, act);
  if (startUnderlying === undefined) throw new Error(`no ${name} was startUnderlying`);
  return startUnderlying;
}

function withGlobal(name: string, value: unknown, act: () => void): void {
  const globals = globalThis as unknown as Record<string, unknown>;
  const before = globals[name];
  globals[name] = value;
  try {
    act();
  } finally {
    globals[name] = before;
  }
}
