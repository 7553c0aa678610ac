import { type AutomergeUrl, type DocHandle, type PeerId, Repo } from "@automerge/automerge-repo";
import { DummyStorageAdapter } from "@automerge/automerge-repo/helpers/DummyStorageAdapter.js";
import { expect } from "expect";
import { type WebGroup, WebGroupState } from "../../mod.ts";
import { WebGroupNetworkAdapter } from "../../src/automerge/automerge.ts";
import { encodeMessage } from "../../src/automerge/frames.ts";
import { until } from "../support/until.ts";
import { Peer, Room } from "./room.ts";

interface Note {
  text?: string;
}

/** Repos leave timers behind. */
const options = { sanitizeOps: false, sanitizeResources: false };

async function reads(handle: DocHandle<Note>, text: string): Promise<void> {
  await until(`the document is ${text}`, () => handle.doc().text === text, () => handle.doc());
}

function write(handle: DocHandle<Note>, text: string): void {
  handle.change((note) => void (note.text = text));
}

Deno.test(
  "repos share a document, and a repo that joins later finds it at once",
  options,
  async () => {
    await using room = await Room.open();
    const [first, second] = await room.joined(2) as [WebGroup, WebGroup];
    const [alice, bob] = [new Peer(first, "alice"), new Peer(second, "bob")];
    const written = alice.repo.create<Note>();
    write(written, "by alice");
    const found = await bob.repo.find<Note>(written.url);
    await reads(found, "by alice");
    write(found, "by bob");
    await reads(written, "by bob");

    const group = room.group();
    const late = new Peer(group, "late");
    const finding = late.repo.find<Note>(written.url);
    expect(late.adapter.isReady()).toBe(false);
    await group.join("room");
    await reads(await finding, "by bob");
    write(await finding, "by late");
    await Promise.all([reads(written, "by late"), reads(found, "by late")]);
    await Promise.all([
      alice.sees("+ bob", "+ late"),
      bob.sees("+ alice", "+ late"),
      late.sees("+ alice", "+ bob"),
    ]);
    expect([alice, bob, late].flatMap(({ errors }) => errors)).toEqual([]);
  },
);

Deno.test(
  "peers are disconnected when their members leave, and can connect again",
  options,
  async () => {
    await using room = await Room.open();
    const [first, second] = await room.joined(2) as [WebGroup, WebGroup];
    const [alice, bob] = [new Peer(first, "alice"), new Peer(second, "bob")];
    await Promise.all([alice.sees("+ bob"), bob.sees("+ alice")]);
    await second.leave();
    await Promise.all([alice.sees("+ bob", "- bob"), bob.sees("+ alice", "- alice")]);
    expect([alice.adapter.isReady(), bob.adapter.isReady()]).toEqual([true, false]);
    const note = alice.repo.create<Note>();
    write(note, "while bob was away");
    await second.join("room");
    await bob.sees("+ alice", "- alice", "+ alice");
    await reads(await bob.repo.find<Note>(note.url), "while bob was away");
  },
);

Deno.test(
  "disconnect() disconnects all peers, and leaves no listener behind",
  options,
  async () => {
    await using room = await Room.open();
    const [first, second] = await room.joined(2) as [WebGroup, WebGroup];
    const signals = signalsOfListeners(second);
    const [alice, bob] = [new Peer(first, "alice"), new Peer(second, "bob")];
    await Promise.all([alice.sees("+ bob"), bob.sees("+ alice")]);
    bob.adapter.disconnect();
    expect(bob.seen).toEqual(["+ alice", "- alice"]);
    await alice.sees("+ bob", "- bob");
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true, true]);
    const channel = first.channel("automerge ");
    await expect(channel.request(second.myId, {})).rejects.toMatchObject({ code: "UNSERVED" });
    expect(second.members.length).toBe(3);
    channel.close();
  },
);

/** Each listener added from now on has to have a signal. */
function signalsOfListeners(group: WebGroup): AbortSignal[] {
  const signals: AbortSignal[] = [];
  const add = group.addEventListener.bind(group);
  group.addEventListener = (...args: Parameters<typeof add>) => {
    const [, , options] = args;
    if (typeof options !== "object" || options.signal === undefined) throw new Error("no signal");
    signals.push(options.signal);
    add(...args);
  };
  return signals;
}

