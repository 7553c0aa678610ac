// Stores the Yjs documents of the groups of which a server is a member.
//
//   onGroup ─▶ load ─▶ answer members that request the document
//                  └─▶ append each change, and compact from time to time ─▶ left: compact

import { applyUpdate, Doc, encodeStateAsUpdate } from "yjs";
import { unusable } from "../base/describe_value.ts";
import { validateLimits } from "../base/limits_validation.ts";
import { checkCallback, checkOptionNames } from "../base/check_options.ts";
import { WebGroupState } from "../group/state.ts";
import type { WebGroup } from "../group/web_group.ts";
import type { DocumentStore } from "./document_store.ts";
import { WebGroupProvider } from "./provider.ts";

/**
 * Options of {@linkcode persistence}. All are optional.
 *
 * @example
 * ```ts
 * import { folderStore, type PersistenceOptions, persistence } from "@netflux/netflux/yjs/server";
 *
 * const options: PersistenceOptions = { compactAfter: 100, onError: console.error };
 * persistence(folderStore("./documents"), options);
 * ```
 */
export interface PersistenceOptions {
  /**
   * The name of the document in each group, as in the options of the providers; `""` by default. A
   * store receives the key of the group, plus `/./` and this name if it is not empty.
   */
  readonly name?: string | undefined;
  /** How many updates to append before they are compacted; 500 by default. */
  readonly compactAfter?: number | undefined;
  /** Called with each error of the store; by default it is an uncaught error. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

/**
 * The result of {@linkcode persistence}: an `onGroup` callback with a method `stored`.
 *
 * @example
 * ```ts
 * import { GroupServer } from "@netflux/netflux/server";
 * import { type DocumentPersistence, folderStore, persistence } from "@netflux/netflux/yjs/server";
 *
 * const documents: DocumentPersistence = persistence(folderStore("./documents"));
 * const server = new GroupServer({ onGroup: documents });
 * await server.close();
 * await documents.stored();
 * ```
 */
export interface DocumentPersistence {
  /** Starts storing the document of a group. */
  (group: WebGroup): void;
  /**
   * Resolves when the store has written all changes received so far, or has failed to. Call it
   * after `close()` of the server to wait for all changes.
   */
  stored(): Promise<void>;
}

/** Default for `compactAfter`: about the updates of one person who types for some minutes. */
const COMPACT_AFTER = 500;

/**
 * Stores the documents of a server's groups, so that the first member of a group finds its document
 * again.
 *
 * @param store Where to store them.
 * @param options Options that replace the defaults.
 * @throws {TypeError | RangeError} The store lacks a method, or an option is invalid.
 * @returns A callback for `onGroup` of a {@linkcode GroupServer}, or `onWebGroup` of a
 * {@linkcode Bot}.
 *
 * @example
 * ```ts
 * import { GroupServer } from "@netflux/netflux/server";
 * import { folderStore, persistence } from "@netflux/netflux/yjs/server";
 *
 * const documents = persistence(folderStore("./documents"));
 * const server = new GroupServer({ onGroup: documents });
 * await server.close();
 * await documents.stored();
 * ```
 */
export function persistence(
  store: DocumentStore,
  options: PersistenceOptions = {},
): DocumentPersistence {
  if (["load", "append", "replace"].some((name) => typeof Object(store)[name] !== "function")) {
    throw unusable(store, "store", "load, append and replace");
  }
  checkOptionNames(options, ["name", "compactAfter", "onError"]);
  const { name = "", onError = throwLater } = options;
  if (typeof name !== "string") throw unusable(name, "name", "a string");
  checkCallback("onError", onError);
  const given = { compactAfter: options.compactAfter };
  const { compactAfter } = validateLimits({ compactAfter: COMPACT_AFTER }, given);
  /** The pending writes of each document, in order, also if two groups have the same key. */
  const queues = new Map<string, Promise<void>>();
  const fail = (error: unknown) => {
    try {
      onError(error);
    } catch (thrown) {
      throwLater(thrown);
    }
  };
  const enqueue: Enqueue = (key, act) => {
    const done = (queues.get(key) ?? Promise.resolve()).then(act).catch(fail);
    queues.set(key, done);
    done.then(() => queues.get(key) === done && queues.delete(key));
    return done;
  };
  const keepGroup = (group: WebGroup) => keep(group, store, { name, compactAfter }, enqueue);
  return Object.assign(keepGroup, {
    stored: async () => void await Promise.all(queues.values()),
  });
}

type Enqueue = (key: string, act: () => Promise<void>) => Promise<void>;

function keep(
  group: WebGroup,
  store: DocumentStore,
  { name, compactAfter }: { readonly name: string; readonly compactAfter: number },
  enqueue: Enqueue,
): void {
  // The key of a group has no segment "." and so never equals that of another document.
  const key = name ? `${group.key}/./${name}` : group.key;
  const doc = new Doc();
  let appended = 0;
  let isLoaded = false;
  const compact = () =>
    enqueue(key, async () => {
      // Do not overwrite a document that could not be loaded.
      if (!isLoaded || appended === 0) return;
      appended = 0;
      await store.replace(key, encodeStateAsUpdate(doc));
    });
  const whenLoaded = enqueue(key, async () => {
    for (const update of await store.load(key)) applyUpdate(doc, update, store);
    isLoaded = true;
  });
  doc.on("update", (update: Uint8Array, origin: unknown) => {
    if (origin === store) return;
    enqueue(key, () => store.append(key, update));
    if (++appended >= compactAfter) compact();
  });
  const provider = new WebGroupProvider(group, doc, { name, whenLoaded, connect: false });
  // The server must not appear as a user.
  provider.awareness.setLocalState(null);
  provider.connect();
  group.addEventListener("statechange", ({ state }) => {
    if (state !== WebGroupState.LEFT || !provider.shouldConnect) return;
    provider.destroy();
    compact();
  });
}

/** Throws an error as an uncaught one. */
function throwLater(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}
