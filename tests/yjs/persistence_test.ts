import { expect } from "expect";
import { appendFile, mkdtemp, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import type { Awareness } from "y-protocols/awareness";
import { applyUpdate, Doc, encodeStateAsUpdate } from "yjs";
import type { WebGroup } from "../../mod.ts";
import { GroupServer } from "../../src/server/group_server.ts";
import {
  type DocumentPersistence,
  type DocumentStore,
  folderStore,
  persistence,
  type PersistenceOptions,
  sqliteStore,
} from "../../src/yjs/server.ts";
import { WebGroupProvider } from "../../src/yjs/yjs.ts";
import { upgradeHandlerOf } from "../sim/signaling.ts";
import { SimNetwork } from "../sim/sim_network.ts";
import { ReportedErrors } from "../support/reported_errors.ts";

const HOST = "groups:8000";

class MemoryStore implements DocumentStore {
  readonly updates: Uint8Array[] = [];
  replaced = 0;

  load(): Promise<readonly Uint8Array[]> {
    return Promise.resolve([...this.updates]);
  }

  append(_key: string, update: Uint8Array): Promise<void> {
    this.updates.push(update);
    return Promise.resolve();
  }

  replace(_key: string, update: Uint8Array): Promise<void> {
    this.updates.splice(0, Infinity, update);
    this.replaced++;
    return Promise.resolve();
  }

  get text(): string {
    const doc = new Doc();
    for (const update of this.updates) applyUpdate(doc, update);
    return doc.getText("text").toString();
  }
}

/** A server that keeps documents, and pages. */
class Network {
  readonly documents: DocumentPersistence;
  readonly server: GroupServer;
  readonly #network = new SimNetwork({ seed: 1 });

  constructor(store: DocumentStore, options: PersistenceOptions = {}) {
    const { world } = this.#network;
    const machine = world.addMachine("groups", { rtc: false });
    this.documents = persistence(store, options);
    this.server = new GroupServer({ onGroup: this.documents }, machine);
    world.serve(HOST, machine, upgradeHandlerOf(this.server));
  }

  open(name: string): { doc: Doc; awareness: Awareness; close: () => Promise<void> } {
    const page = this.#network.add(name, { signalingServer: `ws://${HOST}` });
    const doc = new Doc();
    const provider = new WebGroupProvider(page.group, doc);
    page.group.join("a key");
    const close = async () => {
      await provider.destroy();
      page.group.leave();
      await this.pass(5_000);
    };
    return { doc, awareness: provider.awareness, close };
  }

  async pass(ms = 5_000): Promise<void> {
    for (let turn = 0; turn < 20; turn++) {
      this.#network.run(ms / 20);
      for (let depth = 0; depth < 20; depth++) await Promise.resolve();
    }
  }
}

Deno.test("persistence() sends the document to a page that joins when no other page is there", async () => {
  const store = new MemoryStore();
  const network = new Network(store);
  const first = network.open("first");
  await network.pass();
  first.doc.getText("text").insert(0, "kept");
  await network.pass();
  expect(store.text).toBe("kept");
  await first.close();
  const later = network.open("later");
  await network.pass();
  expect(later.doc.getText("text").toString()).toBe("kept");
  await later.close();
});

Deno.test("persistence() compacts after a number of updates, and when the group is left", async () => {
  const store = new MemoryStore();
  const network = new Network(store, { compactAfter: 10 });
  const page = network.open("page");
  await network.pass();
  for (let index = 0; index < 14; index++) {
    page.doc.getText("text").insert(0, "x");
    await network.pass(100);
  }
  expect([store.replaced, store.updates.length]).toEqual([1, 5]);
  await page.close();
  expect([store.replaced, store.updates.length, store.text]).toEqual([2, 1, "x".repeat(14)]);
});

Deno.test("persistence() reports a store that fails, and replaces nothing that it could not load", async () => {
  const store = new MemoryStore();
  await store.append("", encodeStateAsUpdate(new Doc()));
  store.load = () => Promise.reject(new Error("no disk"));
  const errors: unknown[] = [];
  const onError = (error: unknown) => errors.push(String(error));
  const network = new Network(store, { compactAfter: 1, onError });
  const page = network.open("page");
  await network.pass();
  page.doc.getText("text").insert(0, "x");
  await network.pass();
  await page.close();
  expect([errors, store.replaced]).toEqual([["Error: no disk"], 0]);
});

Deno.test("persistence().stored() settles when a server that was closed has stored everything", async () => {
  const store = new MemoryStore();
  const network = new Network(store);
  await network.documents.stored();
  const page = network.open("page");
  await network.pass();
  // A slow disk.
  const disk = Promise.withResolvers<void>();
  store.append = async (_key, update) => {
    await disk.promise;
    store.updates.push(update);
  };
  page.doc.getText("text").insert(0, "kept");
  await network.pass();
  const closed = network.server.close();
  let isStored = false;
  const stored = network.documents.stored().then(() => isStored = true);
  await network.pass();
  await closed;
  expect({ isStored, updates: store.updates.length }).toEqual({ isStored: false, updates: 0 });
  disk.resolve();
  await stored;
  expect({ text: store.text, replaced: store.replaced }).toEqual({ text: "kept", replaced: 1 });
  await page.close();
});

const STORES: Readonly<Record<string, (folder: string) => Promise<DocumentStore>>> = {
  folderStore: (folder) => Promise.resolve(folderStore(`${folder}/documents`)),
  sqliteStore: (folder) => sqliteStore(`${folder}/documents.sqlite`),
};

const hasSqlite = await import("node:sqlite").then(() => true, () => false);

for (const [name, open] of Object.entries(STORES)) {
  const ignore = name === "sqliteStore" && !hasSqlite;
  const fn = () => checkStore(open);
  Deno.test({ name: `${name}() keeps updates by key, until they are replaced`, ignore, fn });
}

async function checkStore(open: (folder: string) => Promise<DocumentStore>): Promise<void> {
  const folder = await mkdtemp(`${tmpdir()}/yjs-`);
  const store = await open(folder);
  const update = (byte: number) => Uint8Array.of(byte, byte);
  const bytesOf = async (key: string) => (await store.load(key)).map(([byte]) => byte);
  const long = "k".repeat(511);
  const keys = ["room", "Room", "../room", "a/b ?*.", "ä", "%c3%a4", `${long}1`, `${long}2`];
  for (const [index, key] of keys.entries()) {
    expect(await bytesOf(key)).toEqual([]);
    await store.append(key, update(index));
    await store.append(key, update(index + 100));
  }
  for (const [index, key] of keys.entries()) {
    expect([key, await bytesOf(key)]).toEqual([key, [index, index + 100]]);
  }
  await store.replace("room", update(7));
  await store.append("room", update(8));
  expect([await bytesOf("room"), await bytesOf("ä")]).toEqual([[7, 8], [4, 104]]);
  if ("close" in store && typeof store.close === "function") store.close();
  await rm(folder, { recursive: true });
}

Deno.test("folderStore() and sqliteStore() reject an empty path", async () => {
  expect(() => folderStore("")).toThrow('Cannot use "" as path: the path of a folder expected');
  // A database of SQLite without a name is temporary.
  await expect(sqliteStore("")).rejects.toThrow('Cannot use "" as path: the path of a file exp');
});

Deno.test("folderStore() has a file for each key, also where names ignore case", async () => {
  const folder = await mkdtemp(`${tmpdir()}/yjs-`);
  const store = folderStore(folder);
  for (const key of ["Room", "room", "é", "É"]) await store.append(key, Uint8Array.of(1));
  const names = await readdir(folder);
  expect(new Set(names.map((name) => name.toLowerCase())).size).toBe(4);
  expect(names.sort()).toEqual(["%52oom.yjs", "%c3%89.yjs", "%c3%a9.yjs", "room.yjs"]);
  await rm(folder, { recursive: true });
});

Deno.test({
  name: "sqliteStore() waits while another process writes to the same file",
  ignore: !hasSqlite || typeof Worker === "undefined",
  fn: async () => {
    const folder = await mkdtemp(`${tmpdir()}/yjs-`);
    const file = `${folder}/documents.sqlite`;
    const store = await sqliteStore(file);
    const holder = new Worker(new URL("./sqlite_holder.ts", import.meta.url), { type: "module" });
    const held = new Promise((resolve) => holder.onmessage = resolve);
    holder.postMessage(file);
    await held;
    await store.append("room", Uint8Array.of(1));
    await store.replace("room", Uint8Array.of(2));
    expect(await store.load("room")).toEqual([Uint8Array.of(2)]);
    store.close();
    holder.terminate();
    await rm(folder, { recursive: true });
  },
});

Deno.test("folderStore() loads the complete updates of a truncated file", async () => {
  const folder = await mkdtemp(`${tmpdir()}/yjs-`);
  const store = folderStore(folder);
  await store.append("key", Uint8Array.of(1));
  await store.append("key", Uint8Array.of(2, 3));
  const file = `${folder}/key.yjs`;
  await truncate(file, (await readFile(file)).length - 1);
  expect(await store.load("key")).toEqual(
    [Uint8Array.of(1)].map((one) => expect.objectContaining(one)),
  );
  await rm(folder, { recursive: true });
});

Deno.test("folderStore() keeps updates that follow one that was cut off", async () => {
  const folder = await mkdtemp(`${tmpdir()}/yjs-`);
  const store = folderStore(folder);
  const [one, cut, later] = ["one ", "cut off ", "later "].map((text) => {
    const doc = new Doc();
    doc.getText("text").insert(0, text);
    return encodeStateAsUpdate(doc);
  });
  await store.append("key", one!);
  await store.append("key", cut!);
  const file = `${folder}/key.yjs`;
  await truncate(file, (await readFile(file)).length - 5);
  expect(await store.load("key")).toEqual([one]);
  await store.append("key", later!);
  const loaded = await folderStore(folder).load("key");
  await rm(folder, { recursive: true });
  expect(loaded).toEqual([one, later]);
});

Deno.test("folderStore() keeps an update that another process is writing while this one loads", async () => {
  const folder = await mkdtemp(`${tmpdir()}/yjs-`);
  const [old, next] = [folderStore(folder), folderStore(folder)];
  await old.append("key", Uint8Array.of(1));
  await old.append("key", Uint8Array.of(2, 2, 2));
  const file = `${folder}/key.yjs`;
  const content = await readFile(file);
  const written = content.length - 2;
  await truncate(file, written);
  expect((await next.load("key")).length).toBe(1);
  await appendFile(file, content.subarray(written));
  await next.append("key", Uint8Array.of(3));
  const loaded = await folderStore(folder).load("key");
  await rm(folder, { recursive: true });
  expect(loaded.map((update) => [...update])).toEqual([[1], [2, 2, 2], [3]]);
});

Deno.test("folderStore() keeps the bytes of a damaged file", async () => {
  const folder = await mkdtemp(`${tmpdir()}/yjs-`);
  const store = folderStore(folder);
  for (const byte of [1, 2, 3]) await store.append("key", Uint8Array.of(byte));
  const content = await readFile(`${folder}/key.yjs`);
  content[0] = 0x7f;
  await writeFile(`${folder}/key.yjs`, content);
  expect(await store.load("key")).toEqual([]);
  await store.replace("key", Uint8Array.of(4));
  expect(await readFile(`${folder}/key.yjs.bad`)).toEqual(content);
  await rm(folder, { recursive: true });
});

Deno.test("folderStore() keeps the bytes of a file that is damaged twice", async () => {
  const folder = await mkdtemp(`${tmpdir()}/yjs-`);
  const store = folderStore(folder);
  const file = `${folder}/key.yjs`;
  const damaged: number[] = [];
  for (const byte of [1, 2]) {
    await store.append("key", Uint8Array.of(byte));
    const content = await readFile(file);
    content[0] = 0x7f;
    await writeFile(file, content);
    damaged.push(...content);
    expect(await store.load("key")).toEqual([]);
  }
  await store.append("key", Uint8Array.of(3));
  expect([...await readFile(`${file}.bad`)]).toEqual(damaged);
  await rm(folder, { recursive: true });
});

Deno.test("folderStore() loads updates after zeros, as a crash of a machine leaves them", async () => {
  const folder = await mkdtemp(`${tmpdir()}/yjs-`);
  const store = folderStore(folder);
  await store.append("key", Uint8Array.of(1, 1));
  await appendFile(`${folder}/key.yjs`, new Uint8Array(100));
  await store.load("key");
  await store.append("key", Uint8Array.of(2, 2));
  const loaded = await store.load("key");
  await rm(folder, { recursive: true });
  expect(loaded.map((update) => [...update])).toEqual([[1, 1], [2, 2]]);
});

/** Stores updates by key. */
class KeyedStore implements DocumentStore {
  readonly updates = new Map<string, Uint8Array[]>();
  fails = false;

  load(key: string): Promise<readonly Uint8Array[]> {
    return Promise.resolve([...this.updates.get(key) ?? []]);
  }

  append(key: string, update: Uint8Array): Promise<void> {
    return this.#write(key, [...this.updates.get(key) ?? [], update]);
  }

  replace(key: string, update: Uint8Array): Promise<void> {
    return this.#write(key, [update]);
  }

  #write(key: string, updates: Uint8Array[]): Promise<void> {
    if (this.fails) return Promise.reject(new Error("disk full"));
    this.updates.set(key, updates);
    return Promise.resolve();
  }
}

