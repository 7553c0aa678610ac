/**
 * The servers that work together, as one of them sees them, and which of them each group lives at.
 *
 * A group lives at the node that weighs most for its key (rendezvous hashing: Thaler and
 * Ravishankar, 1998): all that see the same nodes agree, nothing has to be stored or asked, and
 * when a node comes or goes only the groups of that one move.
 *
 * @sansio
 * @module
 */

import { NODE_GONE_MS, NODES_MAX } from "../base/cluster_limits.ts";

/** One server of several, by a name that it draws when it starts. */
export type NodeName = string & { readonly __brand: "node" };

/** Takes a text for the name of a node. */
export function asNodeName(text: string): NodeName {
  return text as NodeName;
}

interface Other {
  /** Another one after each time that it lost the bus, and what was under way. */
  readonly incarnation: number;
  heardAt: number;
}

/** All nodes that are there. */
export class NodeView {
  readonly me: NodeName;
  readonly #others = new Map<NodeName, Other>();

  /** Knows of no other one. */
  constructor(me: NodeName) {
    this.me = me;
  }

  /** How many others there are. */
  get size(): number {
    return this.#others.size;
  }

  /** The others. */
  get names(): readonly NodeName[] {
    return [...this.#others.keys()];
  }

  /** Which incarnation of another node there is; `undefined` where it is not there. */
  incarnationOf(name: NodeName): number | undefined {
    return this.#others.get(name)?.incarnation;
  }

  /** Something of another node was heard: tells whether it is new here, or anew. */
  heard(name: NodeName, incarnation: number, now: number): boolean {
    const known = this.#others.get(name);
    if (known?.incarnation === incarnation) {
      known.heardAt = now;
      return false;
    }
    if (known === undefined && this.#others.size >= NODES_MAX) return false;
    this.#others.set(name, { incarnation, heardAt: now });
    return true;
  }

  /** A node is gone; tells whether it was there. */
  remove(name: NodeName): boolean {
    return this.#others.delete(name);
  }

  /** Those of which nothing was heard for too long are gone, and named. */
  expire(now: number): readonly NodeName[] {
    const silent = [...this.#others].filter(([, { heardAt }]) => now - heardAt >= NODE_GONE_MS);
    for (const [name] of silent) this.#others.delete(name);
    return silent.map(([name]) => name);
  }

  /** The node that a group lives at. */
  homeOf(key: string): NodeName {
    let home = this.me;
    let most = weigh(home, key);
    for (const name of this.#others.keys()) {
      const weight = weigh(name, key);
      if (weight < most || (weight === most && name < home)) continue;
      [home, most] = [name, weight];
    }
    return home;
  }
}

/** FNV-1a over both, and the end of MurmurHash3, so that similar names weigh nothing alike. */
function weigh(name: NodeName, key: string): number {
  let hash = 0x811c9dc5;
  for (const text of [name, key]) {
    for (let index = 0; index < text.length; index++) {
      hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
    }
    hash = Math.imul(hash ^ 0xff, 0x01000193);
  }
  hash = Math.imul(hash ^ hash >>> 16, 0x85ebca6b);
  hash = Math.imul(hash ^ hash >>> 13, 0xc2b2ae35);
  return (hash ^ hash >>> 16) >>> 0;
}
