// The rules for a `connect` of a client: whether it becomes a member, and the reply.
//
// | others | shares | outside | dead | original | parallel | exhausted | joins | answer | and                 |
// |--------|--------|---------|------|----------|----------|-----------|-------|--------|---------------------|
// | no     |        |         |      |          |          |           | yes   | true   |                     |
// | yes    | yes    | no      |      |          |          |           | yes   | true   |                     |
// | yes    | yes    | yes     |      |          |          |           | yes   | false  | paired, outside     |
// | yes    | no     |         | yes  |          |          |           | yes   | true   | closes the only one |
// | yes    | no     |         | no   | yes      |          |           | yes   | true   |                     |
// | yes    | no     |         | no   | no       | yes      |           | yes   | false  | paired              |
// | yes    | no     |         | no   | no       | no       | yes       | yes   | true   | begins a part       |
// | yes    | no     |         | no   | no       | no       | no        | no    | false  | paired              |
//
// *joins*: the client becomes a member. *answer*: `connected: true` or `false`.
//
// - *others*: the group has other members. A member with the client's own id on another connection
//   counts, unless that connection is silent.
// - *shares*: the client lists at least one of the others.
// - *outside*: it does not list some of them, which joined long ago: the group is split.
// - *dead*: the only other member is silent, and the client was paired with it without success.
// - *original*: the client is a member, and all others belong to parallel parts, which have to
//   join its part. Any client can claim to be such a part, so a member that is the last of its own
//   part continues to accept newcomers.
// - *parallel*: the client lists members, but none of the others, and is a member or was paired
//   before without success. It belongs to a part of the group that the server did not know, and
//   that newcomers can join if they cannot reach the other part. A member that joins in this way
//   belongs to a parallel part until it is the original.
// - *exhausted*: the client is a newcomer that reached none of the members that it was paired with:
//   either all members, none of which ever admitted a newcomer, or three members, and none of the
//   rest ever did. It begins a part that newcomers can join, so that a member that no client can
//   reach does not keep the others apart.
//
// A connection is _silent_ if it was not heard for longer than is possible for a live one. Only a
// silent member can lose its place to a client with another id. A client that joins takes over its
// id from an older connection. A member whose connection ended keeps its place if it sends
// `connect` over another one within a minute.
//
// @sansio

import type { Rule } from "../machine/rules.ts";

type Column = "others" | "shares" | "outside" | "dead" | "original" | "parallel" | "exhausted";
type Facts = Readonly<Record<Column, boolean>>;

export type Action =
  | "join"
  | "joinAsOriginal"
  | "beginPart"
  | "leave"
  | "accept"
  | "evict"
  | "pair"
  | "pairOutside";

// deno-fmt-ignore
export const CONNECT_RULES: readonly Rule<Facts, Action>[] = [
  { others: false, then: ["join", "accept"] },
  { others: true, shares: true, outside: false, then: ["join", "accept"] },
  { others: true, shares: true, outside: true, then: ["join", "pairOutside"] },
  { others: true, shares: false, dead: true, then: ["evict", "join", "accept"] },
  { others: true, shares: false, dead: false, original: true, then: ["joinAsOriginal", "accept"] },
  { others: true, shares: false, dead: false, original: false, parallel: true, then: ["join", "pair"] },
  { others: true, shares: false, dead: false, original: false, parallel: false, exhausted: true, then: ["beginPart", "accept"] },
  { others: true, shares: false, dead: false, original: false, parallel: false, exhausted: false, then: ["leave", "pair"] },
];