Deno.test("persistence() stores several documents of one group", async () => {
  const store = new KeyedStore();
  const network = new SimNetwork({ seed: 1 });
  const machine = network.world.addMachine("groups", { rtc: false });
  const keep = ["notes", "tasks"].map((name) => persistence(store, { name }));
  const onGroup = (group: WebGroup) => keep.forEach((one) => one(group));
  network.world.serve(HOST, machine, upgradeHandlerOf(new GroupServer({ onGroup }, machine)));
  const open = async (name: string) => {
    const page = network.add(name, { signalingServer: `ws://${HOST}` });
    const docs = { notes: new Doc(), tasks: new Doc() };
    const providers = Object.entries(docs)
      .map(([name, doc]) => new WebGroupProvider(page.group, doc, { name }));
    page.group.join("a key");
    await settle(network);
    const close = async () => {
      for (const provider of providers) await provider.destroy();
      page.group.leave();
      await settle(network);
    };
    return { docs, close };
  };
  const first = await open("first");
  for (const [name, doc] of Object.entries(first.docs)) doc.getText("text").insert(0, name);
  await settle(network);
  await first.close();
  const second = await open("second");
  const texts = Object.values(second.docs).map((doc) => doc.getText("text").toString());
  await second.close();
  expect(texts).toEqual(["notes", "tasks"]);
});

