// A Yjs provider over a group: synchronizes the document and the awareness of all members.
//
//   this member                       the other member
//     state vector ──── request ──▶
//                  ◀──── reply ────   the changes missing here, and its state vector
//     the changes missing there ──▶
//
// A provider synchronizes in this way with each member that joins, and with all members when it
// connects. After that it sends each change as it happens: only a member that has left and rejoined
// can have missed one. When a member leaves, the provider synchronizes with all others again, since
// the last changes of that member may have reached only some of them. A provider that disconnects
// while its member stays sends an empty update, which has the same effect.

import {
  applyAwarenessUpdate,
  Awareness,
  encodeAwarenessUpdate,
  modifyAwarenessUpdate,
  removeAwarenessStates,
} from "y-protocols/awareness";
import { applyUpdate, type Doc, encodeStateAsUpdate, encodeStateVector, transact } from "yjs";
// In the npm build for pages this imports the package itself, so that there is only one `WebGroup`.
import { WebGroupState } from "../../mod.ts";
import { WebGroup } from "../bot/web_group.ts";
import { Deferreds } from "../base/deferred.ts";
import { unusable } from "../base/describe_value.ts";
import { checkOptionNames, checkSwitch } from "../base/check_options.ts";
import type { GroupChannel } from "../group/group_channel.ts";
import { settled } from "../group/promises.ts";
import { reportToProgram } from "../platform/web.ts";
import type { WebGroupOptions } from "../group/options.ts";

import { Emitter } from "./emitter.ts";

/**
 * Options of a {@linkcode WebGroupProvider}. All are optional.
 *
 * @example
 * ```ts
 * import { WebGroupProvider, type WebGroupProviderOptions } from "@netflux/netflux/yjs";
 * import { Doc } from "yjs";
 *
 * const options: WebGroupProviderOptions = {
 *   groupOptions: { signalingServer: "ws://localhost:8000" },
 *   connect: false,
 * };
 * const provider = new WebGroupProvider("a room", new Doc(), options);
 * await provider.destroy();
 * ```
 */
export interface WebGroupProviderOptions {
  /** The awareness; by default the provider creates one. */
  readonly awareness?: Awareness | undefined;
  /** Whether to connect at once; true by default. */
  readonly connect?: boolean | undefined;
  /** The name of the document, for several documents in one group; `""` by default. */
  readonly name?: string | undefined;
  /** A promise for the loaded document: requests of other members wait for it. */
  readonly whenLoaded?: Promise<unknown> | undefined;
  /** The options of the group, if the provider creates it. */
  readonly groupOptions?: WebGroupOptions | undefined;
}

/**
 * The events of a provider. All but `refused` and `unsent` are as y-websocket and y-webrtc emit
 * them.
 *
 * | event | meaning |
 * |---|---|
 * | `status` | the status of the connection changed |
 * | `sync`, `synced` | whether the document has all changes of the members that were there before |
 * | `peers` | members joined or left |
 * | `refused` | a change of a member was malformed and was dropped, or the member could not send its changes |
 * | `unsent` | a change could not be sent; members receive it when they synchronize next |
 */
export type WebGroupProviderEvents = {
  status: [
    { readonly status: "connecting" | "connected" | "disconnected"; readonly connected: boolean },
  ];
  sync: [isSynced: boolean];
  synced: [{ readonly synced: boolean; readonly state: boolean }];
  refused: [{ readonly member: number; readonly error: unknown }];
  unsent: [{ readonly error: unknown }];
  peers: [{
    readonly added: readonly string[];
    readonly removed: readonly string[];
    readonly webrtcPeers: readonly string[];
    readonly bcPeers: readonly string[];
  }];
};

/**
 * A Yjs provider: all members of a group that have a provider with the same name share a document
 * and its awareness. The API is that of y-websocket and y-webrtc.
 *
 * The provider is _synced_ when each member that was there before has sent the changes that this
 * document lacked, has no such document, or has left. Without other members it is synced as soon as
 * the group is joined. It stays synced until it is disconnected.
 *
 * @example
 * ```ts
 * import { WebGroupProvider } from "@netflux/netflux/yjs";
 * import { Doc } from "yjs";
 *
 * const doc = new Doc();
 * const groupOptions = { signalingServer: "ws://localhost:8000", autoRejoin: false };
 * const provider = new WebGroupProvider("a room", doc, { groupOptions });
 * provider.on("sync", (isSynced) => console.log(isSynced));
 * provider.awareness.setLocalStateField("user", { name: "Ada" });
 * await provider.destroy();
 * ```
 */
