// A server that keeps the documents of the groups that it is a member of.
//
//   onGroup ─▶ load ─▶ answer members that request the document
//                  └─▶ append each change, and compact from time to time ─▶ left: compact

import { applyUpdate, Doc, encodeStateAsUpdate } from "yjs";
import { WebGroupState } from "../group/state.ts";
import type { WebGroup } from "../group/web_group.ts";
import type { DocumentStore } from "./document_store.ts";
import { WebGroupProvider } from "./provider.ts";

/**
 * Options of {@linkcode persistence}; all may be left out.
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
  /** The document of each group, as the providers of its members name it; `""` by default. */
  readonly name?: string | undefined;
  /** How many updates are appended before they are compacted; 500 by default. */
  readonly compactAfter?: number | undefined;
  /** Is told when the store fails; by default it is an uncaught error. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

/**
 * The result of {@linkcode persistence}: an `onGroup` that tells when its documents are stored.
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
  /** Keeps the document of a group. */
  (group: WebGroup): void;
  /**
   * Settles when the store has all changes that have come until now, or has failed to take them.
   * After `close()` of the server, these are all.
   */
  stored(): Promise<void>;
}

/** Updates of an editor who types for some minutes. */
const COMPACT_AFTER = 500;

/**
 * Has a server keep the documents of its groups: the first member of a group gets what was there,
 * with nobody else around.
 *
 * @param store Where they are kept.
 * @param options The differences from the defaults.
 * @returns An `onGroup` of a {@linkcode GroupServer}, or an `onWebGroup` of a {@linkcode Bot}.
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
  /** The writes of each document, one after the other: also when a group comes back. */
  const queues = new Map<string, Promise<void>>();
  const fail = options.onError ?? throwLater;
  const enqueue: Enqueue = (key, act) => {
    const done = (queues.get(key) ?? Promise.resolve()).then(act).catch(fail);
    queues.set(key, done);
    done.then(() => queues.get(key) === done && queues.delete(key));
    return done;
  };
  const keepGroup = (group: WebGroup) => keep(group, store, options, enqueue);
  return Object.assign(keepGroup, {
    stored: async () => void await Promise.all(queues.values()),
  });
}

type Enqueue = (key: string, act: () => Promise<void>) => Promise<void>;

function keep(
  group: WebGroup,
  store: DocumentStore,
  { name, compactAfter = COMPACT_AFTER }: PersistenceOptions,
  enqueue: Enqueue,
): void {
  const { key } = group;
  const doc = new Doc();
  let appended = 0;
  let isLoaded = false;
  const compact = () =>
    enqueue(key, async () => {
      // A document that could not be loaded is not replaced.
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
  const provider = new WebGroupProvider(group, doc, { name, whenLoaded });
  group.addEventListener("statechange", ({ state }) => {
    if (state !== WebGroupState.LEFT || !provider.shouldConnect) return;
    provider.destroy();
    compact();
  });
}

/** An uncaught error, as of any other program. */
function throwLater(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}
