// A network adapter of automerge-repo over a group.
//
//   this member                         the other member
//     request: hello, peer id ────────▶ its repo adds this peer
//          ◀──────── hello, peer id     this repo adds that peer
//          ◀────────────────── reply
//     message ◀───────────────────────▶ message
//     bye ────────────────────────────▶ its repo removes this peer
//
// The hello is sent to each member that joins, and to all members when the adapter connects. If two
// hellos cross, the second one has no effect.

import {
  type Message,
  NetworkAdapter,
  type PeerId,
  type PeerMetadata,
} from "@automerge/automerge-repo/slim";
// In the npm build for pages this imports the package itself, so that there is only one `WebGroup`.
import { type WebGroup, WebGroupState } from "../../mod.ts";
import { unusable } from "../base/describe_value.ts";
import { checkCallback, checkOptionNames } from "../base/check_options.ts";
import type { GroupChannel } from "../group/group_channel.ts";
import { consoleLog } from "../platform/log.ts";
import { reportToProgram } from "../platform/web.ts";
import { decodeFrame, encodeMessage, type Frame, type Hello } from "./frames.ts";

/**
 * Options of a {@linkcode WebGroupNetworkAdapter}. All are optional.
 *
 * @example
 * ```ts
 * import { WebGroup } from "@netflux/netflux";
 * import {
 *   WebGroupNetworkAdapter,
 *   type WebGroupNetworkAdapterOptions,
 * } from "@netflux/netflux/automerge";
 *
 * const options: WebGroupNetworkAdapterOptions = {
 *   name: "drafts",
 *   onError: (error, member) => console.error(`Member ${member}:`, error),
 * };
 * const group = new WebGroup({ signalingServer: "ws://localhost:8000" });
 * const adapter = new WebGroupNetworkAdapter(group, options);
 * ```
 */
export interface WebGroupNetworkAdapterOptions {
  /** The name of the adapter, for several adapters in one group; `""` by default. */
  readonly name?: string | undefined;
  /**
   * Called with each error of a member: it sent a malformed message, which is dropped; or a message
   * to it failed, and its repo is disconnected. By default the console shows a warning.
   */
  readonly onError?: ((error: unknown, member: number) => void) | undefined;
}

/**
 * A network adapter of automerge-repo: the repos of all members of a group that have an adapter
 * with the same name are peers. Your program joins and leaves the group. A program can have one
 * adapter of each name in a group.
 *
 * The adapter is _ready_ when the group is joined and each member that was there before has sent
 * its peer id, has no such adapter, or has left. Until then, `repo.find()` waits.
 *
 * @example
 * ```ts
 * import { Repo } from "@automerge/automerge-repo";
 * import { WebGroup } from "@netflux/netflux";
 * import { WebGroupNetworkAdapter } from "@netflux/netflux/automerge";
 *
 * const group = new WebGroup({ signalingServer: "ws://localhost:8000" });
 * const adapter = new WebGroupNetworkAdapter(group);
 * const repo = new Repo({ network: [adapter] });
 * adapter.on("peer-candidate", ({ peerId }) => console.log(peerId));
 * await repo.shutdown();
 * ```
 */
export class WebGroupNetworkAdapter extends NetworkAdapter {
  /** The group. */
  readonly group: WebGroup;
  readonly #name: string;
  readonly #onError: (error: unknown, member: number) => void;
  #channel: GroupChannel<unknown, null> | undefined;
  #listening = new AbortController();
  /** The members whose repos are peers, by peer id. */
  readonly #members = new Map<PeerId, number>();
  /** The hellos that members have not replied to yet, by member. */
  readonly #greetings = new Map<number, Promise<null>>();
  /** Earlier members whose peer ids are not known yet; `undefined` while not joined. */
  #awaited: Set<number> | undefined;
  #waiting: (() => void)[] = [];

  /**
   * Creates an adapter for the `network` option of a repo.
   *
   * @param group A group, joined or not.
   * @param options Options that replace the defaults.
   * @throws {TypeError} `group` is not a group, or an option is invalid.
   */
  constructor(group: WebGroup, options: WebGroupNetworkAdapterOptions = {}) {
    super();
    if (typeof group?.channel !== "function") throw unusable(group, "group", "a WebGroup");
    checkOptionNames(options, ["name", "onError"]);
    const { name = "", onError = warn } = options;
    if (typeof name !== "string") throw unusable(name, "name", "a string");
    checkCallback("onError", onError);
    this.group = group;
    this.#name = name;
    this.#onError = onError;
  }

  /** Whether the repos of all members that were there are known. */
  isReady(): boolean {
    return this.#awaited?.size === 0;
  }