Deno.test(
  "an adapter is ready when it is alone, or only among members without adapters",
  options,
  async () => {
    await using room = await Room.open();
    const group = room.group();
    const { adapter, repo } = new Peer(group, "alice");
    let isReady = false;
    const ready = adapter.whenReady().then(() => isReady = true);
    // The repo connects its adapter before the group reports anything.
    await until("the repo connects", () => adapter.peerId !== undefined);
    expect([adapter.isReady(), isReady]).toEqual([false, false]);
    await group.join("room");
    await ready;
    expect(adapter.isReady()).toBe(true);
    await adapter.whenReady();
    const missing = "automerge:2j9knpCseyhnK8izDmLpGP5WMdZQ" as AutomergeUrl;
    await expect(repo.find(missing)).rejects.toThrow("unavailable");
    await group.leave();
    expect(adapter.isReady()).toBe(false);
  },
);

Deno.test("adapters with different names in one group do not connect", options, async () => {
  await using room = await Room.open();
  const [first, second] = await room.joined(2) as [WebGroup, WebGroup];
  const alice = new Peer(first, "alice", { name: "notes" });
  const bob = new Peer(second, "bob", { name: "drafts" });
  await Promise.all([alice.adapter.whenReady(), bob.adapter.whenReady()]);
  // When Carol has appeared, Bob would have appeared, too.
  const carol = new Peer(second, "carol", { name: "notes" });
  await Promise.all([alice.sees("+ carol"), carol.sees("+ alice")]);
  expect([alice.seen, bob.seen, carol.seen]).toEqual([["+ carol"], [], ["+ alice"]]);
});

Deno.test("an adapter reports malformed values of a member, and continues", options, async () => {
  await using room = await Room.open();
  const [first, second] = await room.joined(2) as [WebGroup, WebGroup];
  const bob = new Peer(second, "bob");
  await bob.adapter.whenReady();
  const forged = first.channel<unknown>("automerge ");
  const values = [new Uint8Array([1, 2]), new Uint8Array([9, 9, 9, 9, 9]), 7, { hello: "" }];
  for (const value of values) forged.sendTo(second.myId, value);
  const refused = forged.request(second.myId, "no hello");
  await expect(refused).rejects.toMatchObject({ code: "FAILED" });
  expect(bob.errors.length).toBe(values.length + 1);
  for (const error of bob.errors) expect(error).toMatch("Cannot read a value of automerge");

  // A peer whose messages are not those of automerge.
  forged.sendTo(second.myId, { hello: "mallory", metadata: {} });
  await bob.sees("+ mallory");
  const note = bob.repo.create<Note>();
  const { documentId } = note;
  const [senderId, targetId] = ["mallory", "bob"] as [PeerId, PeerId];
  const sync = { type: "sync", senderId, targetId, documentId, data: new Uint8Array([66, 255]) };
  forged.sendTo(second.myId, encodeMessage(sync));
  forged.sendTo(second.myId, { bye: true });
  await bob.sees("+ mallory", "- mallory");
  forged.close();

  const alice = new Peer(first, "alice");
  write(note, "still here");
  await alice.adapter.whenReady();
  await reads(await alice.repo.find<Note>(note.url), "still here");
});

Deno.test(
  "a peer id belongs to the member that sent it last, and never to this one",
  options,
  async () => {
    await using room = await Room.open();
    const [first, second, third] = await room.joined(3) as [WebGroup, WebGroup, WebGroup];
    const alice = new Peer(first, "alice");
    const bob = new Peer(second, "bob");
    await alice.sees("+ bob");
    // Like a page that is reloaded before its former member is removed.
    const again = new Peer(third, "bob");
    await alice.sees("+ bob", "- bob", "+ bob");
    await until(
      "both report the id of the other",
      () => bob.errors.length > 0 && again.errors.length > 0,
      () => [bob.errors, again.errors],
    );
    expect(bob.errors[0]).toMatch('its repo has the peer id "bob" of this one');
    await second.leave();
    const note = alice.repo.create<Note>();
    write(note, "for bob");
    await reads(await again.repo.find<Note>(note.url), "for bob");
    expect(alice.seen).toEqual(["+ bob", "- bob", "+ bob"]);
  },
);

