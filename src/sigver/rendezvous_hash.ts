// Selects the owner node of a group by rendezvous hashing (Thaler & Ravishankar 1998). Nodes that
// know the same nodes agree. When a node joins or leaves, only the groups of that node move.
//
// @sansio

/** The name of a node, random for each start. */
export type NodeName = string & { readonly __brand: "node" };

export function asNodeName(text: string): NodeName {
  return text as NodeName;
}

/** Returns the node with the highest weight for a key. */
export function ownerNode(key: string, me: NodeName, others: Iterable<NodeName>): NodeName {
  let owner = me;
  let highest = weigh(me, key);
  for (const name of others) {
    const weight = weigh(name, key);
    if (weight < highest || (weight === highest && name < owner)) continue;
    [owner, highest] = [name, weight];
  }
  return owner;
}

/**
 * Returns the FNV-1a hash of both, finalized as in MurmurHash3, so that similar names have
 * unrelated weights.
 */
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
