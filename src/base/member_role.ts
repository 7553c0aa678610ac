// The role of a member: what kind of program it is.
// @sansio

/**
 * The kind of program of a member: a `"page"`, or a worker of one; a `"bot"`, which accepts
 * WebSockets of members, as a `Bot` or a `GroupServer` does; or any other `"process"`.
 *
 * @example
 * ```ts
 * import { type MemberRole, WebGroup } from "@netflux/netflux";
 *
 * const ICONS: Record<MemberRole, string> = { page: "🙂", bot: "🤖", process: "⚙" };
 * const group = new WebGroup({ signalingServer: "ws://localhost:8000" });
 * group.addEventListener("memberchange", ({ role }) => console.log(role && ICONS[role]));
 * ```
 */
export type MemberRole = "page" | "bot" | "process";

/** The roles, in the order of their numbers on the wire, from 1. */
export const MEMBER_ROLES: readonly MemberRole[] = ["page", "bot", "process"];