  /** Resolves when {@linkcode WebGroupNetworkAdapter.isReady} is true. */
  whenReady(): Promise<void> {
    if (this.isReady()) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /**
   * Meets the repos of the members; the repo calls it.
   *
   * @param peerId The id of this repo.
   * @param peerMetadata Its storage, for the others.
   */
  connect(peerId: PeerId, peerMetadata: PeerMetadata = {}): void {
    this.#disconnectAll();
    this.peerId = peerId;
    this.peerMetadata = peerMetadata;
    const { group } = this;
    this.#listening = new AbortController();
    const { signal } = this.#listening;
    const channel = group.channel<unknown, null>(`automerge ${this.#name}`, {
      onRequest: (value, { sender }) => this.#helloRequested(sender, value),
    });
    channel.onMessage = (sender, value) => this.#received(sender, value);
    this.#channel = channel;
    group.addEventListener("memberjoin", ({ member }) => this.#greet(member), { signal });
    group.addEventListener("memberleave", ({ member }) => this.#memberLeft(member), { signal });
    group.addEventListener("statechange", () => this.#stateChanged(), { signal });
    for (const member of group.members) if (member !== group.myId) this.#greet(member);
    this.#stateChanged();
  }

  /**
   * Sends a message to the repo of a member; does nothing if it is no peer any more.
   *
   * @param message The message, with the peer id of its recipient.
   */
  send(message: Message): void {
    const { targetId } = message;
    const member = this.#members.get(targetId);
    if (member === undefined) return;
    this.#channel?.sendTo(member, encodeMessage(message)).catch((error) => {
      if (codeOf(error) === "MEMBER_LEFT") return;
      // The peer missed a message, so the sync of each document must begin again.
      if (this.#members.get(targetId) === member) this.#dropPeer(member);
      this.#report(error, member);
    });
  }

  /** Parts from the repos of all members; the group stays as it is. The repo calls it. */
  disconnect(): void {
    this.#disconnectAll();
    // The repo also waits for removed adapters: without this, find() would never settle.
    this.#resolveWaiting();
  }

  #disconnectAll(): void {
    const channel = this.#channel;
    if (channel === undefined) return;
    if (this.group.members.length > 1) channel.send(BYE);
    channel.close();
    this.#listening.abort();
    this.#greetings.clear();
    this.#channel = this.#awaited = undefined;
    for (const member of [...this.#members.values()]) this.#removePeer(member);
  }

  async #greet(member: number): Promise<void> {
    const greeting = this.#channel?.request(member, this.#hello);
    if (greeting === undefined) return;
    this.#greetings.set(member, greeting);
    try {
      await greeting;
    } catch (error) {
      if (this.#greetings.get(member) !== greeting) return;
      if (!WITHOUT_ADAPTER.includes(codeOf(error))) this.#report(error, member);
    }
    if (this.#greetings.get(member) === greeting) this.#answered(member);
  }

  get #hello(): Hello {
    return { hello: this.peerId!, metadata: this.peerMetadata ?? {} };
  }

  /** Replies to the hello of a member, before this repo sends anything else to it. */
  #helloRequested(member: number, value: unknown): null {
    const frame = this.#decode(member, value);
    if (frame === undefined || !("hello" in frame)) throw new TypeError("a hello expected");
    this.#channel?.sendTo(member, this.#hello);
    this.#addPeer(member, frame);
    return null;
  }

  #received(member: number, value: unknown): void {
    const frame = this.#decode(member, value);
    if (frame === undefined) return;
    if ("hello" in frame) this.#addPeer(member, frame);
    else if ("bye" in frame) this.#removePeer(member);
    // Other messages were sent before this adapter connected again.
    else if ([...this.#members.values()].includes(member)) this.emit("message", frame.message);
  }

  #decode(member: number, value: unknown): Frame | undefined {
    try {
      return decodeFrame(value);
    } catch (error) {
      this.#report(error, member);
      return undefined;
    }
  }

  #report(error: unknown, member: number): void {
    try {
      this.#onError(error, member);
    } catch (thrown) {
      reportToProgram(thrown);
    }
  }

  #addPeer(member: number, { hello, metadata }: Hello): void {
    const before = this.#members.get(hello);
    if (before === member) return;
    if (hello === this.peerId) {
      const reason = `its repo has the peer id ${JSON.stringify(hello)} of this one`;
      return this.#report(new Error(`Cannot connect to member ${member}: ${reason}`), member);
    }
    // The repo has rejoined before its earlier member was removed, or the member has a new repo.
    for (const former of [before, member]) if (former !== undefined) this.#removePeer(former);
    this.#members.set(hello, member);
    this.emit("peer-candidate", { peerId: hello, peerMetadata: metadata });
  }

  #dropPeer(member: number): void {
    this.#channel?.sendTo(member, BYE);
    this.#removePeer(member);
  }

  #removePeer(member: number): void {
    for (const [peerId, other] of this.#members) {
      if (other !== member) continue;
      this.#members.delete(peerId);
      this.emit("peer-disconnected", { peerId });
    }
  }

  #memberLeft(member: number): void {
    this.#removePeer(member);
    this.#answered(member);
  }

  #stateChanged(): void {
    if (this.group.state === WebGroupState.JOINED) {
      // Members that join later are not waited for.
      this.#awaited ??= new Set(this.#greetings.keys());
      this.#answered(0);
    } else if (this.group.state === WebGroupState.LEFT) {
      this.#awaited = undefined;
    }
  }

  /** A member has sent its peer id, or has none. */
  #answered(member: number): void {
    this.#greetings.delete(member);
    this.#awaited?.delete(member);
    if (this.isReady()) this.#resolveWaiting();
  }

  #resolveWaiting(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}

const BYE = { bye: true };

/** The errors of requests to members that have no such adapter. */
const WITHOUT_ADAPTER: readonly unknown[] = ["MEMBER_LEFT", "UNSERVED", "UNSUPPORTED"];

/** Without `instanceof`: the group can be that of another copy of the library. */
function codeOf(error: unknown): unknown {
  return Object(error).code;
}

function warn(error: unknown, member: number): void {
  consoleLog.warn(`Automerge and member ${member}: ${error}`);
}
