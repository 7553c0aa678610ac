import { type PeerId, Repo } from "@automerge/automerge-repo";
import { WebGroup, type WebGroupOptions, WebGroupState } from "../../mod.ts";
import {
  WebGroupNetworkAdapter,
  type WebGroupNetworkAdapterOptions,
} from "../../src/automerge/automerge.ts";
import { GroupServer } from "../../src/server/server.ts";
import { until } from "../support/until.ts";

export class Room implements AsyncDisposable {
  readonly groups: WebGroup[] = [];
  readonly #server: GroupServer;
  #url = "";

  private constructor(onGroup: (group: WebGroup) => void) {
    this.#server = new GroupServer({ relay: "always", onGroup });
  }

  /** @param onGroup Receives the groups of the server. */
  static async open(onGroup: (group: WebGroup) => void = () => {}): Promise<Room> {
    const room = new Room(onGroup);
    const { port } = await room.#server.listen({ hostname: "127.0.0.1" });
    room.#url = `ws://127.0.0.1:${port}`;
    return room;
  }

  group(options: WebGroupOptions = {}): WebGroup {
    const signalingServer = this.#url;
    const group = new WebGroup({ signalingServer, autoRejoin: false, ...options });
    this.groups.push(group);
    return group;
  }

  async joined(count: number): Promise<WebGroup[]> {
    const groups = Array.from({ length: count }, () => this.group());
    await Promise.all(groups.map((group) => group.join("room")));
    await this.settled();
    return groups;
  }

  async settled(): Promise<void> {
    const isIn = ({ state }: WebGroup) => state === WebGroupState.JOINED;
    await until("all see each other", () => {
      const members = this.groups.filter(isIn);
      return members.every((group) => group.members.length === members.length + 1);
    }, () => this.groups.map(({ members, state }) => ({ members, state })));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.groups.map((group) => group.leave()));
    await this.#server.close();
  }
}

export class Peer {
  readonly adapter: WebGroupNetworkAdapter;
  readonly repo: Repo;
  /** `+ id` for each repo that arrived, `- id` for each that left. */
  readonly seen: string[] = [];
  readonly errors: string[] = [];

  constructor(group: WebGroup, peerId: string, options: WebGroupNetworkAdapterOptions = {}) {
    const onError = (error: unknown) => void this.errors.push(String(error));
    this.adapter = new WebGroupNetworkAdapter(group, { onError, ...options });
    this.adapter.on("peer-candidate", ({ peerId }) => this.seen.push(`+ ${peerId}`));
    this.adapter.on("peer-disconnected", ({ peerId }) => this.seen.push(`- ${peerId}`));
    this.repo = new Repo({ network: [this.adapter], peerId: peerId as PeerId });
  }

  async sees(...expected: readonly string[]): Promise<void> {
    const isSeen = () => this.seen.toSorted().join() === expected.toSorted().join();
    await until(`${expected.join(", ")} are seen`, isSeen, () => [this.seen, this.errors]);
  }
}
