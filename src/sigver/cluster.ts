/**
 * One of several servers that work together: what its clients say goes to the node that their group
 * lives at, and clients of other nodes are members of the groups that live here.
 *
 * ```text
 *   client ─ socket ─▶ its node ─ tell ─▶ home of its group: the room decides
 *   client ◀───────── its node ◀─ give ──── home
 * ```
 *
 * Where groups live follows from the nodes that are there (nodes.ts). When that changes, each node
 * tells the new homes of its clients what they are: nothing is stored, and what a client was
 * waiting for is asked again. A node that lost the bus is another incarnation when it is back, so
 * that nobody takes it to know what it has missed.
 *
 * @module
 */

import { ProtocolError } from "../base/errors.ts";
import { asMemberId, isId, type MemberId } from "../base/ids.ts";
import { SIGVER_HEARD_RECENTLY_MS } from "../base/sigver_limits.ts";
import { decodeSignaling, encodeSignaling, type SignalingMessage } from "../wire/signaling.ts";
import type { Seat } from "./client_connection.ts";
import { type LocalClient, LocalClients } from "./local_clients.ts";
import type { NodeName } from "./node_view.ts";
import { type ClientWord, type NodePorts, Nodes } from "./nodes.ts";
import { asConnectionId, type ConnectionId } from "./pairings.ts";
import { type RemoteClient, RemoteClients } from "./remote_clients.ts";
import type { Connect, RoomEffect, RoomEvent } from "./room_event.ts";
import type { ClusterLoad } from "./world.ts";

/** What a cluster needs of the server that it is part of. */
export interface ClusterPorts extends NodePorts {
  /** Gives a number that no connection has. */
  readonly drawId: () => ConnectionId;
  /** Has the room of a key at this node decide. */
  readonly decide: (key: string, event: RoomEvent) => void;
  /** Sends something to a client of this node. */
  readonly send: (to: ConnectionId, message: SignalingMessage) => void;
  /** Asks a client of this node whether it is there. */
  readonly ask: (to: ConnectionId) => void;
  /** Ends the connection of a client of this node. */
  readonly end: (to: ConnectionId, code: number, reason: string) => void;
}

/** One node. */
export class Cluster {
  readonly #ports: ClusterPorts;
  readonly #nodes: Nodes;
  readonly #clients = new LocalClients();
  readonly #remotes: RemoteClients;