export class WebGroupProvider extends Emitter<WebGroupProviderEvents> {
  /** The last awareness clock of each document: others ignore states with a lower clock. */
  static readonly #clocks = new WeakMap<Doc, number>();
  static readonly #connected = new WeakMap<WebGroup, Set<WebGroupProvider>>();
  /** The document. */
  readonly doc: Doc;
  /** The awareness. */
  readonly awareness: Awareness;
  /** The group. */
  readonly group: WebGroup;
  /** The key of the group that this provider joins; `undefined`: the program joins the group. */
  readonly #key: string | undefined;
  readonly #ownsAwareness: boolean;
  readonly #name: string;
  readonly #whenLoaded: Promise<unknown> | undefined;
  #channel: GroupChannel<Uint8Array, Uint8Array> | undefined;
  #awarenessChannel: GroupChannel<Uint8Array> | undefined;
  #listening = new AbortController();
  /** The awareness clients that each member has reported. */
  readonly #clients = new Map<number, Set<number>>();
  /** The pending requests for the changes of members, by member. */
  readonly #requests = new Map<number, Promise<Uint8Array>>();
  /** Members to synchronize with once more, as others have left during the pending request. */
  readonly #again = new Set<number>();
  /** Earlier members whose changes have not arrived yet; `undefined` while not joined. */
  #awaited: Set<number> | undefined;
  #isSynced = false;
  /** The promises of `whenSynced`. */
  readonly #synced = new Deferreds();
  #isDestroyed = false;
  #status: Status = "disconnected";

  /**
   * Creates a provider: with a key, it creates, joins and leaves the group itself; with a group,
   * your program joins and leaves it.
   *
   * @param roomOrGroup A key, or a group.
   * @param doc The document.
   * @param options Options that replace the defaults.
   * @throws {TypeError | RangeError} An argument is invalid.
   */
  constructor(
    roomOrGroup: string | WebGroup,
    doc: Doc,
    options: WebGroupProviderOptions = {},
  ) {
    super();
    if (typeof roomOrGroup !== "string" && typeof roomOrGroup?.channel !== "function") {
      throw unusable(roomOrGroup, "roomOrGroup, the first argument", "a key or a WebGroup");
    }
    // By its methods: a program can load Yjs twice.
    if (typeof doc?.transact !== "function") {
      throw unusable(doc, "doc, the second argument", "a Doc of Yjs");
    }
    checkOptionNames(options, OPTION_NAMES);
    const { awareness, connect = true, name = "", groupOptions, whenLoaded } = options;
    checkSwitch("connect", connect);
    if (typeof name !== "string") throw unusable(name, "name", "a string");
    if (awareness !== undefined && typeof awareness?.getLocalState !== "function") {
      throw unusable(awareness, "awareness", "an Awareness of y-protocols");
    }
    if (groupOptions !== undefined && typeof roomOrGroup !== "string") {
      throw new TypeError(
        "Cannot use groupOptions: a key as first argument expected, a group came",
      );
    }
    this.group = typeof roomOrGroup === "string" ? new WebGroup(groupOptions) : roomOrGroup;
    this.#whenLoaded = whenLoaded;
    this.doc = doc;
    this.#name = name;
    this.#ownsAwareness = awareness === undefined;
    this.awareness = awareness ?? WebGroupProvider.#newAwareness(doc);
    this.#key = typeof roomOrGroup === "string" ? roomOrGroup : undefined;
    doc.on("destroy", this.#docDestroyed);
    try {
      if (connect) this.connect();
    } catch (error) {
      // The awareness has a timer.
      this.destroy();
      throw error;
    }
  }

  static #newAwareness(doc: Doc): Awareness {
    const awareness = new Awareness(doc);
    const clock = WebGroupProvider.#clocks.get(doc);
    const meta = awareness.meta.get(awareness.clientID);
    if (clock !== undefined && meta !== undefined) {
      awareness.meta.set(awareness.clientID, { ...meta, clock: clock + 1 });
    }
    return awareness;
  }