Deno.test("persistence() stores later changes after an onError that throws", async () => {
  const store = new KeyedStore();
  using reported = new ReportedErrors();
  const onError = (error: unknown) => {
    throw error;
  };
  const network = new Network(store, { onError });
  const { doc, close } = network.open("page");
  await network.pass(5_000);
  store.fails = true;
  doc.getText("text").insert(0, "lost ");
  await network.pass(5_000);
  store.fails = false;
  doc.getText("text").insert(0, "kept ");
  await network.pass(5_000);
  expect(store.updates.get("a key")?.length).toBe(1);
  await close();
  expect(reported.messages).toEqual(["disk full"]);
});

Deno.test("persistence() shows no user in the awareness of pages", async () => {
  const { setInterval, Date: { now } } = globalThis;
  const checks: (() => void)[] = [];
  // y-protocols renews a state that is older than 15 s, in an interval of real time.
  globalThis.setInterval = ((check: () => void) => checks.push(check)) as typeof setInterval;
  const network = new Network(new KeyedStore());
  const { awareness, close } = network.open("page");
  await network.pass(5_000);
  globalThis.setInterval = setInterval;
  Date.now = () => now() + 16_000;
  for (const check of checks) check();
  Date.now = now;
  await network.pass(5_000);
  expect([...awareness.getStates().keys()]).toEqual([awareness.clientID]);
  await close();
});