  /** Takes a place on the bus. */
  constructor(ports: ClusterPorts) {
    this.#ports = ports;
    this.#remotes = new RemoteClients(ports.drawId);
    this.#nodes = new Nodes(ports, {
      restarted: () => this.#leaveAll(this.#remotes.all),
      met: (node) => {
        this.#leaveAll(this.#remotes.of(node));
        this.#introduce(node);
      },
      forgotten: (node) => this.#introduce(node),
      lost: (node) => this.#leaveAll(this.#remotes.of(node)),
      told: (node, word) => this.#told(node, word),
      changed: () => this.#rehome(),
    });
  }

  /** How much there is to do at the moment. */
  get load(): ClusterLoad {
    const { isUp, others, refused } = this.#nodes;
    return { isUp, others, remotes: this.#remotes.size, refused };
  }

  /** Whether it is known which nodes there are, or that there is no bus. */
  get isSettled(): boolean {
    return this.#nodes.isSettled;
  }

  /**
   * A client of this node says something, or went. Answers whether that goes its way: if not, its
   * group lives here.
   */
  carries(from: ConnectionId, seat: Seat, event: RoomEvent): boolean {
    if (event.type === "gone") {
      const home = this.#clients.remove(from)?.home;
      if (home === this.#nodes.me) return false;
      if (home !== undefined) this.#nodes.tell(home, { type: "shut", client: from });
      return true;
    }
    const client = this.#clients.said(from, seat, event);
    if (!this.isSettled && event.type === "connect") return true;
    client.home ??= this.#nodes.homeOf(seat.key);
    if (client.home === this.#nodes.me) return false;
    if (event.type === "connect") this.#forward(client, client.home, connectOf(event));
    if (event.type === "content") {
      this.#forward(client, client.home, { ...event, sender: undefined });
    }
    return true;
  }

  /** A client of this node is told something. */
  told(to: ConnectionId, message: SignalingMessage): void {
    this.#clients.told(to, message);
  }

  /** Does for a client of another node what its room wants; `false` if it is none. */
  perform(effect: RoomEffect): boolean {
    const remote = this.#remotes.get(effect.to);
    if (remote === undefined) return false;
    const { node, client } = remote;
    if (effect.type === "send") {
      this.#nodes.tell(node, { type: "give", client, frame: encodeSignaling(effect.message) });
      return true;
    }
    if (effect.type === "ask") {
      this.#ask(remote);
      return true;
    }
    this.#leave(remote);
    this.#nodes.tell(node, { type: "close", client, code: effect.code, reason: effect.reason });
    return true;
  }

  /** Whether a connection is one of another node. */
  isRemote(id: ConnectionId): boolean {
    return this.#remotes.get(id) !== undefined;
  }

  /** This node stops: the others learn it at once. */
  close(): void {
    this.#nodes.close();
    this.#leaveAll(this.#remotes.all);
  }

  // What other nodes say

  #told(node: NodeName, word: ClientWord): void {
    switch (word.type) {
      case "tell":
      case "adopt":
        return this.#came(node, word);
      case "shut": {
        const remote = this.#remotes.find(node, word.client);
        return remote && this.#leave(remote);
      }
      case "give":
        return this.#given(node, word.client, decodeSignaling(word.frame));
      case "ask": {
        const client = this.#clientAt(node, word.client);
        return client && this.#ports.ask(client.id);
      }
      case "close": {
        const client = this.#clientAt(node, word.client);
        return client && this.#ports.end(client.id, word.code, word.reason);
      }
    }
  }

  #came(node: NodeName, word: Extract<ClientWord, { type: "tell" | "adopt" }>): void {
    const { key, favored } = word;
    const nowMs = this.#ports.clock.now();
    const message = word.type === "tell" ? decodeSignaling(word.frame) : word;
    if (message.type !== "content" && message.type !== "connect" && message.type !== "adopt") {
      const reason = `connect or content of a client expected, ${message.type} came`;
      throw new ProtocolError("UNEXPECTED", `Cannot take what a node says: ${reason}`);
    }
    const known = this.#remotes.find(node, word.client);
    // A connection is in one group for as long as it lasts: this is another one of that number.
    if (known !== undefined && known.key !== key) this.#leave(known);
    const { id: from } = this.#remotes.enter(node, word.client, key);
    if (message.type === "content") return this.#ports.decide(key, { ...message, from, nowMs });
    const peer = { from, favored, id: memberOf(message.id), nowMs };
    if (message.type === "adopt") return this.#ports.decide(key, { type: "adopt", ...peer });
    this.#ports.decide(key, { type: "connect", ...peer, members: message.members });
  }

  #given(from: NodeName, id: number, message: SignalingMessage): void {
    const client = this.#clientAt(from, id);
    if (client === undefined) return;
    this.#ports.send(client.id, message);
  }

  /** A client that has its group at a node: another one says nothing to it. */
  #clientAt(home: NodeName, id: number): LocalClient | undefined {
    const client = this.#clients.get(asConnectionId(id));
    return client?.home === home ? client : undefined;
  }

  // Homes

  /** Each group lives where it belongs, as far as is known which nodes there are. */
  #rehome(): void {
    if (!this.isSettled) return;
    const moves = this.#clients.moves((key) => this.#nodes.homeOf(key));
    for (const [client] of moves) this.#takeAway(client);
    for (const [client, home] of moves) this.#bring(client, home);
  }

  #takeAway({ id: from, home, seat: { key } }: LocalClient): void {
    const nowMs = this.#ports.clock.now();
    if (home === this.#nodes.me) this.#ports.decide(key, { type: "gone", from, nowMs });
    else if (home !== undefined) this.#nodes.tell(home, { type: "shut", client: from });
  }

  /** The home of a group learns of a client what it has to know. */
  #bring(client: LocalClient, home: NodeName): void {
    client.home = home;
    const { id: from, state, seat: { key, favored } } = client;
    switch (state.name) {
      case "silent":
        return;
      case "paired":
        return this.#ports.end(from, MOVED, "the group has moved");
      case "asking":
        if (home !== this.#nodes.me) return this.#forward(client, home, connectOf(state.asked));
        return this.#ports.decide(key, { ...state.asked, nowMs: this.#ports.clock.now() });
      case "member": {
        const { asked: { id } } = state;
        if (home !== this.#nodes.me) {
          return this.#nodes.tell(home, { type: "adopt", client: from, key, favored, id });
        }
        const nowMs = this.#ports.clock.now();
        return this.#ports.decide(key, { type: "adopt", from, favored, id, nowMs });
      }
    }
  }

  /** A node knows none of this one's clients. */
  #introduce(node: NodeName): void {
    for (const client of this.#clients.at(node)) this.#bring(client, node);
  }

  /** Its own node ends it if it does not answer; newcomers by the hundred ask once. */
  #ask(remote: RemoteClient): void {
    const nowMs = this.#ports.clock.now();
    const isAsked = remote.askedAt !== undefined &&
      nowMs - remote.askedAt < SIGVER_HEARD_RECENTLY_MS;
    if (isAsked) return;
    remote.askedAt = nowMs;
    this.#nodes.tell(remote.node, { type: "ask", client: remote.client });
  }

  #leaveAll(remotes: readonly RemoteClient[]): void {
    for (const remote of remotes) this.#leave(remote);
  }

  #leave(remote: RemoteClient): void {
    this.#remotes.remove(remote);
    const nowMs = this.#ports.clock.now();
    this.#ports.decide(remote.key, { type: "gone", from: remote.id, nowMs });
  }

  #forward({ id: client, seat }: LocalClient, home: NodeName, message: SignalingMessage): void {
    const { key, favored } = seat;
    this.#nodes.tell(home, { type: "tell", client, key, favored, frame: encodeSignaling(message) });
  }
}

/** Service restart (the registry of RFC 6455's codes): the client comes back, and asks again. */
const MOVED = 1012;

function connectOf({ id, members }: Connect): SignalingMessage {
  return { type: "connect", id, members, version: undefined };
}

function memberOf(id: number): MemberId {
  if (isId(id)) return asMemberId(id);
  throw new ProtocolError("UNEXPECTED", "Cannot take a client: an id that is not 0 expected");
}
