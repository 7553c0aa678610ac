/**
 * What a peer that asks the server with a `connect` becomes, and what it is told.
 *
 * | others | shares | outside | blocked | leads | apart | exhausted | joins | told  | and                 |
 * |--------|--------|---------|---------|-------|-------|-----------|-------|-------|---------------------|
 * | no     |        |         |         |       |       |           | yes   | true  |                     |
 * | yes    | yes    | no      |         |       |       |           | yes   | true  |                     |
 * | yes    | yes    | yes     |         |       |       |           | yes   | false | paired, outside     |
 * | yes    | no     |         | yes     |       |       |           | yes   | true  | closes the only one |
 * | yes    | no     |         | no      | yes   |       |           | yes   | true  |                     |
 * | yes    | no     |         | no      | no    | yes   |           | yes   | false | paired              |
 * | yes    | no     |         | no      | no    | no    | yes       | yes   | true  | apart: a new part   |
 * | yes    | no     |         | no      | no    | no    | no        | no    | false | paired              |
 *
 * *joins*: it is a member from then on. *told*: `connected: true` or `false`.
 *
 * *others*: members besides the caller; who has its id on another connection is one too, unless
 * that is silent. *shares*: the caller's view holds one of another id. *outside*: some of them have
 * been here for long and are not in its view, so the group is split. *blocked*: there is one other,
 * the caller was paired with it before, in vain, and it is silent. *apart*: the caller sees
 * somebody, none of the others, and is a member, or was paired before, in vain: a part of the group
 * that the server knew nothing of, and that newcomers may find where they cannot reach the other.
 * A member that began as such a part is one until it leads.
 * *exhausted*: a newcomer reached none of the members that it was paired with: all, and none of
 * them ever led anybody in; or it tried three times, and none of the rest ever did. It begins a
 * part of its own, which further newcomers may join, and goes on looking: a member that nobody can
 * reach keeps nobody else apart.
 * *leads*: the caller is a member, and all others are such parts: they have to come to it. Anybody
 * may say that he is one; so a member whom the last of its own left lets newcomers in as before.
 *
 * A connection is _silent_ when nothing was heard of it for longer than any that lives lets pass:
 * nobody else loses its place to a stranger. Who becomes a member takes its id over from an older
 * connection, as a member that came back. A member whose connection ended goes on where it was, if
 * it asks over another one within a minute (departed.ts).
 *
 * @sansio
 * @module
 */

import type { Rule } from "../machine/rules.ts";

/** What the table looks at. */
export interface Facts {
  readonly others: boolean;
  readonly shares: boolean;
  readonly outside: boolean;
  readonly blocked: boolean;
  readonly leads: boolean;
  readonly apart: boolean;
  readonly exhausted: boolean;
}

/** What the table leads to. */
export type Action =
  | "join"
  | "lead"
  | "begin"
  | "leave"
  | "accept"
  | "evict"
  | "pair"
  | "pairOutside";

/** The table above, row for row. */
// deno-fmt-ignore
export const RULES: readonly Rule<Facts, Action>[] = [
  { others: false, then: ["join", "accept"] },
  { others: true, shares: true, outside: false, then: ["join", "accept"] },
  { others: true, shares: true, outside: true, then: ["join", "pairOutside"] },
  { others: true, shares: false, blocked: true, then: ["evict", "join", "accept"] },
  { others: true, shares: false, blocked: false, leads: true, then: ["lead", "accept"] },
  { others: true, shares: false, blocked: false, leads: false, apart: true, then: ["join", "pair"] },
  { others: true, shares: false, blocked: false, leads: false, apart: false, exhausted: true, then: ["begin", "accept"] },
  { others: true, shares: false, blocked: false, leads: false, apart: false, exhausted: false, then: ["leave", "pair"] },
];