Deno.test("persistence() stores documents of different groups under different keys", async () => {
  const asked: string[] = [];
  const store: DocumentStore = {
    load: (key) => (asked.push(key), Promise.resolve([])),
    append: () => Promise.resolve(),
    replace: () => Promise.resolve(),
  };
  const network = new SimNetwork({ seed: 1 });
  const peers = network.addMany(3);
  for (const [index, key] of ["team", "team/notes", "team\nnotes"].entries()) {
    const { group } = peers[index]!;
    group.join(key);
    network.run(1_000);
    persistence(store)(group);
    persistence(store, { name: "notes" })(group);
  }
  await settle(network);
  expect([asked.length, new Set(asked).size]).toEqual([6, 6]);
  for (const { group } of peers) group.leave();
  await settle(network);
});

async function settle(network: SimNetwork): Promise<void> {
  for (let turn = 0; turn < 20; turn++) {
    network.run(250);
    for (let depth = 0; depth < 20; depth++) await Promise.resolve();
  }
}

Deno.test("persistence() and folderStore() reject what is no store and no path", () => {
  const wrong = (value: unknown) => value as DocumentStore;
  expect(() => persistence(wrong("./documents")))
    .toThrow('Cannot use "./documents" as store: load, append and replace expected');
  expect(() => persistence(wrong(undefined))).toThrow(TypeError);
  const misspelled: object = { compactafter: 5 };
  expect(() => persistence(new KeyedStore(), misspelled)).toThrow("option compactafter");
  expect(() => folderStore(undefined as unknown as string)).toThrow("the path of a folder");
});