  #destroyAwareness(): void {
    const { awareness, doc } = this;
    try {
      awareness.destroy();
    } catch (error) {
      // y-protocols stops halfway if a listener throws: destroy it again without listeners.
      Object.getPrototypeOf(Awareness.prototype).destroy.call(awareness);
      awareness.destroy();
      reportToProgram(error);
    }
    const meta = awareness.meta.get(awareness.clientID);
    if (meta !== undefined) WebGroupProvider.#clocks.set(doc, meta.clock);
  }

  /** The key of the group; empty while a group that was passed is not joined. */
  get roomName(): string {
    return this.#key ?? this.group.key;
  }

  /** Whether the document has all changes of the members that were there before. */
  get synced(): boolean {
    return this.#isSynced;
  }

  /** Whether the group is joined, and the document is shared in it. */
  get connected(): boolean {
    return this.shouldConnect && this.group.state === WebGroupState.JOINED;
  }

  /** Whether the provider is connected or connecting. */
  get shouldConnect(): boolean {
    return this.#channel !== undefined;
  }

  /** Resolves when the document is synced; rejects with an `AbortError` on `destroy()`. */
  get whenSynced(): Promise<void> {
    return settled(
      new Promise((resolve, reject) => {
        if (this.#isSynced) resolve();
        else if (this.#isDestroyed) reject(destroyed());
        else this.#synced.add({ resolve, reject });
      }),
    );
  }

  /**
   * Starts sharing the document; joins the group if the provider created it.
   *
   * @throws {DOMException} `InvalidStateError`: another document has the same name in this group.
   */
  connect(): void {
    if (this.shouldConnect || this.#isDestroyed) return;
    const connected = WebGroupProvider.#connected.get(this.group) ?? new Set();
    for (const other of connected) {
      if (other.#name !== this.#name || other.doc === this.doc) continue;
      const shared = `this group already shares another document with the name "${this.#name}"`;
      const reason = `${shared}; the option name separates them`;
      throw new DOMException(`Cannot connect: ${reason}`, "InvalidStateError");
    }
    WebGroupProvider.#connected.set(this.group, connected.add(this));
    const { doc, group } = this;
    this.#listening = new AbortController();
    const { signal } = this.#listening;
    this.#channel = group.channel<Uint8Array, Uint8Array>(`yjs ${this.#name}`, {
      onRequest: async (theirs, { sender }) => {
        // A provider that connects in a joined group has no awareness of this member yet.
        this.#tellAwareness(sender);
        await this.#whenLoaded;
        return encodeReply(encodeStateVector(doc), encodeStateAsUpdate(doc, theirs));
      },
    });
    this.#channel.onMessage = (sender, update) => {
      if (update?.length === 0) this.#synchronizeAgain(sender);
      else this.#change(sender, update);
    };
    this.#awarenessChannel = group.channel<Uint8Array>(`yjs-awareness ${this.#name}`, {
      delivery: "latest",
    });
    this.#awarenessChannel.onMessage = (sender, update) => this.#changeAwareness(sender, update);
    doc.on("update", this.#updated);
    this.awareness.on("update", this.#awarenessUpdated);
    group.addEventListener("memberjoin", ({ member }) => this.#memberJoined(member), { signal });
    group.addEventListener("memberleave", ({ member }) => this.#memberLeft(member), { signal });
    group.addEventListener("statechange", () => this.#stateChanged(), { signal });
    this.#setStatus("connecting");
    for (const member of this.#others) this.#memberJoined(member);
    if (group.state !== WebGroupState.LEFT) this.#stateChanged();
    // The group reports a failed join by its own events.
    if (this.#key !== undefined) group.join(this.#key).catch(() => {});
  }

  /**
   * Stops sharing the document; leaves the group if the provider created it.
   *
   * @returns Resolves when the members have received what was sent before.
   */
  async disconnect(): Promise<void> {
    if (!this.shouldConnect) return;
    const { awareness, doc, group } = this;
    WebGroupProvider.#connected.get(group)?.delete(this);
    // Before leaving, reports to the others that this client is gone.
    const state = awareness.getLocalState();
    guarded(() => awareness.setLocalState(null));
    this.#listening.abort();
    doc.off("update", this.#updated);
    awareness.off("update", this.#awarenessUpdated);
    guarded(() => awareness.setLocalState(state));
    for (const member of [...this.#clients.keys()]) guarded(() => this.#forgetClients(member));
    if (this.#key === undefined && !this.#isAlone) this.#channel?.send(LAST_UPDATE);
    this.#channel?.close();
    this.#awarenessChannel?.close();
    this.#channel = this.#awarenessChannel = undefined;
    this.#requests.clear();
    this.#again.clear();
    this.#awaited = undefined;
    // Before the events, as a listener may connect again.
    const left = this.#key === undefined ? undefined : group.leave();
    this.#setSynced(false);
    this.#setStatus("disconnected");
    await left;
  }

  /** Disconnects for good, and removes all listeners. The document itself is not destroyed. */
  override async destroy(): Promise<void> {
    this.#isDestroyed = true;
    this.doc.off("destroy", this.#docDestroyed);
    const disconnected = this.disconnect();
    if (this.#ownsAwareness) this.#destroyAwareness();
    super.destroy();
    this.#synced.reject(destroyed());
    await disconnected;
  }

  /** The same as {@linkcode WebGroupProvider.destroy}, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.destroy();
  }

  /** A member that joins later receives all changes. */
  get #isAlone(): boolean {
    return this.group.members.length <= 1;
  }

  readonly #docDestroyed = (): void => void this.destroy();

  readonly #updated = (update: Uint8Array, origin: unknown): void => {
    if (origin === this || this.#isAlone) return;
    this.#channel?.send(update).catch(this.#sendFailed);
  };

  readonly #sendFailed = (error: unknown): void => {
    // Members that have left need no changes.
    if (codeOf(error) !== "MEMBER_LEFT") this.emit("unsent", [{ error }]);
  };

  readonly #awarenessUpdated = (
    { added, updated, removed }: Record<"added" | "updated" | "removed", number[]>,
    origin: unknown,
  ): void => {
    // That of the document can differ: Yjs draws another one if it is in use.
    const { clientID } = this.awareness;
    // Of what members report about this client, only that it is gone, so that they learn otherwise.
    const changes = origin === this ? [removed] : [added, updated, removed];
    if (changes.some((clients) => clients.includes(clientID)) && !this.#isAlone) {
      this.#awarenessChannel?.send(encodeAwarenessUpdate(this.awareness, [clientID]));
    }
  };

  #memberJoined(member: number): void {
    this.#peersChanged([member], []);
    this.#tellAwareness(member);
    this.#synchronize(member);
  }

  #tellAwareness(member: number): void {
    if (this.awareness.getLocalState() === null) return;
    const update = encodeAwarenessUpdate(this.awareness, [this.awareness.clientID]);
    this.#awarenessChannel?.sendTo(member, update);
  }

  async #synchronize(member: number): Promise<void> {
    const request = this.#channel?.request(member, encodeStateVector(this.doc));
    if (request === undefined) return;
    this.#requests.set(member, request);
    let reply: Uint8Array | undefined;
    try {
      reply = await request;
    } catch (error) {
      if (this.#requests.get(member) !== request) return;
      if (!WITHOUT_DOCUMENT.includes(codeOf(error))) this.emit("refused", [{ member, error }]);
    }
    if (this.#requests.get(member) !== request) return;
    if (reply) this.#apply(member, () => this.#replied(member, reply));
    this.#changesReceived(member);
    if (this.#again.delete(member)) this.#synchronize(member);
  }

  #replied(member: number, reply: Uint8Array): void {
    const { stateVector, update } = decodeReply(reply);
    try {
      this.#change(member, update);
    } catch (error) {
      reportToProgram(error);
    }
    const missing = encodeStateAsUpdate(this.doc, stateVector);
    if (missing.length > EMPTY_UPDATE_BYTES) {
      this.#channel?.sendTo(member, missing).catch(this.#sendFailed);
    }
  }

  /**
   * Applies an update in a separate transaction. Observers are called at its end, so that their
   * errors are errors of the program.
   */
  #change(member: number, update: Uint8Array): void {
    const { doc } = this;
    const change = () => this.#apply(member, () => applyUpdate(doc, update, this));
    transact(doc, change, this, false);
  }

  /** A malformed update throws when it is read; what applying it throws comes from listeners. */
  #changeAwareness(member: number, update: Uint8Array): void {
    this.#apply(member, () => {
      const states = modifyAwarenessUpdate(update, (state) => state);
      const before = new Map(this.awareness.meta);
      guarded(() => applyAwarenessUpdate(this.awareness, states, this));
      this.#clientsChanged(member, before);
    });
  }

  /** Not by the event `update`, which a listener of `change` that throws prevents. */
  #clientsChanged(member: number, before: Awareness["meta"]): void {
    const { clientID, meta, states } = this.awareness;
    const clients = this.#clients.get(member) ?? new Set();
    this.#clients.set(member, clients);
    for (const client of states.keys()) {
      // Ignores states that a member reports for the client of this program.
      if (client === clientID || meta.get(client) === before.get(client)) continue;
      // After a rejoin, the client belongs to another member.
      for (const others of this.#clients.values()) others.delete(client);
      clients.add(client);
    }
  }

  /** Applies untrusted data from a member, and reports errors as `refused`. */
  #apply(member: number, apply: () => void): void {
    try {
      apply();
    } catch (error) {
      this.emit("refused", [{ member, error }]);
    }
  }

  #memberLeft(member: number): void {
    guarded(() => this.#forgetClients(member));
    this.#peersChanged([], [member]);
    this.#changesReceived(member);
    this.#again.delete(member);
    this.#synchronizeAgain(member);
  }

  /** The last changes of a member may have reached only some of the others. */
  #synchronizeAgain(member: number): void {
    for (const other of this.#others) {
      if (other === member) continue;
      if (this.#requests.has(other)) this.#again.add(other);
      else this.#synchronize(other);
    }
  }

  #stateChanged(): void {
    if (this.group.state === WebGroupState.JOINED) {
      // Members that join later are not waited for: they lack changes, this document does not.
      this.#awaited ??= new Set(this.#requests.keys());
      this.#setStatus("connected");
      this.#changesReceived(0);
    } else if (this.group.state === WebGroupState.LEFT) {
      this.#awaited = undefined;
      this.#setSynced(false);
      this.#setStatus("disconnected");
    } else this.#setStatus("connecting");
  }

  #setStatus(status: Status): void {
    if (this.#status === status) return;
    this.#status = status;
    this.emit("status", [{ status, connected: status === "connected" }]);
  }

  /** A member has sent its changes, or has none. */
  #changesReceived(member: number): void {
    this.#requests.delete(member);
    this.#awaited?.delete(member);
    if (this.#awaited?.size === 0) this.#setSynced(true);
  }

  #setSynced(isSynced: boolean): void {
    if (this.#isSynced === isSynced) return;
    this.#isSynced = isSynced;
    this.emit("sync", [isSynced]);
    this.emit("synced", [{ synced: isSynced, state: isSynced }]);
    guarded(() => this.doc.emit("sync", [isSynced, this.doc]));
    if (isSynced) this.#synced.resolve();
  }

  #forgetClients(member: number): void {
    const clients = [...this.#clients.get(member) ?? []];
    this.#clients.delete(member);
    try {
      removeAwarenessStates(this.awareness, clients, this);
    } finally {
      // A client that returns may have the same clock, for which its state would be ignored.
      for (const client of clients) this.awareness.meta.delete(client);
    }
  }

  #peersChanged(added: readonly number[], removed: readonly number[]): void {
    const webrtcPeers = this.#others.map(String);
    const changed = { added: added.map(String), removed: removed.map(String) };
    this.emit("peers", [{ ...changed, webrtcPeers, bcPeers: [] }]);
  }

  get #others(): readonly number[] {
    return this.group.members.filter((id) => id !== this.group.myId);
  }
}

