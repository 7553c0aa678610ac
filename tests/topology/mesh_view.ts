import type { MeshState } from "../../src/topology/mesh_state.ts";
import { id, ids, MeshRig } from "./mesh_rig.ts";

export interface View {
  readonly neighbors?: readonly number[];
  /** The neighbors of each distant member, and the neighbor through which it was heard. */
  readonly distant?: Readonly<Record<number, { adjacent?: readonly number[]; via?: number }>>;
  readonly unconfirmed?: Readonly<Record<number, number>>;
}

/** A mesh in which these members are known. */
export function mesh(
  me: number,
  { neighbors = [], distant = {}, unconfirmed = {} }: View,
): MeshState {
  const { mesh } = new MeshRig(me);
  const add = (
    number: number,
    link: "neighbor" | "distant",
    adjacent: readonly number[],
    via?: number,
  ) =>
    mesh.members.set(id(number), {
      id: id(number),
      protocol: "v5",
      isNeighbor: link === "neighbor",
      reportedNeighbors: ids(...adjacent),
      via: via === undefined ? undefined : id(via),
      redialAt: undefined,
      failedDials: 0,
      recentUntil: 0,
      heardAt: 0,
      introducedBy: undefined,
      suspicion: undefined,
      isAway: false,
      missingSentAt: undefined,
    });
  for (const number of neighbors) add(number, "neighbor", []);
  for (const [number, { adjacent = [], via }] of Object.entries(distant)) {
    add(Number(number), "distant", adjacent, via);
  }
  for (const [number, namedBy] of Object.entries(unconfirmed)) {
    mesh.unconfirmed.set(id(Number(number)), id(namedBy));
  }
  return mesh;
}