Deno.test(
  "a message that is too large for a member disconnects its repo, with an error",
  options,
  async () => {
    await using room = await Room.open();
    const [first] = await room.joined(1) as [WebGroup];
    const alice = new Peer(first, "alice");
    const small = room.group({ maxMessageSize: 262_144 });
    await small.join("room");
    const bob = new Peer(small, "bob");
    await Promise.all([alice.sees("+ bob"), bob.sees("+ alice")]);
    // Random bytes, which compression cannot bring below the limit.
    const parts = Array.from({ length: 16 }, () => crypto.getRandomValues(new Uint8Array(65_536)));
    write(alice.repo.create<Note>(), parts.map((part) => part.join("")).join(""));
    await Promise.all([alice.sees("+ bob", "- bob"), bob.sees("+ alice", "- alice")]);
    expect(alice.errors.join()).toMatch("maxMessageSize");
  },
);

Deno.test(
  "a server keeps documents for members that join after all others left",
  options,
  async () => {
    const sharePolicy = () => Promise.resolve(false);
    const repo = new Repo({ storage: new DummyStorageAdapter(), sharePolicy });
    let leaves = 0;
    await using room = await Room.open((group) => {
      const adapter = new WebGroupNetworkAdapter(group);
      repo.networkSubsystem.addNetworkAdapter(adapter);
      group.addEventListener("statechange", ({ state }) => {
        if (state !== WebGroupState.LEFT) return;
        repo.networkSubsystem.removeNetworkAdapter(adapter);
        leaves++;
      });
    });
    const [first] = await room.joined(1) as [WebGroup];
    const alice = new Peer(first, "alice");
    const [kept, other] = [alice.repo.create<Note>(), alice.repo.create<Note>()];
    write(kept, "kept");
    const copy = () => repo.handles[kept.documentId] as DocHandle<Note> | undefined;
    await until(
      "the server has it",
      () => copy()?.isReady() === true && copy()?.doc().text === "kept",
    );
    await first.leave();
    await until("the server has left", () => leaves === 1);
    expect(repo.networkSubsystem.adapters).toEqual([]);

    const second = room.group();
    await second.join("room");
    const bob = new Peer(second, "bob");
    await reads(await bob.repo.find<Note>(kept.url), "kept");
    expect(Object.keys(bob.repo.handles)).toEqual([kept.documentId]);
    expect(Object.keys(repo.handles)).toContain(other.documentId);
  },
);

Deno.test("WebGroupNetworkAdapter rejects invalid arguments", options, async () => {
  await using room = await Room.open();
  const [group] = await room.joined(1) as [WebGroup];
  const make = (...values: unknown[]) => () => Reflect.construct(WebGroupNetworkAdapter, values);
  const rows: readonly (readonly [values: unknown[], message: string])[] = [
    [[group, { onerror() {} }], "Cannot use option onerror: one of name, onError expected"],
    [[group, { name: null }], "Cannot use null as name: a string expected"],
    [[group, { onError: 5 }], "Cannot use 5 as onError: a function expected"],
    [["room"], 'Cannot use "room" as group: a WebGroup expected'],
    [[undefined], "Cannot use undefined as group: a WebGroup expected"],
  ];
  for (const [values, message] of rows) expect(make(...values)).toThrow(message);
});

Deno.test(
  "an error of onError is reported as an error of the program",
  options,
  async () => {
    await using room = await Room.open();
    const [first, second] = await room.joined(2) as [WebGroup, WebGroup];
    const reported: unknown[] = [];
    const note = (event: ErrorEvent) => {
      event.preventDefault();
      reported.push(event.error.message);
    };
    globalThis.addEventListener("error", note);
    try {
      const onError = () => {
        throw new Error("of the program");
      };
      const [alice, bob] = [new Peer(first, "alice", { onError }), new Peer(second, "bob")];
      await Promise.all([alice.sees("+ bob"), bob.sees("+ alice")]);
      second.channel("automerge ").send(7);
      await until("it is reported", () => reported.length > 0);
      expect(reported).toEqual(["of the program"]);
      const written = alice.repo.create<Note>();
      write(written, "still here");
      await reads(await bob.repo.find<Note>(written.url), "still here");
    } finally {
      globalThis.removeEventListener("error", note);
    }
  },
);