/** Reports errors of listeners of the awareness and the document, which are the program's. */
function guarded(act: () => void): void {
  try {
    act();
  } catch (error) {
    reportToProgram(error);
  }
}

type Status = WebGroupProviderEvents["status"][0]["status"];

function destroyed(): DOMException {
  return new DOMException("Cannot synchronize: the provider was destroyed", "AbortError");
}

/** Without `instanceof`: the group can be that of another copy of the library. */
function codeOf(error: unknown): unknown {
  return Object(error).code;
}

/** The errors of requests to members that have no such document. */
const WITHOUT_DOCUMENT: readonly unknown[] = ["MEMBER_LEFT", "UNSERVED", "UNSUPPORTED"];

const OPTION_NAMES: readonly string[] = [
  "awareness",
  "connect",
  "name",
  "whenLoaded",
  "groupOptions",
];

/** Sent by a provider that disconnects. */
const LAST_UPDATE = new Uint8Array(0);

/** An update without changes: no structs, no deletions. */
const EMPTY_UPDATE_BYTES = 2;

const LENGTH_BYTES = 4;

/** Encodes a reply: the length of the state vector, the state vector, the update. */
function encodeReply(stateVector: Uint8Array, update: Uint8Array): Uint8Array {
  const reply = new Uint8Array(LENGTH_BYTES + stateVector.length + update.length);
  new DataView(reply.buffer).setUint32(0, stateVector.length);
  reply.set(stateVector, LENGTH_BYTES);
  reply.set(update, LENGTH_BYTES + stateVector.length);
  return reply;
}

function decodeReply(reply: Uint8Array): { stateVector: Uint8Array; update: Uint8Array } {
  const { buffer, byteOffset, byteLength } = reply;
  const end = LENGTH_BYTES + new DataView(buffer, byteOffset, byteLength).getUint32(0);
  return { stateVector: reply.subarray(LENGTH_BYTES, end), update: reply.subarray(end) };
}
